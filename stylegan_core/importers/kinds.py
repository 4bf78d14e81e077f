"""The kinds of foreign files: what they are called, and which key table builds their networks.

A family joins with one entry in `FAMILIES`, by the key that its kind has in `KINDS`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple, Protocol

from numpy.typing import NDArray

from stylegan_core.importers import (
    r3gan,
    stylegan1_rosinality,
    stylegan1_tf,
    stylegan2_lucidrains,
    stylegan2_rosinality,
    stylegan2_tf,
    stylegan2_torch,
    stylegan3,
    stylegan_xl,
)
from stylegan_core.importers.network import Network


class KeyRule(Protocol):
    """Where one of our parameters comes from, and how its axes are turned."""

    @property
    def name(self) -> str: ...

    @property
    def convert(self) -> Callable[[NDArray[Any]], NDArray[Any]]: ...


class Kind(NamedTuple):
    """A kind of file: its name for people, the licence of the published ones, truncation.

    `cutoff`: how many layers the original tool truncates, None for all of them.
    """

    title: str
    licence: str
    cutoff: int | None = None


def no_names(network: Network, config: Any) -> Collection[str]:
    """For networks all of whose arrays are weights."""
    return ()


def as_it_is(network: Network) -> Network:
    """For networks that have all their arrays under their one name."""
    return network


class Family(NamedTuple):
    """How the networks of a kind are made. ValueError from any of these: they cannot be.

    `config(generator, discriminator)` is one configuration for both; for a configuration the key
    tables say where each of our weights comes from, strict both ways but for the arrays that
    `weightless(network, config)` names, having checked that they say nothing else. `prepared` gives
    a network what the tables expect: names of which there are several, and what is not stored.
    """

    architecture: str  # in `networks.ARCHITECTURES`
    config: Callable[[Network, Network | None], Any]
    generator_rules: Callable[[Any], Mapping[str, KeyRule]]
    discriminator_rules: Callable[[Any], Mapping[str, KeyRule]] | None = None
    weightless: Callable[[Network, Any], Collection[str]] = no_names
    prepared: Callable[[Network], Network] = as_it_is


_BY_NVIDIA = "The files that NVIDIA published are under the {}; others have terms of their own."
_UNSTATED = "Not stated in the file: ask those who published it."

KINDS: Mapping[str, Kind] = {
    "stylegan1-tf": Kind(
        "StyleGAN 1, TensorFlow pickle", _BY_NVIDIA.format("Creative Commons BY-NC 4.0"), 8
    ),
    "stylegan2-tf": Kind(
        "StyleGAN 2, TensorFlow pickle", _BY_NVIDIA.format("Nvidia Source Code License-NC")
    ),
    "stylegan2-ada": Kind(
        "StyleGAN 2, PyTorch pickle", _BY_NVIDIA.format("Nvidia Source Code License")
    ),
    "stylegan3": Kind(
        "StyleGAN 3, PyTorch pickle", _BY_NVIDIA.format("Nvidia Source Code License")
    ),
    "stylegan-xl": Kind("StyleGAN-XL, PyTorch pickle", _UNSTATED),
    "r3gan": Kind("R3GAN, PyTorch pickle", _UNSTATED),
    "stylegan1-rosinality": Kind("StyleGAN 1, rosinality's PyTorch weights", _UNSTATED),
    "stylegan2-rosinality": Kind("StyleGAN 2, rosinality's PyTorch weights", _UNSTATED),
    "stylegan2-lucidrains": Kind("StyleGAN 2, lucidrains' PyTorch weights", _UNSTATED),
}
"""Licences as the pages of the official releases state them; see docs/models.md."""

FAMILIES: Mapping[str, Family] = {
    "stylegan1-tf": Family(
        "stylegan1",
        stylegan1_tf.config_of,
        stylegan1_tf.generator_rules,
        stylegan1_tf.discriminator_rules,
        stylegan1_tf.weightless,
    ),
    "stylegan2-tf": Family(
        "stylegan2",
        stylegan2_tf.config_of,
        stylegan2_tf.generator_rules,
        stylegan2_tf.discriminator_rules,
        stylegan2_tf.weightless,
        stylegan2_tf.respelled,
    ),
    "stylegan2-ada": Family(
        "stylegan2",
        stylegan2_torch.config_of,
        stylegan2_torch.generator_rules,
        stylegan2_torch.discriminator_rules,
        stylegan2_torch.weightless,
    ),
    "stylegan3": Family(
        "stylegan3",
        stylegan3.config_of,
        stylegan3.generator_rules,
        stylegan3.discriminator_rules,
        stylegan3.weightless,
    ),
    "stylegan-xl": Family("stylegan_xl", stylegan_xl.config_of, stylegan_xl.generator_rules),
    "r3gan": Family("r3gan", r3gan.config_of, r3gan.generator_rules, r3gan.discriminator_rules),
    "stylegan1-rosinality": Family(
        "stylegan1",
        stylegan1_rosinality.config_of,
        stylegan1_rosinality.generator_rules,
        weightless=stylegan1_rosinality.weightless,
        prepared=stylegan1_rosinality.prepared,
    ),
    "stylegan2-rosinality": Family(
        "stylegan2",
        stylegan2_rosinality.config_of,
        stylegan2_rosinality.generator_rules,
        stylegan2_rosinality.discriminator_rules,
        stylegan2_rosinality.weightless,
        stylegan2_rosinality.prepared,
    ),
    "stylegan2-lucidrains": Family(
        "stylegan2_lucidrains",
        stylegan2_lucidrains.config_of,
        stylegan2_lucidrains.generator_rules,
        weightless=stylegan2_lucidrains.weightless,
        prepared=stylegan2_lucidrains.prepared,
    ),
}
