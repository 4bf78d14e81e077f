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

SIZES = ("resolution", "img_resolution")
CLASSES = ("label_size", "c_dim")


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
    """Architecture, configuration, resolution and classes, as far as they are known."""
    family = FAMILIES.get(contents.kind)
    if family is None:
        return _stated_sizes(contents.generator)
    config = build.configuration(contents)
    return {
        "architecture": family.architecture,
        "config": asdict(config),
        "resolution": config.resolution,
        "classes": config.c_dim,
    }


def _stated_sizes(network: Network) -> dict[str, Any]:
    """What a network says of itself, for kinds that cannot be built yet."""
    stated = {**network.attributes, **network.kwargs}
    found = {
        ours: next((stated[name] for name in names if isinstance(stated.get(name), int)), None)
        for ours, names in (("resolution", SIZES), ("classes", CLASSES))
    }
    return {name: value for name, value in found.items() if value is not None}


def parameters_of(contents: Contents) -> dict[str, int]:
    """How many parameters each network has; of kinds that cannot be built yet all its numbers."""
    if contents.kind in FAMILIES:
        network = build.empty_generator(contents)
        counts = {"generator": sum(value.numel() for value in network.parameters())}
    else:
        counts = {"generator": _numbers(contents.generator)}
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
