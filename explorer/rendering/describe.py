"""The description of a generator for the window, in plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from explorer.edit.model_info import ModelInfo, ModelLayer
from stylegan_core.networks import architecture_of
from stylegan_core.networks.contract import Generator
from stylegan_core.readable import all_readable, shown_name

if TYPE_CHECKING:
    from torch import nn

MAX_NAME = 100


def model_info_of(generator: Generator, path: str = "", device: str = "cpu") -> ModelInfo:
    """Describe a generator; texts of its card that cannot be shown are repaired."""
    card = all_readable(dict(generator.card))
    return ModelInfo(
        name=shown_name(_last_part(card.get("name")) or _last_part(path) or "unnamed", MAX_NAME),
        path=path,
        digest=str(card.get("content_hash", "")),
        resolution=generator.resolution,
        layers=tuple(
            ModelLayer(info.name, info.resolution, info.group, info.takes_style, info.takes_noise)
            for info in generator.layers
        ),
        z_dim=generator.z_dim,
        w_dim=generator.w_dim,
        c_dim=generator.c_dim,
        has_w_avg=generator.w_avg() is not None,
        device=device,
        takes_transform=generator.config.takes_transform,
        has_stored_noise=any(noise is not None for noise in generator.stored_noise),
        architecture=architecture_of(generator),
        parameters=sum(weight.numel() for weight in cast("nn.Module", generator).parameters()),
        card=card,
    )


def _last_part(name: object) -> str:
    """Return a name without folders, by which former versions named the snapshots of runs."""
    return str(name or "").replace("\\", "/").rstrip("/").rpartition("/")[2]
