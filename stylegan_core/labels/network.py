"""A small network that reads the factors of a portrait from its pixels.

It is trained on rendered portraits, whose factors are known, and then reads a generator's pictures:
how much did the pose, the hair or the skin change?
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

SIZE = 64  # px; larger pictures are averaged down, smaller ones enlarged
MAX_STEPS = 1000
MAX_EPOCHS = 8
SHRINK_FACTORS = (1, 2, 1, 4)  # of successive training batches
CHOICE_WEIGHT = 0.3  # of a choice's cross entropy, beside the squared error of a range
READ_FACTORS: tuple[Factor, ...] = tuple(f for f in FACTORS if f.name != "noise_seed")


@dataclass(frozen=True)
class Columns:
    """The place of each factor in a row of readings: one column, or one for each choice."""

    slices: dict[str, slice]
    width: int

    @classmethod
    def of_factors(cls) -> "Columns":
        """Give each of READ_FACTORS its place, in their order."""
        slices, start = {}, 0
        for factor in READ_FACTORS:
            stop = start + max(1, len(factor.choices))
            slices[factor.name] = slice(start, stop)
            start = stop
        return cls(slices, start)


COLUMNS = Columns.of_factors()


def targets(factors: dict[str, Tensor]) -> Tensor:
    """Return the readings of known factors: ranges scaled to [-1, 1], choices one-hot.

    Factors [N] each -> [N, COLUMNS.width].
    """
    columns = []
    for factor in READ_FACTORS:
        values = factors[factor.name]
        if factor.choices:
            columns.append(F.one_hot(values, len(factor.choices)).float())
        else:
            scaled = 2 * (values - factor.low) / (factor.high - factor.low) - 1
            columns.append(scaled.unsqueeze(1))
    return torch.cat(columns, dim=1)


def averaged_down(images: Tensor, size: int) -> Tensor:
    """Average images [N, C, r, r] down to `size` px where they are larger."""
    return F.adaptive_avg_pool2d(images, size) if images.shape[-1] > size else images


class LabelNetwork(nn.Module):
    """Maps pictures to readings."""

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
        """Read images [N, 3, R, R] in [-1, 1]: [N, COLUMNS.width], choices as logits."""
        images = averaged_down(images, SIZE)
        if images.shape[-1] < SIZE:
            images = F.interpolate(images, size=(SIZE, SIZE), mode="bilinear")
        raw: Tensor = self.head(self.features(images))
        return raw

    def readings(self, images: Tensor) -> Tensor:
        """Read images [N, 3, R, R] in [-1, 1]: [N, COLUMNS.width], choices as probabilities."""
        raw = self(images)
        columns = [(factor, raw[:, COLUMNS.slices[factor.name]]) for factor in READ_FACTORS]
        return torch.cat([v.softmax(dim=1) if f.choices else v for f, v in columns], dim=1)

    @torch.inference_mode()
    def read(self, images: Tensor, batch_size: int = 256) -> Tensor:
        """Read images, uint8 [N, 3, R, R]: [N, COLUMNS.width] on the CPU, as in `readings`."""
        device = next(self.parameters()).device
        batches = torch.split(images, batch_size)
        return torch.cat([self.readings(_to_float(batch.to(device))) for batch in batches]).cpu()


def train_label_network(
    images: NDArray[np.uint8], wanted: Tensor, batch_size: int = 64, seed: int = 0
) -> LabelNetwork:
    """Fit a label network to images [N, 3, R, R] and their readings [N, COLUMNS.width].

    Images may be mapped from a file. Training takes MAX_EPOCHS passes over them or MAX_STEPS
    steps, whichever is less. Every other batch is shown at a half or a quarter of its resolution,
    so that the network can also read the smaller pictures of a generator that still grows.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = LabelNetwork()
    random = torch.Generator().manual_seed(seed)
    batch_size = min(batch_size, len(images))
    steps = min(MAX_STEPS, MAX_EPOCHS * (len(images) // batch_size))
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=2e-3, total_steps=steps)
    for step, rows in enumerate(_batches(len(images), batch_size, steps, random)):
        pictures = torch.from_numpy(images[rows.numpy()])
        shown = F.avg_pool2d(_to_float(pictures), SHRINK_FACTORS[step % len(SHRINK_FACTORS)])
        loss = _loss(network(shown), wanted[rows])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    return network.eval().requires_grad_(False)


def train_on_portraits(
    images: NDArray[np.uint8], seed: int, world: World = "portraits"
) -> LabelNetwork:
    """Fit a label network to the first portraits of a seed, uint8 [N, 3, R, R]."""
    wanted = targets(sample_factors(seed, range(len(images)), world))
    return train_label_network(images, wanted)


def reliability(read: Tensor, wanted: Tensor) -> dict[str, float]:
    """Return how well each factor is read: 1 is perfect, 0 no better than guessing the mean.

    This is the share of the variance that the readings explain, summed over the columns of a
    factor; a factor that does not vary is left out. Both arguments are [N, COLUMNS.width].
    """
    result = {}
    for factor in READ_FACTORS:
        columns = COLUMNS.slices[factor.name]
        error = (read[:, columns] - wanted[:, columns]).square().sum()
        variation = (wanted[:, columns] - wanted[:, columns].mean(dim=0)).square().sum()
        if variation > 0:
            result[factor.name] = 1 - (error / variation).item()
    return result


def _to_float(images: Tensor) -> Tensor:
    """uint8 -> float32 in [-1, 1]."""
    return images.float() / 127.5 - 1


def _batches(n: int, batch_size: int, steps: int, random: torch.Generator) -> Iterator[Tensor]:
    """Yield the rows of `steps` batches; each epoch has an order of its own."""
    per_epoch = n // batch_size
    for step in range(steps):
        if step % per_epoch == 0:
            order = torch.randperm(n, generator=random)
        yield order[step % per_epoch * batch_size :][:batch_size]


def _loss(raw: Tensor, wanted: Tensor) -> Tensor:
    losses = []
    for factor in READ_FACTORS:
        columns = COLUMNS.slices[factor.name]
        if factor.choices:
            losses.append(CHOICE_WEIGHT * F.cross_entropy(raw[:, columns], wanted[:, columns]))
        else:
            losses.append(F.mse_loss(raw[:, columns], wanted[:, columns]))
    return torch.stack(losses).sum()
