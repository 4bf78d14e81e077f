"""Find the networks in an unpickled file and tell their kind by their structure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from stylegan_core.importers.arrays import StoredArray
from stylegan_core.importers.kinds import KINDS, kind_of
from stylegan_core.importers.network import Arrays, Network
from stylegan_core.importers.pickle_values import InertObject
from stylegan_core.importers.pickled_networks import (
    plain_value,
    state_dict_network,
    tensorflow_network,
    torch_network,
)

NOT_AVERAGED: Final = "the generator before averaging"
GENERATOR_KEYS: Final = ("G", "S", "g", "generator")  # keys of generators before averaging
STATE_DICT_KEYS: Final = (
    ("g_ema", "d"),
    ("g_running", "discriminator"),
    ("generator", "discriminator"),
    ("GAN", ""),
    ("", ""),
)
"""The keys of generator and discriminator, the averaged generator first; "" is the file itself."""

MAX_LEFT_OUT: Final = 100


@dataclass(frozen=True)
class Contents:
    """The networks of a file, whose weights have not been read yet, and a report.

    `kind` is a key of `kinds.KINDS`.
    `training_data` holds the settings of the data set, if the file has them.
    `left_out` names the contents that are not imported.

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
    not_run: tuple[str, ...] = ()


class UnknownContents(Exception):
    """Raised for contents of an unknown kind. The message continues after the file's name."""


def recognise(root: Any) -> Contents:
    """Return the networks in an unpickled object. Raises `UnknownContents`."""
    match root:
        case (InertObject(), InertObject() as discriminator, InertObject() as generator):
            return _from_tensorflow(generator, discriminator)
        case dict() if isinstance(root.get("G_ema"), InertObject):
            return _from_modules(root)
        case dict():
            return _from_state_dicts(root)
    raise UnknownContents("holds no network that this program knows.")


def _from_tensorflow(generator: InertObject, discriminator: InertObject) -> Contents:
    """Return the contents of (G, D, Gs), where Gs is the averaged generator."""
    network = tensorflow_network(generator)
    kind = kind_of(network, "tensorflow")
    if kind is None:
        raise UnknownContents(
            f"holds a TensorFlow network '{network.class_name}'; this program opens those of "
            "StyleGAN 1 (G_style) and StyleGAN 2 (G_main)."
        )
    return Contents(kind, network, tensorflow_network(discriminator), left_out=(NOT_AVERAGED,))


def _from_modules(root: Mapping[Any, Any]) -> Contents:
    """Return the contents of a dictionary of PyTorch modules, as the official training saves it."""
    network = torch_network(root["G_ema"])
    kind = kind_of(network, "module")
    if kind is None:
        raise UnknownContents(
            f"holds a generator '{network.class_name}' of a kind that this program does not know."
        )
    discriminator, training_data = root.get("D"), plain_value(root.get("training_set_kwargs"))
    return Contents(
        kind,
        network,
        torch_network(discriminator) if isinstance(discriminator, InertObject) else None,
        training_data if isinstance(training_data, dict) else {},
        _left_out(root, taken=("G_ema", "D", "training_set_kwargs")),
    )


def _from_state_dicts(root: Mapping[Any, Any]) -> Contents:
    """Return the contents of a file of weights alone, with the averaged generator if it has one."""
    for key, discriminator_key in STATE_DICT_KEYS:
        state = root.get(key) if key else root
        network = state_dict_network(state) if isinstance(state, dict) else None
        kind = kind_of(network, "state dict") if network else None
        if network is None or kind is None:
            continue
        discriminator = root.get(discriminator_key)
        beside = {n: root[n] for n in KINDS[kind].beside if isinstance(root.get(n), StoredArray)}
        averaged, others = _split(network.with_arrays(beside), KINDS[kind].prefixes)
        left_out = _left_out(root, taken=(key, discriminator_key, *beside)) if key else ()
        return Contents(
            kind,
            averaged,
            state_dict_network(discriminator) if isinstance(discriminator, dict) else None,
            left_out=(*others, *left_out),
        )
    raise UnknownContents("holds no network that this program knows.")


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
