"""Find the networks in an unpickled file and tell their kind by their structure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from stylegan_core.importers.arrays import StoredArray
from stylegan_core.importers.finding import (
    DISCRIMINATORS,
    Found,
    find_generator,
    is_network,
    network_of,
)
from stylegan_core.importers.kinds import KINDS
from stylegan_core.importers.network import Arrays, Network
from stylegan_core.importers.pickle_values import InertObject
from stylegan_core.importers.pickled_networks import plain_value, tensorflow_network
from stylegan_core.importers.summary import unknown_contents

NOT_AVERAGED: Final = "the generator before averaging"
GENERATOR_KEYS: Final = ("G", "S", "g", "generator")  # keys of generators before averaging
MAX_LEFT_OUT: Final = 100


@dataclass(frozen=True)
class Contents:
    """The networks of a file, whose weights have not been read yet, and a report.

    `kind` is a key of `kinds.KINDS`.
    `training_data` holds the settings of the data set, if the file has them.
    `left_out` names the contents that are not imported.
    `found_at` says where in the file the generator lies; empty if the file is nothing else.

    `opening` fills in the rest: `written_as` names the file's format, `not_run` the classes and
    functions that the file asked for and that were not run.
    """

    kind: str
    generator: Network
    discriminator: Network | None = None
    training_data: Mapping[str, Any] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    file_name: str = ""
    size_bytes: int = 0
    written_as: str = ""
    found_at: str = ""
    not_run: tuple[str, ...] = ()


class UnknownContents(Exception):
    """Raised for contents of an unknown kind. The message continues after the file's name."""


def recognise(root: Any) -> Contents:
    """Return the networks in an unpickled object. Raises `UnknownContents`."""
    found = find_generator(root)
    if found is None:
        raise UnknownContents(unknown_contents(root))
    kind = KINDS[found.kind]
    siblings = found.siblings
    beside = {n: siblings[n] for n in kind.beside if isinstance(siblings.get(n), StoredArray)}
    generator, others = _split(found.network.with_arrays(beside), kind.prefixes)
    if kind.needs_modules and not generator.modules:
        raise UnknownContents(
            f"holds the weights of a generator ({kind.title}) without its modules, and they alone "
            "do not say how it is built: open the file that its training wrote."
        )
    discriminator, key, left_out = _discriminator(root, found)
    settings = plain_value(siblings.get("training_set_kwargs"))
    taken = (*found.keys[-1:], key, *beside, "training_set_kwargs")
    left_out = (*others, *left_out, *_left_out(siblings, taken))
    if len(found.keys) > 1 and isinstance(root, dict):
        left_out = (*left_out, *_left_out(root, found.keys[:1]))
    return Contents(
        found.kind,
        generator,
        discriminator,
        settings if isinstance(settings, dict) else {},
        tuple(dict.fromkeys(left_out)),
        found_at=found.place,
    )


def _discriminator(root: Any, found: Found) -> tuple[Network | None, Any, tuple[str, ...]]:
    """Return the discriminator beside a generator, its key, and what is left out instead of it."""
    match root:
        case (InertObject(), InertObject() as discriminator, InertObject()) if (
            KINDS[found.kind].layout == "tensorflow"
        ):  # G, D, Gs
            return tensorflow_network(discriminator), None, (NOT_AVERAGED,)
    for key in DISCRIMINATORS:
        value = found.siblings.get(key)
        if is_network(value):
            _, network = network_of(value)
            if network.modules or not found.network.modules:
                return network, key, ()
    return None, None, ()


def _split(network: Network, prefixes: tuple[str, ...]) -> tuple[Network, tuple[str, ...]]:
    """Return a network with only the arrays whose names have a prefix, and what is left out."""
    arrays = network.arrays.descriptions
    kept = {name: value for name, value in arrays.items() if name.startswith(prefixes)}
    others = {name.partition(".")[0]: name for name in arrays if name not in kept}
    return replace(network, arrays=Arrays(kept)), _left_out(others)


def _left_out(root: Mapping[Any, Any], taken: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the names of what a file holds beside `taken`, for the report."""
    skipped = set(taken)
    keys = [key for key, value in root.items() if key not in skipped and value is not None]
    names = (NOT_AVERAGED if key in GENERATOR_KEYS else str(key) for key in keys[:MAX_LEFT_OUT])
    return tuple(dict.fromkeys(names))
