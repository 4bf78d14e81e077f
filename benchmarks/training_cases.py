"""The configurations and pictures that training is timed with, at full resolution."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from benchmarks.clock import wait
from stylegan_core.data.dataset import ImageDataset, open_dataset
from stylegan_core.training.config import TrainConfig
from stylegan_core.training.presets import PRESETS

PRESET_OF = {64: "portraits-cpu", 256: "portraits-gpu"}
PICTURE_COUNT = 64


@dataclass
class TrainingCase:
    """A configuration that does not grow, and its pictures batch by batch."""

    config: TrainConfig
    data: ImageDataset
    device: str
    shown: int = 0

    @property
    def batch(self) -> int:
        """The number of pictures of a step."""
        return self.config.batch[0][1]

    def images(self) -> Tensor:
        """Return the next batch of pictures, uint8 [N, 3, R, R]."""
        self.shown += self.batch
        return self.data.batch(self.shown, self.batch, self.config.seed, self.config.mirror).images

    def step_seconds(self, step: Callable[[], None]) -> float:
        """Time one step: the mean over the interval from one R1 penalty to the next."""
        wait(self.device)
        start = time.perf_counter()
        for _ in range(self.config.r1_interval):
            step()
        wait(self.device)
        return (time.perf_counter() - start) / self.config.r1_interval


def case_at(resolution: int, device: str) -> TrainingCase:
    """Return the preset of a resolution without the penalties that a textbook does not have."""
    torch.set_num_threads(1)
    batch = 32 if device.startswith("cuda") else {64: 8, 256: 4}[resolution]
    config = replace(
        PRESETS[PRESET_OF[resolution]].config,
        start_resolution=resolution,
        label_critic_weight=0.0,
        style_roles_weight=0.0,
        noise_spread=0.0,
        noise_from_kimg=0.0,
        batch=((4, batch),),
        r1_interval=4,
    )
    pictures = open_dataset(f"portraits:{PICTURE_COUNT}", resolution, device=device)
    return TrainingCase(config, pictures, device)
