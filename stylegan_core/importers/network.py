"""The description of a foreign network in any format: class names, settings, arrays by name.

Key tables see nothing else, so they need not know how a file is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stylegan_core.card import CheckpointError
from stylegan_core.importers.arrays import StoredArray
from stylegan_core.limits import MAX_NAME_LENGTH, budget

InMemoryArray = float | NDArray[Any]
"""A scalar that the pickle itself held, or an array that this program made as a substitute."""


class MissingWeight(KeyError):
    """Raised if no array of the file has a name."""

    def __str__(self) -> str:
        return f"it lacks the weight '{self.args[0]}'"


class Shapes(dict[str, tuple[int, ...]]):
    """The shapes of arrays by their official names. `MissingWeight` for any other name."""

    def __missing__(self, name: str) -> tuple[int, ...]:
        raise MissingWeight(name)


class Arrays(Mapping[str, NDArray[Any]]):
    """Arrays by their official names, each read from the file when it is asked for.

    `progress(nbytes)` is called before each is read; it may raise an exception to stop.
    """

    def __init__(self, descriptions: Mapping[str, StoredArray | InMemoryArray]) -> None:
        budget().entries(len(descriptions))
        if not all(map(is_printable_name, descriptions)):
            raise CheckpointError("The file has weights with invalid names.")
        self.descriptions = descriptions
        self.progress: Callable[[int], None] = lambda nbytes: None

    def __contains__(self, name: object) -> bool:
        """Tell whether there is such an array, without reading it."""
        return name in self.descriptions

    def __getitem__(self, name: str) -> NDArray[Any]:
        value = self._description(name)
        if not isinstance(value, StoredArray):
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
        return value.shape if isinstance(value, StoredArray) else np.shape(value)

    @property
    def shapes(self) -> Shapes:
        """The shape of every array."""
        return Shapes({name: self.shape(name) for name in self})

    def nbytes(self, name: str) -> int:
        """Return the size of an array in the file; 0 for one that was made in memory."""
        value = self._description(name)
        return value.nbytes if isinstance(value, StoredArray) else 0

    def _description(self, name: str) -> StoredArray | InMemoryArray:
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

    `kwargs` are the arguments it was built with, `static_kwargs` in TensorFlow's files and
    `_init_kwargs` in PyTorch's; empty if the file has none.
    `modules` has every module by its dotted path, the network itself under "".
    `notice` is the comment that heads the source text in the file, where authors name a licence.
    """

    class_name: str
    kwargs: Mapping[str, Any]
    arrays: Arrays
    modules: Mapping[str, Module] = field(default_factory=dict)
    notice: str = ""

    def with_arrays(self, more: Mapping[str, StoredArray | InMemoryArray]) -> Network:
        """Return the network with more arrays."""
        return replace(self, arrays=Arrays({**self.arrays.descriptions, **more}))

    @property
    def module_attributes(self) -> dict[str, Mapping[str, Any]]:
        """The plain attributes of every module by its dotted path."""
        return {path: module.attributes for path, module in self.modules.items()}


def is_printable_name(text: str) -> bool:
    """Tell whether a name from a file can be shown within a sentence."""
    return len(text) <= MAX_NAME_LENGTH and text.isprintable()
