"""Build our networks from the networks of a foreign file."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
from torch import nn

from stylegan_core import checkpoint
from stylegan_core.card import CARD_VERSION, CheckpointError
from stylegan_core.importers import tables
from stylegan_core.importers.contents import Contents
from stylegan_core.importers.family import Family, family_of
from stylegan_core.importers.kinds import KINDS
from stylegan_core.importers.network import Network
from stylegan_core.importers.tables import Rule
from stylegan_core.limits import FILE_ERRORS, Progress, budget
from stylegan_core.networks import ARCHITECTURES
from stylegan_core.networks.weightless import weightless

MAX_REASON_LENGTH: Final = 300


def configuration(contents: Contents) -> Any:
    """Return the configuration of both networks. Raises `CheckpointError`."""
    with _file_errors(contents):
        return family_of(contents.kind).config(contents.generator, contents.discriminator)


def empty_generator(contents: Contents) -> Any:
    """Return the generator, its weights not allocated. Raises `CheckpointError`."""
    config = configuration(contents)
    with _file_errors(contents), weightless():
        return ARCHITECTURES[family_of(contents.kind).architecture].generator(config)


def generator(contents: Contents, card: Mapping[str, Any], progress: Progress | None = None) -> Any:
    """Return the generator with its weights, float32, on the CPU. Raises `CheckpointError`.

    `progress(done, total)`, in bytes, is called before each array is read; it may raise.
    """
    family, network = family_of(contents.kind), empty_generator(contents)
    with _file_errors(contents):
        rules = family.generator_rules(network.config)
        _load(network, contents.generator, rules, family, contents.size_bytes, progress)
    network.card = {
        "card_version": CARD_VERSION,
        **card,
        "content_hash": checkpoint.hash_of(network),
    }
    return network


def discriminator(contents: Contents) -> nn.Module | None:
    """Return the discriminator with its weights; None if the file or its kind has none.

    Raises `CheckpointError` for one that does not fit the generator.
    """
    family, config = family_of(contents.kind), configuration(contents)
    build = ARCHITECTURES[family.architecture].discriminator
    if contents.discriminator is None or family.discriminator_rules is None or build is None:
        return None
    with _file_errors(contents):
        with weightless():
            network: nn.Module = build(config)
        rules = family.discriminator_rules(config)
        _load(network, contents.discriminator, rules, family, contents.size_bytes)
    return network


@contextmanager
def _file_errors(contents: Contents) -> Iterator[None]:
    """Turn each of `FILE_ERRORS` into a `CheckpointError` that names the file."""
    try:
        with np.errstate(all="ignore"):  # numpy would print a warning with a line of our code
            yield
    except FILE_ERRORS as error:
        if isinstance(error, CheckpointError):
            raise
        why = " ".join(str(error).split())[:MAX_REASON_LENGTH]
        raise CheckpointError(
            f"{contents.file_name} ({KINDS[contents.kind].title}) cannot be built: {why}."
        ) from error


def _load(
    network: nn.Module,
    source: Network,
    rules: Mapping[str, Rule],
    family: Family,
    file_bytes: int,
    progress: Progress | None = None,
) -> None:
    """Fill a network from the file, after checking names and shapes."""
    source = family.prepare(source)
    skipped = family.skipped_names(source, network.config)
    owner = f"its '{source.class_name}'" if source.class_name else "it"
    tables.check_names(source.arrays, rules, skipped, owner)
    _check_shapes(network, source, rules)
    total = sum(source.arrays.nbytes(rule.name) for rule in rules.values())
    if total > file_bytes:  # several names may refer to one array of a hostile file
        raise ValueError("it describes more numbers than it holds")
    source.arrays.progress = _cumulative(total, progress)
    network.load_state_dict(tables.convert(source.arrays, rules, skipped), assign=True)
    network.eval().requires_grad_(False)


def _check_shapes(network: nn.Module, source: Network, rules: Mapping[str, Rule]) -> None:
    """Check every shape, converted as the numbers will be, before any number is read."""
    for name, parameter in network.state_dict().items():
        rule = rules[name]
        shape = source.arrays.shape(rule.name)
        budget().read(4 * math.prod(shape))  # what converting it may take
        if rule.convert(np.broadcast_to(np.float32(0), shape)).shape != tuple(parameter.shape):
            raise ValueError(f"its weight '{rule.name}' has a shape that does not fit: {shape}")


def _cumulative(total: int, progress: Progress | None) -> Callable[[int], None]:
    """Return a function that takes the size of each array and reports the sum so far."""
    done = 0

    def report(nbytes: int) -> None:
        nonlocal done
        if progress is not None:
            progress(done, total)
        done += nbytes

    return report
