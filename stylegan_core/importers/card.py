"""The card of a foreign file: what is known of it before its weights are read."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from stylegan_core.importers import build
from stylegan_core.importers.contents import Contents
from stylegan_core.importers.kinds import FAMILIES, KINDS
from stylegan_core.importers.network import Network


def card_of(path: Path, contents: Contents) -> dict[str, Any]:
    """Name, kind, sizes, licence, conventions, and where it all comes from; plain JSON values."""
    kind = KINDS[contents.kind]
    return {
        "name": path.stem,
        "kind": kind.title,
        **_sizes(contents),
        "licence": kind.licence,
        "seed_convention": "official",
        "truncation_cutoff": kind.cutoff,
        "origin": {
            "file": path.name,
            "bytes": contents.size,
            "written_as": contents.storage,
            "generator": _described(contents.generator),
            **(
                {"discriminator": _described(contents.discriminator)}
                if contents.discriminator
                else {}
            ),
            **({"training_data": dict(contents.training)} if contents.training else {}),
            "left_out": list(contents.left_out),
            "not_run": list(contents.not_run),
        },
    }


def _sizes(contents: Contents) -> dict[str, Any]:
    """Architecture, configuration, resolution and classes."""
    config = build.configuration(contents)
    return {
        "architecture": FAMILIES[contents.kind].architecture,
        "config": asdict(config),
        "resolution": config.resolution,
        "classes": config.c_dim,
    }


def parameters_of(contents: Contents) -> dict[str, int]:
    """How many parameters each network has."""
    network = build.empty_generator(contents)
    counts = {"generator": sum(value.numel() for value in network.parameters())}
    if contents.discriminator is not None:
        counts["discriminator"] = _numbers(contents.discriminator)
    return counts


def _numbers(network: Network) -> int:
    return sum(math.prod(network.arrays.shape(name)) for name in network.arrays)


def _described(network: Network) -> dict[str, Any]:
    return {
        "class": network.class_name,
        "arguments": dict(network.kwargs),
        **({"notice": network.notice} if network.notice else {}),
    }
