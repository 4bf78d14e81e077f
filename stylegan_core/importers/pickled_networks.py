"""Turn the objects that a pickle held into `Network` descriptions.

One function for each way in which networks are pickled: TensorFlow's `Network` objects, PyTorch's
modules, and plain state dicts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import islice, takewhile
from typing import Any, Final

from stylegan_core.card import CheckpointError
from stylegan_core.importers.arrays import StoredArray
from stylegan_core.importers.byte_source import Blob
from stylegan_core.importers.network import Arrays, Module, Network, is_printable_name
from stylegan_core.importers.pickle_values import Global, InertObject

MAX_DEPTH: Final = 32
MAX_MODULES: Final = 20_000
MAX_ARRAYS: Final = 50_000
MAX_PLAIN_VALUES: Final = 100_000  # in all the attributes of one network
MAX_PLAIN_ARRAY_BYTES: Final = 512  # larger arrays are weights rather than settings
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
            arrays[path + name] = value
        _check_counts(arrays, modules)
    whole = modules[""]
    notice = _notice(root.state.get("build_module_src"))
    return Network(whole.class_name, whole.attributes, Arrays(arrays), modules, notice)


def _components(
    component: InertObject, path: str, depth: int = 0
) -> Iterator[tuple[str, InertObject]]:
    yield path, component
    children = component.state.get("components")
    if not isinstance(children, dict) or depth > MAX_DEPTH:
        return
    for key, child in children.items():
        if isinstance(child, InertObject):
            name = _printable(child.state.get("name")) or str(key)
            yield from _components(child, f"{path}{name}/", depth + 1)


def _variables(component: InertObject) -> Iterator[tuple[str, StoredArray | float]]:
    variables = component.state.get("variables")
    for entry in variables if isinstance(variables, list) else ():
        match entry:
            case (str(name), StoredArray() | float() | int() as value):
                yield name, value


def torch_network(root: InertObject) -> Network:
    """Return a module of PyTorch. Parameters and buffers are named as in its `state_dict`."""
    arrays: dict[str, StoredArray | float] = {}
    modules: dict[str, Module] = {}
    to_plain = _PlainValues()
    for path, module in _modules(root, ""):
        public = {k: v for k, v in module.state.items() if isinstance(k, str) and k[:1] != "_"}
        values = to_plain(public) or {}
        attributes = {key: value for key, value in values.items() if value is not None}
        class_name = _printable(module.name.replace(" ", "."))
        modules[path.rstrip(".")] = Module(class_name, attributes)
        for group in ("_parameters", "_buffers"):
            for name, value in _entries(module, group):
                if isinstance(value, StoredArray):
                    arrays[f"{path}{name}"] = value
        _check_counts(arrays, modules)
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
    for name, child in _entries(module, "_modules") if depth < MAX_DEPTH else ():
        if isinstance(child, InertObject):
            yield from _modules(child, f"{path}{name}.", depth + 1)


def _entries(module: InertObject, group: str) -> Iterator[tuple[Any, Any]]:
    entries = module.state.get(group)
    return iter(entries.items()) if isinstance(entries, dict) else iter(())


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
            case bool() | int() | str():
                return value
            case list() | tuple():
                return [self(v, depth + 1) for v in value[: self.values_left + 1]]
            case dict():
                items = islice(value.items(), self.values_left + 1)
                return {str(k): self(v, depth + 1) for k, v in items}
            case Global(name=name):
                return name.replace(" ", ".")
            case StoredArray() if value.code and value.nbytes <= MAX_PLAIN_ARRAY_BYTES:
                return value.read().tolist()
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


def _check_counts(arrays: Mapping[str, Any], modules: Mapping[str, Any]) -> None:
    if len(modules) > MAX_MODULES or len(arrays) > MAX_ARRAYS:
        raise CheckpointError("The file describes a network with more parts than any real one has.")


def _printable(value: Any) -> str:
    return value if isinstance(value, str) and is_printable_name(value) else ""
