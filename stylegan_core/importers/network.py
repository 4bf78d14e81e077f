"""The neutral description of a foreign network: class names, settings, and arrays by name.

Key tables work on this alone, so they need not know how a file is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from stylegan_core.card import CheckpointError
from stylegan_core.importers.arrays import Array

MAX_NAME_LENGTH: Final = 300

Number = float | NDArray[Any]
"""An array in memory: a scalar of the file, or one that this program has made."""


class MissingWeight(KeyError):
    """Raised for a name that no array of the file has."""

    def __str__(self) -> str:
        return f"it lacks the weight '{self.args[0]}'"


class Shapes(dict[str, tuple[int, ...]]):
    """The shapes of arrays by their official names. `MissingWeight` for any other name."""

    def __missing__(self, name: str) -> tuple[int, ...]:
        raise MissingWeight(name)


class Arrays(Mapping[str, NDArray[Any]]):
    """Arrays by their official names, each read from the file when it is asked for.

    `progress(nbytes)` is called before each is read; it may raise in order to stop.
    """

    def __init__(self, descriptions: Mapping[str, Array | Number]) -> None:
        if not all(map(is_printable_name, descriptions)):
            raise CheckpointError("The file has weights with invalid names.")
        self.descriptions = descriptions
        self.progress: Callable[[int], None] = lambda nbytes: None

    def __contains__(self, name: object) -> bool:
        """Tell whether there is such an array, without reading it."""
        return name in self.descriptions

    def __getitem__(self, name: str) -> NDArray[Any]:
        value = self._description(name)
        if not isinstance(value, Array):
            return np.array(value, dtype=np.float32)
        self.progress(value.nbytes)
        return value.read()

    def __iter__(self) -> Iterator[str]:
        return iter(self.descriptions)

    def __len__(self) -> int:
        return len(self.descriptions)

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of an array without reading it. Raises `MissingWeight`."""
        value = self._description(name)
        return value.shape if isinstance(value, Array) else np.shape(value)

    @property
    def shapes(self) -> Shapes:
        """The shape of every array."""
        return Shapes({name: self.shape(name) for name in self})

    def nbytes(self, name: str) -> int:
        """Return the size of an array in the file; 0 for one that was made in memory."""
        value = self._description(name)
        return value.nbytes if isinstance(value, Array) else 0

    def _description(self, name: str) -> Array | Number:
        if name not in self.descriptions:
            raise MissingWeight(name)
        return self.descriptions[name]


@dataclass(frozen=True)
class Module:
    """A module of a network: the name of its class, and those attributes that are plain values."""

    class_name: str
    attributes: Mapping[str, Any]


@dataclass(frozen=True)
class Network:
    """One network of a file.

    `kwargs` are the arguments it was built with: TensorFlow's `static_kwargs`, or `_init_kwargs`;
    empty if the file has none.
    `modules` has every module by its dotted path, the network itself under "".
    `notice` is the comment that heads the source text in the file, where authors name a licence.
    """

    class_name: str
    kwargs: Mapping[str, Any]
    arrays: Arrays
    modules: Mapping[str, Module] = field(default_factory=dict)
    notice: str = ""

    def with_arrays(self, more: Mapping[str, Array | Number]) -> Network:
        """Return the network with more arrays."""
        return replace(self, arrays=Arrays({**self.arrays.descriptions, **more}))

    @property
    def module_attributes(self) -> dict[str, Mapping[str, Any]]:
        """The plain attributes of every module by its dotted path."""
        return {path: module.attributes for path, module in self.modules.items()}


def is_printable_name(text: str) -> bool:
    """Tell whether a name from a file can be shown within a sentence."""
    return len(text) <= MAX_NAME_LENGTH and text.isprintable()
