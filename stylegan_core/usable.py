"""Refuse generators that cannot make pictures: weights not finite, or unknown channels."""

import torch
from torch import nn

from stylegan_core.card import CheckpointError
from stylegan_core.errors import UserError
from stylegan_core.networks import Generator
from stylegan_core.picture import check_channels


def check_usable(generator: Generator, name: str) -> None:
    """Raise `CheckpointError`, which calls the file `name`, for a generator that is of no use."""
    try:
        check_channels(generator.config.image_channels)
    except UserError as error:
        raise CheckpointError(f"{name} cannot be shown. {error}") from None
    assert isinstance(generator, nn.Module)
    broken = [key for key, value in generator.state_dict().items() if not _is_finite(value)]
    if broken:
        raise CheckpointError(
            f"{name} cannot be used: its weights hold infinite numbers, or values that are not "
            f"numbers (NaN), for example in '{broken[0]}'. Its training has probably diverged: "
            "open an earlier snapshot of it."
        )


def _is_finite(value: torch.Tensor) -> bool:
    return not value.is_floating_point() or bool(torch.isfinite(value).all())
