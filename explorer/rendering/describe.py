"""The description of a generator for the window, in plain values."""

from __future__ import annotations

from explorer.edit.model_info import ModelInfo, ModelLayer
from stylegan_core.networks.contract import Generator
from stylegan_core.readable import all_readable


def model_info_of(generator: Generator, path: str = "", device: str = "cpu") -> ModelInfo:
    """Describe a generator; texts of its card that cannot be encoded are repaired."""
    card = all_readable(dict(generator.card))
    return ModelInfo(
        name=str(card.get("name") or path.replace("\\", "/").rpartition("/")[2] or "unnamed"),
        path=path,
        digest=str(card.get("content_hash", "")),
        resolution=generator.resolution,
        layers=tuple(
            ModelLayer(info.name, info.resolution, info.group, info.takes_style, info.takes_noise)
            for info in generator.layers
        ),
        z_dim=generator.z_dim,
        c_dim=generator.c_dim,
        has_w_avg=generator.w_avg() is not None,
        device=device,
        takes_transform=generator.config.takes_transform,
        has_stored_noise=any(noise is not None for noise in generator.stored_noise),
        card=card,
    )
