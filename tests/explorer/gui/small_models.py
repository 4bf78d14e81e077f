"""Files of small models for the window."""

from __future__ import annotations

from pathlib import Path

from stylegan_core import checkpoint
from stylegan_core.networks.stylegan1 import StyleGAN1Config
from tests.small_networks import make_generator


def make_model(path: Path, name: str, seed: int) -> Path:
    """Write a 64 x 64 model with strong noise, whose random weights follow from a seed."""
    config = StyleGAN1Config(
        resolution=64,
        fmap_base=256,
        fmap_max=32,
        z_dim=32,
        w_dim=32,
        mapping_width=32,
        mapping_depth=2,
    )
    checkpoint.save(path, make_generator(config, seed), {"name": name})
    return path
