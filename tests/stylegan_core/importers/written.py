"""Files in the layout of the official TensorFlow release, written from arrays."""

import pickle
import sys
import types
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]
SOURCE = "# Copyright (c) A. Nobody\n# Licence: CC BY-NC 4.0\n\nraise SystemExit('this was run')\n"


class Network:
    """Pickled under the name of the official class."""

    __module__, __qualname__ = "dnnlib.tflib.network", "Network"

    def __init__(self, name: str, function: str, kwargs: Mapping[str, Any], arrays: Arrays) -> None:
        own = [(k, v if v.ndim else v[()]) for k, v in arrays.items() if not k.startswith("G_")]
        self.version, self.name = 3, name
        self.static_kwargs, self.components = dict(kwargs), {}
        self.build_module_src, self.build_func_name = SOURCE, function
        self.variables = own


def network(name: str, function: str, kwargs: Mapping[str, Any], arrays: Arrays) -> Network:
    """A network, and the components that its arrays' names speak of."""
    whole = Network(name, function, kwargs, arrays)
    for key in ("synthesis", "mapping"):
        prefix = f"G_{key}/"
        part = {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}
        if part:
            whole.components[key] = Network(f"G_{key}", f"G_{key}", kwargs, part)
    return whole


@contextmanager
def _importable() -> Iterator[None]:
    """pickle insists on finding a class where it says it lies."""
    names = ("dnnlib", "dnnlib.tflib", "dnnlib.tflib.network")
    modules = {name: types.ModuleType(name) for name in names}
    modules[names[-1]].Network = Network  # type: ignore[attr-defined]
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name in names:
            del sys.modules[name]


def write(path: Path, networks: tuple[Network, Network, Network], protocol: int = 4) -> None:
    """G, D and Gs as one pickle."""
    with _importable(), path.open("wb") as file:
        pickle.dump(networks, file, protocol)
