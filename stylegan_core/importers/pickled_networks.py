"""Turn the objects that a pickle held into `Network` descriptions.

One function for each way in which networks are pickled: TensorFlow's `Network` objects, PyTorch's
modules, and plain state dicts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, takewhile
from typing import Any, Final

from stylegan_core.card import CheckpointError
from stylegan_core.importers.arrays import StoredArray
from stylegan_core.importers.byte_source import Blob
from stylegan_core.importers.network import Arrays, Module, Network, is_printable_name
from stylegan_core.importers.pickle_values import Global, InertObject
from stylegan_core.limits import (
    MAX_ARRAYS,
    MAX_DEPTH,
    MAX_NAME_LENGTH,
    MAX_PLAIN_VALUES,
    budget,
)

MAX_PLAIN_ARRAY_BYTES: Final = 512  # larger arrays are weights rather than settings
CHARACTERS_PER_VALUE: Final = 16  # a longer text counts as several values
NOTICE_BYTES: Final = 4000
MAX_NOTICE_LENGTH: Final = 1000


def tensorflow_network(root: InertObject) -> Network:
    """Return a network of the TensorFlow releases. Arrays have the names of its `vars`."""
    arrays: dict[str, StoredArray | float] = {}
    modules: dict[str, Module] = {}
    to_plain = _PlainValues()
    for path, component in _components(root, ""):
        kwargs = to_plain(component.state.get("static_kwargs"))
        function = _printable(component.state.get("build_func_name"))
        modules[path.rstrip("/")] = Module(function, kwargs if isinstance(kwargs, dict) else {})
        for name, value in _variables(component):
            arrays[_checked_name(path + name)] = value
        _check_count(arrays)
    whole = modules[""]
    notice = _notice(root.state.get("build_module_src"))
    return Network(whole.class_name, whole.attributes, Arrays(arrays), modules, notice)


def _components(
    component: InertObject, path: str, depth: int = 0
) -> Iterator[tuple[str, InertObject]]:
    yield path, component
    for key, child in _items(component.state.get("components")) if depth < MAX_DEPTH else ():
        if isinstance(child, InertObject):
            name = _printable(child.state.get("name")) or str(key)
            yield from _components(child, _checked_name(f"{path}{name}/"), depth + 1)


def _variables(component: InertObject) -> Iterator[tuple[str, StoredArray | float]]:
    variables = component.state.get("variables")
    entries = variables if isinstance(variables, list) else []
    budget().entries(len(entries))
    for entry in entries:
        match entry:
            case (str(name), StoredArray() | float() | int() as value):
                yield name, value


def torch_network(root: InertObject) -> Network:
    """Return a module of PyTorch. Parameters and buffers are named as in its `state_dict`."""
    arrays: dict[str, StoredArray | float] = {}
    modules: dict[str, Module] = {}
    to_plain = _PlainValues()
    for path, module in _modules(root, ""):
        state = _items(module.state)
        public = {k: v for k, v in state if isinstance(k, str) and k[:1] != "_"}
        values = to_plain(public) or {}
        attributes = {key: value for key, value in values.items() if value is not None}
        class_name = _printable(module.name.replace(" ", "."))
        modules[path.rstrip(".")] = Module(class_name, attributes)
        for group in ("_parameters", "_buffers"):
            for name, value in _items(module.state.get(group)):
                if isinstance(value, StoredArray):
                    arrays[_checked_name(f"{path}{name}")] = value
        _check_count(arrays)
    kwargs = plain_value(root.state.get("_init_kwargs"))
    return Network(
        modules[""].class_name,
        kwargs if isinstance(kwargs, dict) else {},
        Arrays(arrays),
        modules,
        _notice(root.program),
    )


def _modules(module: InertObject, path: str, depth: int = 0) -> Iterator[tuple[str, InertObject]]:
    yield path, module
    for name, child in _items(module.state.get("_modules")) if depth < MAX_DEPTH else ():
        if isinstance(child, InertObject):
            yield from _modules(child, _checked_name(f"{path}{name}."), depth + 1)


def _items(entries: Any) -> Iterable[tuple[Any, Any]]:
    """Return the entries of a dictionary, and none of anything else; all of them are counted."""
    items = entries.items() if isinstance(entries, dict) else ()
    budget().entries(1 + len(items))
    return items


def state_dict_network(state: Mapping[Any, Any]) -> Network:
    """Return a plain state dict as a network: arrays by name, without settings."""
    arrays = {k: v for k, v in state.items() if isinstance(k, str) and isinstance(v, StoredArray)}
    return Network("", {}, Arrays(arrays))


def plain_value(value: Any) -> Any:
    """Return a value as numbers, texts, lists and dictionaries; None for anything else.

    A value that is too large, or that contains itself, is cut off: its excess becomes None.
    """
    return _PlainValues()(value)


class _PlainValues:
    """`plain_value` for all the attributes of a network, which share one bound."""

    def __init__(self) -> None:
        self.values_left = MAX_PLAIN_VALUES

    def __call__(self, value: Any, depth: int = 0) -> Any:
        self.values_left -= 1
        if self.values_left < 0 or depth > MAX_DEPTH:
            return None
        match value:
            case float():
                return value if math.isfinite(value) else None
            case bool() | int():
                return value
            case str():
                self.values_left -= len(value) // CHARACTERS_PER_VALUE
                return value if self.values_left >= 0 else None
            case list() | tuple():
                return [self(v, depth + 1) for v in value[: self.values_left + 1]]
            case dict():
                named = ((str(k), v) for k, v in islice(value.items(), self.values_left + 1))
                return {k: self(v, depth + 1) for k, v in named if len(k) <= MAX_NAME_LENGTH}
            case Global(name=name):
                return name.replace(" ", ".")
            case StoredArray() if value.code and value.nbytes <= MAX_PLAIN_ARRAY_BYTES:
                self.values_left -= math.prod(value.shape)
                return value.read().tolist() if self.values_left >= 0 else None
            case InertObject() if value.items:
                return self(value.items, depth)
        return None


def _notice(program: Any) -> str:
    """Return the comment at the head of a source text, where authors name their licence."""
    text = program
    if isinstance(program, Blob):
        text = program.head(NOTICE_BYTES).decode("utf-8", "replace")
    if not isinstance(text, str):
        return ""
    comment = takewhile(lambda line: not line or line.startswith("#"), text.splitlines())
    return " ".join(line.lstrip("# ") for line in comment).strip()[:MAX_NOTICE_LENGTH]


def _check_count(arrays: Mapping[str, Any]) -> None:
    if len(arrays) > MAX_ARRAYS:
        raise CheckpointError("The file describes a network with more parts than any real one has.")


def _checked_name(path: str) -> str:
    """Return the path of a module or an array, unless modules lie in modules without end."""
    if len(path) > MAX_NAME_LENGTH:
        raise CheckpointError("The file has names that are longer than those of any real network.")
    return path


def _printable(value: Any) -> str:
    return value if isinstance(value, str) and is_printable_name(value) else ""
