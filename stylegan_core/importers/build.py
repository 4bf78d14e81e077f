"""Networks of this program from the networks of a foreign file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from stylegan_core import checkpoint
from stylegan_core.card import CARD_VERSION, CheckpointError
from stylegan_core.importers.contents import Contents
from stylegan_core.importers.kinds import FAMILIES, KINDS, Family, KeyRule
from stylegan_core.importers.network import Network
from stylegan_core.networks import ARCHITECTURES
from stylegan_core.networks.weightless import weightless

Progress = Callable[[int, int], None]
MAX_REASON = 300
NONSENSE = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What sizes and settings lead to that no network has."""


def configuration(contents: Contents) -> Any:
    """The configuration of both networks, a frozen dataclass. `CheckpointError` if impossible."""
    with _naming(contents):
        return FAMILIES[contents.kind].config(contents.generator, contents.discriminator)


def empty_generator(contents: Contents) -> Any:
    """The generator without memory for its weights. Raises `CheckpointError`."""
    config = configuration(contents)
    with _naming(contents), weightless():
        return ARCHITECTURES[FAMILIES[contents.kind].architecture].generator(config)


def generator(contents: Contents, card: Mapping[str, Any], progress: Progress | None = None) -> Any:
    """The generator with its weights, float32 on the CPU. Raises `CheckpointError`.

    `progress(done, total)`, in bytes, is called before each array is read; it may raise.
    """
    family, network = FAMILIES[contents.kind], empty_generator(contents)
    with _naming(contents):
        rules = family.generator_rules(network.config)
        _load(network, contents.generator, rules, family, contents.size, progress)
    facts = {"card_version": CARD_VERSION, **card}
    network.card = {**facts, "content_hash": checkpoint.hash_of(network)}
    return network


def discriminator(contents: Contents) -> nn.Module | None:
    """The discriminator with its weights; None where the file or its kind has none.

    Raises `CheckpointError` where there is one that does not fit the generator.
    """
    family, config = FAMILIES[contents.kind], configuration(contents)
    make = ARCHITECTURES[family.architecture].discriminator
    if contents.discriminator is None or family.discriminator_rules is None or make is None:
        return None
    with _naming(contents):
        with weightless():
            network: nn.Module = make(config)
        rules = family.discriminator_rules(config)
        _load(network, contents.discriminator, rules, family, contents.size)
    return network


@contextmanager
def _naming(contents: Contents) -> Iterator[None]:
    """Whatever a key table cannot make sense of is the file's fault, and is said of it."""
    try:
        yield
    except NONSENSE as error:
        if isinstance(error, CheckpointError):
            raise
        why = " ".join(str(error).split())[:MAX_REASON]
        raise CheckpointError(
            f"{contents.name} ({KINDS[contents.kind].title}) cannot be built: {why}."
        ) from error


def _load(
    network: nn.Module,
    found: Network,
    rules: Mapping[str, KeyRule],
    family: Family,
    size: int,
    progress: Progress | None = None,
) -> None:
    found = family.prepared(found)
    expected = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    _check_names(found, rules, set(family.weightless(found, network.config)))
    _check_shapes(found, rules, expected)
    total = sum(found.arrays.nbytes(rule.name) for rule in rules.values())
    if total > size:
        raise ValueError("it describes more numbers than it holds")
    found.arrays.progress = _summed(total, progress)
    weights = {
        ours: _tensor(rule.convert(_float32(found.arrays[rule.name])))
        for ours, rule in rules.items()
    }
    network.load_state_dict(weights, assign=True)
    network.eval().requires_grad_(False)


def _summed(total: int, progress: Progress | None) -> Callable[[int], None]:
    """Told of each array before it is read, tells `progress` how far the reading is."""
    done = 0

    def report(nbytes: int) -> None:
        nonlocal done
        if progress is not None:
            progress(done, total)
        done += nbytes

    return report


def _float32(value: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(value, dtype=np.float32)


def _tensor(value: NDArray[Any]) -> Tensor:
    return torch.from_numpy(np.asarray(value, order="C"))


def _check_names(found: Network, rules: Mapping[str, KeyRule], weightless: set[str]) -> None:
    wanted, there = {rule.name for rule in rules.values()}, set(found.arrays) - weightless
    whose = f"its '{found.class_name}'" if found.class_name else "it"
    for problem, names in (("lacks", wanted - there), ("has the unknown", there - wanted)):
        if names:
            raise ValueError(f"{whose} {problem} {len(names)} weights, among them '{min(names)}'")


def _check_shapes(
    found: Network, rules: Mapping[str, KeyRule], expected: Mapping[str, tuple[int, ...]]
) -> None:
    """Every shape, turned as the numbers will be, before any number is read."""
    for ours, rule in rules.items():
        shape = found.arrays.shape(rule.name)
        if rule.convert(np.broadcast_to(np.float32(0), shape)).shape != expected[ours]:
            raise ValueError(f"its weight '{rule.name}' has a shape that does not fit: {shape}")
