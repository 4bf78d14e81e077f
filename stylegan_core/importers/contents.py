"""A foreign file, opened: which networks are in it, told by what it holds and never by its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from stylegan_core.card import CheckpointError
from stylegan_core.importers.arrays import Array
from stylegan_core.importers.byte_source import Source
from stylegan_core.importers.network import (
    Arrays,
    Network,
    Number,
    plain,
    state_network,
    tensorflow_network,
    torch_network,
)
from stylegan_core.importers.pickle_reader import Inert, PickleReader
from stylegan_core.importers.torch_zip import read_zip
from stylegan_core.importers.vocabulary import TORCH_START, read_legacy, words_of_pickles

ZIP_START: Final = b"PK\x03\x04"
PICKLE_STARTS: Final = tuple(bytes((0x80, protocol)) for protocol in range(2, 6))
SAFETENSORS_HEADER: Final = b'{"'  # after eight bytes of length

TENSORFLOW_KINDS: Final = {"G_style": "stylegan1-tf", "G_main": "stylegan2-tf"}
NOT_AVERAGED: Final = "the generator before averaging"
STATE_KEYS: Final = (
    ("g_ema", "d"),
    ("g_running", "discriminator"),
    ("generator", "discriminator"),
    ("GAN", ""),
    ("", ""),
)
SIGNS: Final = {  # a part of a name that only this kind of weights has
    "stylegan1-rosinality": "generator.progression.0.conv1.",
    "stylegan2-rosinality": "convs.0.conv.modulation.",
    "stylegan2-lucidrains": "G.blocks.0.to_style1.",
}
AVERAGED: Final = {"stylegan2-lucidrains": ("GE.", "SE.")}  # where all networks are one state
CENTRE: Final = "latent_avg"
MOST_NAMED: Final = 100

Root = Mapping[Any, Any] | tuple[Any, ...] | list[Any] | Inert | None


@dataclass(frozen=True)
class Contents:
    """What a file holds. `kind` is a key of `kinds.KINDS`; weights are not read yet.

    `training` is what the file says of its data set. The report: `left_out` names what was not
    taken over, `not_run` the classes and functions of which only the names were taken.
    """

    kind: str
    name: str  # of the file
    storage: str  # how it is written
    generator: Network
    discriminator: Network | None = None
    training: Mapping[str, Any] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    not_run: tuple[str, ...] = ()
    size: int = 0  # of the file, in bytes


def is_foreign(path: str | Path) -> bool:
    """Whether a file is a pickle or a file of PyTorch, by its first bytes.

    A file that cannot be read is not; opening it as a checkpoint will say why.
    """
    try:
        with Path(path).open("rb") as file:
            start = file.read(10)
    except OSError:
        return False
    if start[8:] == SAFETENSORS_HEADER:
        return False
    return start.startswith((ZIP_START, *PICKLE_STARTS))


@contextmanager
def opened(path: str | Path) -> Iterator[Contents]:
    """The contents of a foreign file, whose weights can be read until the block ends.

    Raises `CheckpointError`: damaged, hostile, or of no kind that is known.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            yield contents_of(Source(file, path.name))
    except OSError as error:
        raise CheckpointError(f"Cannot read {path}: {error.strerror}.") from error


def contents_of(source: Source) -> Contents:
    """What a source holds; the weights stay in it. Raises `CheckpointError`."""
    words, unknown = words_of_pickles(), set[str]()
    start = source.file.read(len(TORCH_START))
    source.file.seek(0)
    if start.startswith(ZIP_START):
        storage, root = "PyTorch zip file", read_zip(source, words, unknown)
    elif start == TORCH_START:
        storage, root = "PyTorch file of the older form", read_legacy(source, words, unknown)
    elif start.startswith(PICKLE_STARTS):
        storage = f"pickle, protocol {start[1]}"
        root = PickleReader(source, words, unknown=unknown).run()
    else:
        raise CheckpointError(f"{source.name} is neither a pickle nor a file of PyTorch.")
    not_run = tuple(name.replace(" ", ".") for name in sorted(unknown))
    try:
        contents = _recognised(root, source.name, storage)
    except UnknownContents as error:
        raise CheckpointError(f"{source.name} {error}{_hint(not_run)}") from error
    return replace(contents, not_run=not_run, size=source.end)


class UnknownContents(Exception):
    """What a file holds is of no known kind; the message goes on where the file's name ends."""


def _hint(not_run: tuple[str, ...]) -> str:
    return f" It names {not_run[0]}, which was not run." if not_run else ""


def _recognised(root: Root, name: str, storage: str) -> Contents:
    match root:
        case (Inert(), Inert() as critic, Inert() as generator):
            return _tensorflow(name, storage, generator, critic)
        case dict() if isinstance(root.get("G_ema"), Inert):
            return _official_torch(name, storage, root)
        case dict():
            return _state_dicts(name, storage, root)
    raise UnknownContents("holds no network that this program knows.")


def _tensorflow(name: str, storage: str, generator: Inert, critic: Inert) -> Contents:
    network = tensorflow_network(generator)
    kind = TENSORFLOW_KINDS.get(network.class_name)
    if kind is None:
        raise UnknownContents(
            f"holds a TensorFlow network '{network.class_name}'; this program opens those of "
            "StyleGAN 1 (G_style) and StyleGAN 2 (G_main)."
        )
    return Contents(kind, name, storage, network, tensorflow_network(critic), {}, (NOT_AVERAGED,))


def _official_torch(name: str, storage: str, root: Mapping[Any, Any]) -> Contents:
    network = torch_network(root["G_ema"])
    critic, training = root.get("D"), plain(root.get("training_set_kwargs"))
    return Contents(
        _kind_of_module(network),
        name,
        storage,
        network,
        torch_network(critic) if isinstance(critic, Inert) else None,
        training if isinstance(training, dict) else {},
        _left_out(root, "G_ema", "D", "training_set_kwargs"),
    )


def _kind_of_module(network: Network) -> str:
    """The family, by the names of the weights: class names are the same in several."""
    names = network.arrays.keys()
    if any(name.startswith("synthesis.b4.") for name in names):
        return "stylegan2-ada"
    if "synthesis.input.weight" in names:
        return "stylegan-xl" if _is_xl(network) else "stylegan3"
    if any(name.startswith("Model.MainLayers.") for name in names):
        return "r3gan"
    raise UnknownContents(
        f"holds a generator '{network.class_name}' of a kind that this program does not know."
    )


def _is_xl(network: Network) -> bool:
    """StyleGAN-XL has a centre of W for each class, and its synthesis keeps how it was planned."""
    shapes, synthesis = network.arrays.shapes, network.parts.get("synthesis")
    planned = synthesis is not None and "sampling_rates" in synthesis.attributes
    return planned or len(shapes.get("mapping.w_avg", ())) == 2


def _state_dicts(name: str, storage: str, root: Mapping[Any, Any]) -> Contents:
    """Files of weights alone: the averaged generator where there is one, or all there is."""
    for key, critic_key in STATE_KEYS:
        state = root.get(key) if key else root
        network = state_network(state) if isinstance(state, dict) else None
        kind = _kind_of_state(network) if network else None
        if network is not None and kind is not None:
            critic = root.get(critic_key)
            discriminator = state_network(critic) if isinstance(critic, dict) else None
            centre = _centre(root) if kind == "stylegan2-rosinality" else {}
            averaged, others = _divided(network.with_arrays(centre), AVERAGED.get(kind, ("",)))
            left_out = _left_out(root, key, critic_key, *centre) if key else ()
            return Contents(kind, name, storage, averaged, discriminator, {}, (*others, *left_out))
    raise UnknownContents("holds no network that this program knows.")


def _centre(root: Mapping[Any, Any]) -> dict[str, Array | Number]:
    """The centre of W, which lies beside the generator."""
    value = root.get(CENTRE)
    return {CENTRE: value} if isinstance(value, Array) else {}


def _kind_of_state(network: Network) -> str | None:
    return next(
        (kind for kind, sign in SIGNS.items() if any(sign in name for name in network.arrays)),
        None,
    )


def _divided(network: Network, starts: tuple[str, ...]) -> tuple[Network, tuple[str, ...]]:
    """A network with the arrays whose names start so, and what the others are."""
    found = network.arrays.found
    kept = {name: value for name, value in found.items() if name.startswith(starts)}
    others = {name.partition(".")[0]: name for name in found if name not in kept}
    return replace(network, arrays=Arrays(kept)), _left_out(others)


def _left_out(root: Mapping[Any, Any], *taken: str) -> tuple[str, ...]:
    """What else lies in a file; of the generators the averaged one is taken."""
    names = dict.fromkeys(("G", "S", "g", "generator"), NOT_AVERAGED)
    rest = [key for key, value in root.items() if key not in taken and value is not None]
    return tuple(dict.fromkeys(names.get(str(key), str(key)) for key in rest[:MOST_NAMED]))
