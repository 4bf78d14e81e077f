"""The optimiser of every network in training."""

from collections.abc import Iterable

import torch
from torch import nn


def new_adam(weights: Iterable[nn.Parameter], lr: float = 1e-3) -> torch.optim.Adam:
    """Return Adam with the paper's constants (Karras et al. 2018, appendix A.1)."""
    return torch.optim.Adam(weights, lr=lr, betas=(0.0, 0.99), eps=1e-8, fused=True)


def set_lr(optimizer: torch.optim.Optimizer, lr: float) -> None:
    """Set the learning rate of the next steps."""
    optimizer.param_groups[0]["lr"] = lr
