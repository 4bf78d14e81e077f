"""The neutral description of a foreign network: class names, plain values, arrays by their names.

Key tables (`importers.<family>`) work on this alone; how a file spells it stays here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice, takewhile
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from stylegan_core.card import CheckpointError
from stylegan_core.importers.arrays import Array
from stylegan_core.importers.byte_source import Blob
from stylegan_core.importers.pickle_reader import Global, Inert

MAX_DEPTH: Final = 32
MAX_PARTS: Final = 20_000
MAX_ARRAYS: Final = 50_000
MAX_NAME: Final = 300
MAX_PLAIN: Final = 100_000  # values in all the attributes of one network
NOTICE_BYTES: Final = 4000
MAX_NOTICE: Final = 1000
SMALL_ARRAY: Final = 64  # numbers that are an attribute rather than weights


Number = float | NDArray[Any]  # or numbers that this program has made


class MissingWeight(KeyError):
    """A name that no array of the file has."""

    def __str__(self) -> str:
        return f"it lacks the weight '{self.args[0]}'"


class Shapes(dict[str, tuple[int, ...]]):
    """The shapes of arrays by their official names. MissingWeight for a name that none has."""

    def __missing__(self, name: str) -> tuple[int, ...]:
        raise MissingWeight(name)


class Arrays(Mapping[str, NDArray[Any]]):
    """Arrays by their official names, read from the file one by one when they are asked for;
    `found` are their descriptions.

    `progress(bytes)` is told of each; it may raise in order to stop.
    """

    def __init__(self, found: Mapping[str, Array | Number]) -> None:
        if not all(map(_is_name, found)):
            raise CheckpointError("The file names its weights by what are no names.")
        self.found = found
        self.progress: Callable[[int], None] = lambda nbytes: None

    def __contains__(self, name: object) -> bool:
        """Whether there is such an array, which is not read for it."""
        return name in self.found

    def __getitem__(self, name: str) -> NDArray[Any]:
        value = self._described(name)
        if not isinstance(value, Array):
            return np.array(value, dtype=np.float32)
        self.progress(value.nbytes)
        return value.read()

    def __iter__(self) -> Iterator[str]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of an array that need not be read. MissingWeight where there is none."""
        value = self._described(name)
        return value.shape if isinstance(value, Array) else np.shape(value)

    @property
    def shapes(self) -> Shapes:
        """The shape of every array."""
        return Shapes({name: self.shape(name) for name in self})

    def nbytes(self, name: str) -> int:
        """The size of an array in the file, 0 for numbers that are not from there."""
        value = self._described(name)
        return value.nbytes if isinstance(value, Array) else 0

    def _described(self, name: str) -> Array | Number:
        if name not in self.found:
            raise MissingWeight(name)
        return self.found[name]


@dataclass(frozen=True)
class Part:
    """A module of a network: the name of its class, and its attributes that are plain values."""

    class_name: str
    attributes: Mapping[str, Any]


@dataclass(frozen=True)
class Network:
    """One network of a file.

    `kwargs` are what it was built with: TensorFlow's static arguments, or `_init_kwargs`; empty
    where a file has none. `parts` has every module by its dotted path, the network itself under "".
    """

    class_name: str
    kwargs: Mapping[str, Any]
    arrays: Arrays
    parts: Mapping[str, Part] = field(default_factory=dict)
    notice: str = ""  # the comment that heads the program text beside it: whose it is

    def with_arrays(self, more: Mapping[str, Array | Number]) -> Network:
        """The network with more arrays."""
        return replace(self, arrays=Arrays({**self.arrays.found, **more}))

    @property
    def part_attributes(self) -> dict[str, Mapping[str, Any]]:
        """The plain attributes of every module by its dotted path."""
        return {path: part.attributes for path, part in self.parts.items()}

    @property
    def attributes(self) -> Mapping[str, Any]:
        """The plain attributes of the network itself."""
        return self.parts[""].attributes if "" in self.parts else {}


def tensorflow_network(thing: Inert) -> Network:
    """A `Network` of the TensorFlow releases; names are those of its `vars`."""
    arrays: dict[str, Array | float] = {}
    parts: dict[str, Part] = {}
    as_plain = _Plain()
    for path, node in _components(thing, ""):
        kwargs = as_plain(node.state.get("static_kwargs"))
        function = _text(node.state.get("build_func_name"))
        parts[path.rstrip("/")] = Part(function, kwargs if isinstance(kwargs, dict) else {})
        for name, value in _variables(node):
            arrays[path + name] = value
        _check_count(arrays, parts)
    notice = _notice(thing.state.get("build_module_src"))
    return Network(parts[""].class_name, parts[""].attributes, Arrays(arrays), parts, notice)


def _components(thing: Inert, path: str, depth: int = 0) -> Iterator[tuple[str, Inert]]:
    yield path, thing
    components = thing.state.get("components")
    if not isinstance(components, dict) or depth > MAX_DEPTH:
        return
    for key, component in components.items():
        if isinstance(component, Inert):
            name = _text(component.state.get("name")) or str(key)
            yield from _components(component, f"{path}{name}/", depth + 1)


def _variables(thing: Inert) -> Iterator[tuple[str, Array | float]]:
    variables = thing.state.get("variables")
    for entry in variables if isinstance(variables, list) else ():
        match entry:
            case (str(name), Array() | float() | int() as value):
                yield name, value


def torch_network(thing: Inert) -> Network:
    """A module of PyTorch with its parameters and buffers, named as in its `state_dict`."""
    arrays: dict[str, Array | float] = {}
    parts: dict[str, Part] = {}
    as_plain = _Plain()
    for path, module in _modules(thing, ""):
        own = {k: v for k, v in module.state.items() if isinstance(k, str) and k[:1] != "_"}
        class_name = _text(module.name.replace(" ", "."))
        values = as_plain(own) or {}
        known = {key: value for key, value in values.items() if value is not None}
        parts[path.rstrip(".")] = Part(class_name, known)
        for group in ("_parameters", "_buffers"):
            for name, value in _entries(module, group):
                if isinstance(value, Array):
                    arrays[f"{path}{name}"] = value
        _check_count(arrays, parts)
    kwargs = plain(thing.state.get("_init_kwargs"))
    kwargs = kwargs if isinstance(kwargs, dict) else {}
    name = parts[""].class_name
    return Network(name, kwargs, Arrays(arrays), parts, _notice(thing.program))


def _modules(thing: Inert, path: str, depth: int = 0) -> Iterator[tuple[str, Inert]]:
    yield path, thing
    for name, module in _entries(thing, "_modules") if depth < MAX_DEPTH else ():
        if isinstance(module, Inert):
            yield from _modules(module, f"{path}{name}.", depth + 1)


def _entries(thing: Inert, group: str) -> Iterator[tuple[Any, Any]]:
    entries = thing.state.get(group)
    return iter(entries.items()) if isinstance(entries, dict) else iter(())


def state_network(state: Mapping[Any, Any], class_name: str = "") -> Network:
    """A plain `state_dict`: arrays by name and nothing else."""
    found = {k: v for k, v in state.items() if isinstance(k, str) and isinstance(v, Array)}
    return Network(class_name, {}, Arrays(found))


def plain(value: Any) -> Any:
    """A value of a file as numbers, texts, lists and dictionaries; None for what is none of it.

    What holds too much, or itself, becomes None in the parts that are too many.
    """
    return _Plain()(value)


class _Plain:
    """`plain`, for all the attributes of a network: together they have one bound."""

    def __init__(self) -> None:
        self.left = MAX_PLAIN

    def __call__(self, value: Any, depth: int = 0) -> Any:
        self.left -= 1
        if self.left < 0 or depth > MAX_DEPTH:
            return None
        match value:
            case float():
                return value if math.isfinite(value) else None
            case bool() | int() | str():
                return value
            case list() | tuple():
                return [self(v, depth + 1) for v in value[: self.left + 1]]
            case dict():
                items = islice(value.items(), self.left + 1)
                return {str(k): self(v, depth + 1) for k, v in items}
            case Global(name=name):
                return name.replace(" ", ".")
            case Array() if value.code and value.nbytes <= SMALL_ARRAY * 8:
                return value.read().tolist()
        return self(value.items, depth) if isinstance(value, Inert) and value.items else None


def _notice(program: Any) -> str:
    """The comment at the head of a program text, which is where authors name their licence."""
    text = program
    if isinstance(program, Blob):
        text = program.head(NOTICE_BYTES).decode("utf-8", "replace")
    if not isinstance(text, str):
        return ""
    comment = takewhile(lambda line: not line or line.startswith("#"), text.splitlines())
    return " ".join(line.lstrip("# ") for line in comment).strip()[:MAX_NOTICE]


def _check_count(arrays: Mapping[str, Any], parts: Mapping[str, Any]) -> None:
    if len(parts) > MAX_PARTS or len(arrays) > MAX_ARRAYS:
        raise CheckpointError("The file describes a network of more parts than any has.")


def _text(value: Any) -> str:
    return value if isinstance(value, str) and _is_name(value) else ""


def _is_name(text: str) -> bool:
    """Whether a text can stand in a sentence as the name of something."""
    return len(text) <= MAX_NAME and text.isprintable()
