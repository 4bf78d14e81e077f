"""The card of a foreign file, made before its weights are read."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from stylegan_core.importers import build
from stylegan_core.importers.contents import Contents
from stylegan_core.importers.family import family_of
from stylegan_core.importers.kinds import KINDS
from stylegan_core.importers.network import Network


def card_of(path: Path, contents: Contents) -> dict[str, Any]:
    """Return name, kind, sizes, licence, conventions and origin as plain JSON values."""
    kind = KINDS[contents.kind]
    config = build.configuration(contents)
    return {
        "name": path.stem,
        "kind": kind.title,
        "architecture": family_of(contents.kind).architecture,
        "config": asdict(config),
        "resolution": config.resolution,
        "classes": config.c_dim,
        "licence": kind.licence,
        "seed_convention": "official",
        "truncation_cutoff": kind.cutoff,
        "origin": _origin(path, contents),
    }


def _origin(path: Path, contents: Contents) -> dict[str, Any]:
    origin: dict[str, Any] = {
        "file": path.name,
        "bytes": contents.size_bytes,
        "written_as": contents.written_as,
        **({"found_at": contents.found_at} if contents.found_at else {}),
        "generator": _description(contents.generator),
    }
    if contents.discriminator is not None:
        origin["discriminator"] = _description(contents.discriminator)
    if contents.training_data:
        origin["training_data"] = dict(contents.training_data)
    origin["left_out"] = list(contents.left_out)
    origin["not_run"] = list(contents.not_run)
    return origin


def _description(network: Network) -> dict[str, Any]:
    return {
        "class": network.class_name,
        "arguments": dict(network.kwargs),
        **({"notice": network.notice} if network.notice else {}),
    }


def parameter_counts(contents: Contents) -> dict[str, int]:
    """Return how many parameters each network has."""
    network = build.empty_generator(contents)
    counts = {"generator": sum(value.numel() for value in network.parameters())}
    if contents.discriminator is not None:
        shapes = contents.discriminator.arrays.shapes.values()
        counts["discriminator"] = sum(map(math.prod, shapes))
    return counts
