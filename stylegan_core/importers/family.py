"""`Family`: the functions that build the networks of one family of files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from importlib import import_module
from typing import Any, NamedTuple

from stylegan_core.importers.kinds import KINDS
from stylegan_core.importers.network import Network
from stylegan_core.importers.tables import Rule


def skip_none(network: Network, config: Any) -> Collection[str]:
    """Skip no array: all of them are weights."""
    return ()


def unchanged(network: Network) -> Network:
    """Return the network as it is: it lacks no array, and the names need no change."""
    return network


class Family(NamedTuple):
    """The functions that build a family's networks.

    They raise a ValueError that says why if a network cannot be built.

    architecture: the name in `networks.ARCHITECTURES`.
    config: returns one configuration for generator and discriminator.
    generator_rules, discriminator_rules: return, for a configuration, our parameter names and
        where each comes from. Every array of the file must be used, and every rule must find one.
    skipped_names: returns the names of the arrays that are not weights, after checking that they
        hold what the configuration says.
    prepare: returns the network with the names that the rules expect, and with substitutes for what
        the file lacks.
    """

    architecture: str
    config: Callable[[Network, Network | None], Any]
    generator_rules: Callable[[Any], Mapping[str, Rule]]
    discriminator_rules: Callable[[Any], Mapping[str, Rule]] | None = None
    skipped_names: Callable[[Network, Any], Collection[str]] = skip_none
    prepare: Callable[[Network], Network] = unchanged


def family_of(kind: str) -> Family:
    """Return the family that builds the files of a kind, a key of `kinds.KINDS`."""
    module = import_module(f"stylegan_core.importers.{KINDS[kind].key_tables}")
    family: Family = module.FAMILY
    return family
