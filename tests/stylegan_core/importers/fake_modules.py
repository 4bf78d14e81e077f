"""Modules that exist for a moment, because pickle writes only names that it can import."""

import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import accumulate


@contextmanager
def fake_module(path: str, **attributes: object) -> Iterator[None]:
    """Provide a module with these attributes, and its packages."""
    modules = {name: types.ModuleType(name) for name in accumulate(path.split("."), _join)}
    vars(modules[path]).update(attributes)
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name in modules:
            del sys.modules[name]


def _join(package: str, name: str) -> str:
    return f"{package}.{name}"
