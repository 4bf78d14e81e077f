"""Networks of this program from the networks of a foreign file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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

Progress = Callable[[int, int], None]


def family_of(contents: Contents) -> Family:
    """The key tables of a kind. `CheckpointError` while there are none."""
    family = FAMILIES.get(contents.kind)
    if family is None:
        raise CheckpointError(
            f"This is a {KINDS[contents.kind].title}: this program recognises it, but cannot show "
            "its pictures yet."
        )
    return family


def configuration(contents: Contents) -> Any:
    """The configuration of the generator, a frozen dataclass. `CheckpointError` if impossible."""
    try:
        return family_of(contents).config(contents.generator)
    except CheckpointError:
        raise
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        raise CheckpointError(
            f"The generator of this {KINDS[contents.kind].title} has sizes that make no sense "
            f"({error})."
        ) from error


def generator(contents: Contents, card: Mapping[str, Any], progress: Progress | None = None) -> Any:
    """The generator with its weights, float32 on the CPU. Raises `CheckpointError`.

    `progress(done, total)`, in bytes, is called before each array is read; it may raise.
    """
    family, config = family_of(contents), configuration(contents)
    with torch.device("meta"):
        network = ARCHITECTURES[family.architecture].generator(config)
    rules = family.generator_rules(config)
    _load(network, contents.generator, rules, family, progress)
    network.card = {
        "card_version": CARD_VERSION,
        **card,
        "content_hash": checkpoint.hash_of(network),
    }
    return network


def discriminator(contents: Contents) -> nn.Module | None:
    """The discriminator with its weights; None where there is none that could be rebuilt.

    Raises `CheckpointError` where there is one but its weights do not fit.
    """
    family = family_of(contents)
    if contents.discriminator is None or family.discriminator_rules is None:
        return None
    config = configuration(contents)
    with torch.device("meta"):
        network: nn.Module = ARCHITECTURES[family.architecture].discriminator(config)
    _load(network, contents.discriminator, family.discriminator_rules(config), family)
    return network


def _load(
    network: nn.Module,
    found: Network,
    rules: Mapping[str, KeyRule],
    family: Family,
    progress: Progress | None = None,
) -> None:
    expected = network.state_dict()
    _check_names(found, rules, expected, family)
    names = {rule.name for rule in rules.values()}
    total, done = sum(map(found.arrays.nbytes, names)), 0

    def report(nbytes: int) -> None:
        nonlocal done
        if progress is not None:
            progress(done, total)
        done += nbytes

    found.arrays.progress = report
    weights = {ours: _tensor(rule.convert(found.arrays[rule.name])) for ours, rule in rules.items()}
    network.load_state_dict(weights, assign=True)
    network.eval().requires_grad_(False)


def _tensor(value: NDArray[Any]) -> Tensor:
    return torch.from_numpy(np.asarray(value, dtype=np.float32, order="C"))


def _check_names(
    found: Network,
    rules: Mapping[str, KeyRule],
    expected: Mapping[str, Tensor],
    family: Family,
) -> None:
    """Names and shapes, strict both ways, before anything is read. Raises `CheckpointError`."""
    assert rules.keys() == expected.keys()
    wanted = {rule.name for rule in rules.values()}
    there = {name for name in found.arrays if not family.ignored(name)}
    for problem, names in (
        ("lacks", wanted - there),
        ("has the unknown", there - wanted),
        ("has the wrong shape of", _misshapen(found, rules, expected, wanted & there)),
    ):
        if names:
            raise CheckpointError(
                f"The network '{found.class_name}' is not built as it says: it {problem} "
                f"{len(names)} weights, among them '{min(names)}'."
            )


def _misshapen(
    found: Network,
    rules: Mapping[str, KeyRule],
    expected: Mapping[str, Tensor],
    there: set[str],
) -> set[str]:
    return {
        rule.name
        for ours, rule in rules.items()
        if rule.name in there
        and _turned_shape(rule, found.arrays.shape(rule.name)) != tuple(expected[ours].shape)
    }


def _turned_shape(rule: KeyRule, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """What a shape becomes by a rule, found without the numbers; None where the rule cannot act."""
    try:
        return rule.convert(np.broadcast_to(np.float32(0), shape)).shape
    except (ValueError, IndexError):
        return None
