"""Find generators in an unpickled object, whatever dictionaries, modules and prefixes wrap them.

People save a generator alone, its weights alone, or either of them under names of their own:
{"g_ema": ...}, {"state_dict": {"module.synthesis...": ...}}, [generator, discriminator].
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, Final, NamedTuple

from stylegan_core.importers.arrays import StoredArray
from stylegan_core.importers.kinds import Layout, kind_of, prefixes_of_marks
from stylegan_core.importers.network import Arrays, Network, is_printable_name
from stylegan_core.importers.pickle_values import InertObject
from stylegan_core.importers.pickled_networks import (
    state_dict_network,
    tensorflow_network,
    torch_network,
)

MAX_WRAPPINGS: Final = 4
MAX_PLACES: Final = 64
MAX_VALUES: Final = 10_000  # looked at in search of networks
AVERAGED: Final = frozenset(
    ("ema", "gema", "avg", "average", "averaged", "running", "shadow", "gs")
)
DISCRIMINATORS: Final = ("D", "d", "discriminator", "netD", "D_ema")

Keys = tuple[Any, ...]
"""The keys that lead from the whole file to a value."""


class Found(NamedTuple):
    """A generator of a known kind; `keys` and `prefix` say where in the file it lies.

    `siblings` is the dictionary that holds it; empty if there is none.
    """

    kind: str
    network: Network
    keys: Keys
    prefix: str
    siblings: Mapping[Any, Any]

    @property
    def place(self) -> str:
        """The place in the file, as in "state_dict.generator."; empty at the top."""
        keys = (str(key) for key in (*self.keys, self.prefix.rstrip(".")) if key != "")
        place = ".".join(keys)
        return place if is_printable_name(place) else "(a name that cannot be shown)"


class _Place(NamedTuple):
    """A value that may be a network."""

    keys: Keys
    value: Any
    siblings: Mapping[Any, Any]


def find_generator(root: Any) -> Found | None:
    """Return the best generator of a known kind, averaged ones first; None if there is none."""
    places = sorted(islice(_places(root), MAX_PLACES), key=lambda place: _rank(place.keys))
    for keys, value, siblings in places:
        layout, network = network_of(value)
        for prefix in _prefixes(network, layout, value):
            stripped = _below(network, prefix) if prefix else network
            kind = kind_of(stripped, layout)
            if kind is not None:
                return Found(kind, stripped, keys, prefix, siblings)
    return None


def network_of(value: Any) -> tuple[Layout, Network]:
    """Describe a network object or a state dict, and tell which library it is of."""
    if isinstance(value, InertObject):
        if _is_tensorflow(value):
            return "tensorflow", tensorflow_network(value)
        return "torch", torch_network(value)
    return "torch", state_dict_network(value)


def is_network(value: Any) -> bool:
    """Tell whether a value is a network object or a dictionary with weights."""
    if isinstance(value, InertObject):
        return _is_tensorflow(value) or isinstance(value.state.get("_modules"), dict)
    return isinstance(value, dict) and any(isinstance(v, StoredArray) for v in value.values())


def _is_tensorflow(value: InertObject) -> bool:
    return "build_func_name" in value.state


def _prefixes(network: Network, layout: Layout, value: Any) -> Sequence[str]:
    """Return the prefixes to try; the modules of an object are places of their own instead."""
    if layout == "tensorflow" or isinstance(value, InertObject):
        return ("",)
    return sorted(prefixes_of_marks(network), key=lambda prefix: _rank(prefix.split(".")))


def _below(network: Network, prefix: str) -> Network:
    """Return the part of a network whose names begin with a prefix, which its names lose."""
    arrays = network.arrays.descriptions.items()
    part = {k.removeprefix(prefix): v for k, v in arrays if k.startswith(prefix)}
    return replace(network, arrays=Arrays(part))


def _rank(keys: Sequence[Any]) -> tuple[bool, bool]:
    """Rank averaged generators before others, and all of them before discriminators."""
    names = [str(key) for key in keys if isinstance(key, str | int)]
    words = {word for name in names for word in re.split(r"[._\W]+", name.lower())}
    is_discriminator = any(name in DISCRIMINATORS for name in names)
    return is_discriminator, words.isdisjoint(AVERAGED)


def _places(root: Any) -> Iterator[_Place]:
    """Yield the values that may be networks, outermost first."""
    level = [_Place((), root, {})]
    values_left, seen = MAX_VALUES, {id(root)}
    for _ in range(MAX_WRAPPINGS):
        inner: list[_Place] = []
        for place in level:
            if is_network(place.value):
                yield place
            for key, child in _children(place.value):
                values_left -= 1
                if values_left < 0:
                    break
                if id(child) not in seen:
                    seen.add(id(child))
                    holder = place.value if isinstance(place.value, dict) else {}
                    inner.append(_Place((*place.keys, key), child, holder))
        level = inner


def _children(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield what a value holds, with its keys; the last of a list first, as averages come last."""
    match value:
        case dict():
            held = iter(value.items())
        case list() | tuple():
            held = zip(reversed(range(len(value))), reversed(value), strict=True)
        case InertObject() if isinstance(value.state.get("_modules"), dict):
            held = iter(value.state["_modules"].items())
        case InertObject() if not _is_tensorflow(value):
            held = iter({**value.state, **value.items}.items())
        case _:
            held = iter(())
    return (pair for pair in held if isinstance(pair[1], dict | list | tuple | InertObject))
