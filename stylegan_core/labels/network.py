"""A small network that reads the factors of a portrait from its pixels.

It is trained on rendered portraits, whose factors are known, and then reads pictures that a
generator made: by how much did the pose, the hair, the skin change?
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from stylegan_core.data.portraits import FACTORS, Factor, World, sample_factors

SIZE = 64  # pixels; larger pictures are averaged down, smaller ones enlarged
STEPS, EPOCHS = 1000, 8  # of training, at most
SHRINKS = (1, 2, 1, 4)  # of one training batch after the other
CHOICE_WEIGHT = 0.3  # of a nat of a choice, beside the squared error of a range
READ_FACTORS: tuple[Factor, ...] = tuple(f for f in FACTORS if f.name != "noise_seed")


@dataclass(frozen=True)
class Columns:
    """Where each factor stands in a row of readings: one column, or one for each choice."""

    slices: dict[str, slice]
    width: int

    @classmethod
    def of_factors(cls) -> "Columns":
        slices, start = {}, 0
        for factor in READ_FACTORS:
            stop = start + max(1, len(factor.choices))
            slices[factor.name] = slice(start, stop)
            start = stop
        return cls(slices, start)


COLUMNS = Columns.of_factors()


def targets(factors: dict[str, Tensor]) -> Tensor:
    """Factors as readings [N, COLUMNS.width]: ranges scaled to [-1, 1], choices one-hot."""
    parts = []
    for factor in READ_FACTORS:
        values = factors[factor.name]
        if factor.choices:
            parts.append(F.one_hot(values, len(factor.choices)).float())
        else:
            scaled = 2 * (values - factor.low) / (factor.high - factor.low) - 1
            parts.append(scaled.unsqueeze(1))
    return torch.cat(parts, dim=1)


def averaged_down(images: Tensor, size: int) -> Tensor:
    """Images [N, C, r, r] at a size at most."""
    return F.adaptive_avg_pool2d(images, size) if images.shape[-1] > size else images


class LabelNetwork(nn.Module):
    """Pictures to readings."""

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = [3, width, 2 * width, 3 * width, 4 * width]
        for a, b in pairwise(channels):
            layers += [nn.Conv2d(a, b, 3, stride=2, padding=1), nn.GroupNorm(8, b), nn.ReLU()]
        self.features = nn.Sequential(*layers, nn.Flatten())  # [N, 4 * width * 4 * 4]
        self.head = nn.Sequential(
            nn.Linear(64 * width, 256), nn.ReLU(), nn.Linear(256, COLUMNS.width)
        )

    def forward(self, images: Tensor) -> Tensor:
        """Images [N, 3, R, R] in [-1, 1] -> raw readings [N, COLUMNS.width], choices as logits."""
        images = averaged_down(images, SIZE)
        if images.shape[-1] < SIZE:
            images = F.interpolate(images, size=(SIZE, SIZE), mode="bilinear")
        raw: Tensor = self.head(self.features(images))
        return raw

    def readings(self, images: Tensor) -> Tensor:
        """Images [N, 3, R, R] in [-1, 1] -> readings [N, width], choices as probabilities."""
        raw = self(images)
        columns = [(factor, raw[:, COLUMNS.slices[factor.name]]) for factor in READ_FACTORS]
        return torch.cat([v.softmax(dim=1) if f.choices else v for f, v in columns], dim=1)

    @torch.inference_mode()
    def read(self, images: Tensor, batch: int = 256) -> Tensor:
        """uint8 [N, 3, R, R] -> readings [N, COLUMNS.width] on the CPU."""
        device = next(self.parameters()).device
        parts = torch.split(images, batch)
        return torch.cat([self.readings(_to_float(part.to(device))) for part in parts]).cpu()


def train_label_network(
    images: NDArray[np.uint8], wanted: Tensor, batch: int = 64, seed: int = 0
) -> LabelNetwork:
    """Fit a label network to images [N, 3, R, R], which may lie in a file, and their readings
    [N, COLUMNS.width].

    It takes EPOCHS passes over the images or STEPS steps, whichever is less. Every other batch
    is shown at a half or a quarter of its resolution, so that it reads the
    smaller pictures of a growing generator too.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = LabelNetwork()
    random = torch.Generator().manual_seed(seed)
    batch = min(batch, len(images))
    steps = min(STEPS, EPOCHS * (len(images) // batch))
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=2e-3, total_steps=steps)
    for step, chosen in enumerate(_batches(len(images), batch, steps, random)):
        pictures = torch.from_numpy(images[chosen.numpy()])
        shown = F.avg_pool2d(_to_float(pictures), SHRINKS[step % len(SHRINKS)])
        loss = _loss(network(shown), wanted[chosen])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    return network.eval().requires_grad_(False)


def train_on_portraits(
    images: NDArray[np.uint8], seed: int, world: World = "portraits"
) -> LabelNetwork:
    """Fit a label network to the first portraits of a seed, uint8 [N, 3, R, R], by their labels."""
    wanted = targets(sample_factors(seed, range(len(images)), world))
    return train_label_network(images, wanted)


def reliability(read: Tensor, wanted: Tensor) -> dict[str, float]:
    """How well each factor is read on new pictures: 1 perfect, 0 no better than the mean.

    The share of the variance that is explained, summed over the columns of a factor; one that
    never varies is left out.
    """
    result = {}
    for factor in READ_FACTORS:
        where = COLUMNS.slices[factor.name]
        missed = (read[:, where] - wanted[:, where]).square().sum()
        spread = (wanted[:, where] - wanted[:, where].mean(dim=0)).square().sum()
        if spread > 0:
            result[factor.name] = 1 - (missed / spread).item()
    return result


def _to_float(images: Tensor) -> Tensor:
    """uint8 -> float32 in [-1, 1]."""
    return images.float() / 127.5 - 1


def _batches(n: int, batch: int, steps: int, random: torch.Generator) -> Iterator[Tensor]:
    per_epoch = n // batch
    for step in range(steps):
        if step % per_epoch == 0:
            order = torch.randperm(n, generator=random)
        yield order[step % per_epoch * batch :][:batch]


def _loss(raw: Tensor, wanted: Tensor) -> Tensor:
    losses = []
    for factor in READ_FACTORS:
        where = COLUMNS.slices[factor.name]
        if factor.choices:
            losses.append(CHOICE_WEIGHT * F.cross_entropy(raw[:, where], wanted[:, where]))
        else:
            losses.append(F.mse_loss(raw[:, where], wanted[:, where]))
    return torch.stack(losses).sum()
