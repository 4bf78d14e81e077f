"""The exponential moving average of the generator's weights (EMA), which makes the pictures."""

import torch
from torch import nn

from stylegan_core.training.config import TrainConfig


def decay_of_average(config: TrainConfig, images_seen: int, batch: int) -> float:
    """Return the share of the average that a step of `batch` images keeps."""
    half_life = config.ema_half_life_kimg * 1000
    half_life = min(half_life, config.ema_ramp * images_seen) or 1e-8  # 0 images seen: keep none
    return float(0.5 ** (batch / half_life))


@torch.no_grad()
def update_average(average: nn.Module, current: nn.Module, decay: float) -> None:
    """Move the average's weights towards the current ones; buffers are copied."""
    torch._foreach_lerp_(list(average.parameters()), list(current.parameters()), 1 - decay)
    for averaged, buffer in zip(average.buffers(), current.buffers(), strict=True):
        averaged.copy_(buffer)
