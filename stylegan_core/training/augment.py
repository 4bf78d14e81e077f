"""Adaptive discriminator augmentation (ADA).

Karras, Aittala, Hellsten, Laine, Lehtinen, Aila, "Training Generative Adversarial Networks with
Limited Data", 2020: the pipeline of pixel blitting, geometric and colour transforms (appendix B),
and the control of its strength (section 3).
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from stylegan_core.training.warp import move_pixels, warp


class Transforms(NamedTuple):
    """The transforms of each picture, in this order: [N] each, and 0 changes nothing."""

    flip: Tensor  # 1: left becomes right
    quarter_turns: Tensor
    shift_x: Tensor  # of the side of the picture, to whole pixels
    shift_y: Tensor
    scale_log2: Tensor
    turn_before: Tensor  # radians, before the stretch
    stretch_log2: Tensor  # of the width; the height shrinks by as much
    turn_after: Tensor
    drift_x: Tensor  # of the side of the picture
    drift_y: Tensor
    brightness: Tensor
    contrast_log2: Tensor
    luma_flip: Tensor  # 1: dark becomes light, hues stay
    hue: Tensor  # radians
    saturation_log2: Tensor

    def rows(self, pictures: Sequence[int] | slice) -> "Transforms":
        """Return the transforms of some pictures: a process applies those of its share only."""
        return Transforms(*(values[pictures] for values in self))


FINE_MOVES = slice(4, 10)  # of the fields of Transforms
COLORS = slice(10, 15)


def augment(images: Tensor, p: Tensor, random: torch.Generator) -> Tensor:
    """Augment pictures [N, C, S, S] of float in [-1, 1], by each transform with probability p.

    p is a scalar on the device of the pictures and of `random`, which alone decides the transforms.
    The result is float32, or float64 for float64 pictures, and can be differentiated in the
    pictures any number of times. A picture without any transform keeps its bits. Colours may leave
    [-1, 1].
    """
    return apply(images, sample(len(images), p, random))


# Drawing --------------------------------------------------------------------------------------


def sample(n: int, p: Tensor, random: torch.Generator) -> Transforms:
    """Draw the transforms of n pictures, each applied with probability p."""
    device = random.device
    p_turn = 1 - (1 - p).sqrt()  # so that at least one of the two turns happens with p

    def chance(p: Tensor) -> Tensor:
        return torch.rand(n, generator=random, device=device) < p

    def sometimes(values: Tensor, p: Tensor = p) -> Tensor:
        return values * chance(p)

    def uniform(low: float, high: float) -> Tensor:
        return torch.rand(n, generator=random, device=device) * (high - low) + low

    def choice(count: int) -> Tensor:
        return uniform(0, count).floor()

    def normal(deviation: float) -> Tensor:
        return torch.randn(n, generator=random, device=device) * deviation

    shifts, drifts = chance(p), chance(p)  # both directions at once
    return Transforms(
        flip=sometimes(choice(2)),
        quarter_turns=sometimes(choice(4)),
        shift_x=uniform(-0.125, 0.125) * shifts,
        shift_y=uniform(-0.125, 0.125) * shifts,
        scale_log2=sometimes(normal(0.2)),
        turn_before=sometimes(uniform(-math.pi, math.pi), p_turn),
        stretch_log2=sometimes(normal(0.2)),
        turn_after=sometimes(uniform(-math.pi, math.pi), p_turn),
        drift_x=normal(0.125) * drifts,
        drift_y=normal(0.125) * drifts,
        brightness=sometimes(normal(0.2)),
        contrast_log2=sometimes(normal(0.5)),
        luma_flip=sometimes(choice(2)),
        hue=sometimes(uniform(-math.pi, math.pi)),
        saturation_log2=sometimes(normal(1.0)),
    )


# Applying -------------------------------------------------------------------------------------


def apply(images: Tensor, transforms: Transforms) -> Tensor:
    """Apply transforms to pictures [N, C, S, S]; pixels are copied where that is enough."""
    images = images.to(torch.promote_types(images.dtype, torch.float32))
    t = Transforms(*(values.to(images.dtype) for values in transforms))
    with torch.autocast(images.device.type, enabled=False):
        pixel_moves = _pixel_moves(t, images.shape[-1])
        moved = move_pixels(images, pixel_moves)
        warped = warp(images, pixel_moves @ _fine_moves(t, images.shape[-1]))
        moved = torch.where(_has_any(t, FINE_MOVES), warped, moved)
        return torch.where(_has_any(t, COLORS), _colored_as_rgb(moved, t), moved)


def _has_any(t: Transforms, group: slice) -> Tensor:
    """Mark the pictures that any transform of a group changes: bool [N, 1, 1, 1]."""
    return (torch.stack(list(t)[group]) != 0).any(0)[:, None, None, None]


def _pixel_moves(t: Transforms, size: int) -> Tensor:
    """Return the inverse matrices [N, 3, 3] of flip, quarter turns and shift."""
    flip = _scaling(1 - 2 * t.flip, torch.ones_like(t.flip))
    quarters = _rotation(t.quarter_turns * (math.pi / 2))
    return flip @ quarters @ _shift((t.shift_x * size).round(), (t.shift_y * size).round())


def _fine_moves(t: Transforms, size: int) -> Tensor:
    """Return the inverse matrices [N, 3, 3] of the other moves."""
    scale, stretch = torch.exp2(-t.scale_log2), torch.exp2(-t.stretch_log2)
    before, after = _rotation(t.turn_before), _rotation(t.turn_after)
    scaling = _scaling(scale, scale)
    stretching = _scaling(stretch, 1 / stretch)
    return scaling @ before @ stretching @ after @ _shift(t.drift_x * size, t.drift_y * size)


def _rotation(angle: Tensor) -> Tensor:
    """Return the inverse of a turn to the left, y pointing down."""
    cos, sin = angle.cos(), angle.sin()
    return _matrix(cos, -sin, sin, cos)


def _scaling(x: Tensor, y: Tensor) -> Tensor:
    return _matrix(x, torch.zeros_like(x), torch.zeros_like(x), y)


def _shift(x: Tensor, y: Tensor) -> Tensor:
    """Return the inverse of a shift by x pixels right and y pixels down."""
    matrix = torch.eye(3, dtype=x.dtype, device=x.device).repeat(len(x), 1, 1)
    matrix[:, 0, 2] = -x
    matrix[:, 1, 2] = -y
    return matrix


def _matrix(xx: Tensor, xy: Tensor, yx: Tensor, yy: Tensor) -> Tensor:
    """Return [[xx, xy, 0], [yx, yy, 0], [0, 0, 1]] for each picture: [N, 3, 3]."""
    zero, one = torch.zeros_like(xx), torch.ones_like(xx)
    return torch.stack([xx, xy, zero, yx, yy, zero, zero, zero, one], 1).view(-1, 3, 3)


def _colored_as_rgb(images: Tensor, t: Transforms) -> Tensor:
    """Apply the colour transforms to pictures [N, C, S, S]: grey stays grey, alpha as it is."""
    if images.shape[1] == 1:
        return _colored(images.expand(-1, 3, -1, -1), t).mean(dim=1, keepdim=True)
    return torch.cat([_colored(images[:, :3], t), images[:, 3:]], dim=1)


def _colored(images: Tensor, t: Transforms) -> Tensor:
    """Apply the colour transforms to pictures [N, 3, S, S].

    This is the paper's product of matrices, multiplied out: none of them mixes the axis of greys
    with the plane perpendicular to it.
    """
    grey = torch.full((3, 3), 1 / 3, dtype=images.dtype, device=images.device)
    chroma = torch.eye(3, dtype=images.dtype, device=images.device) - grey
    turned = (chroma.roll(1, 0) - chroma.roll(-1, 0)) / math.sqrt(3)  # chroma, by 90 degrees

    def per_picture(values: Tensor) -> Tensor:
        return values[:, None, None]

    plane = per_picture(t.hue.cos()) * chroma + per_picture(t.hue.sin()) * turned
    matrix = (
        per_picture(1 - 2 * t.luma_flip) * grey + per_picture(torch.exp2(t.saturation_log2)) * plane
    )
    matrix = per_picture(torch.exp2(t.contrast_log2)) * matrix
    return (matrix @ (images.flatten(2) + per_picture(t.brightness))).view(images.shape)


# The strength ---------------------------------------------------------------------------------


class AdaController:
    """Adjust p so that the mean sign of D(real), the paper's r_t, stays near a target (section 3).

    After every `interval` minibatches p moves by a fixed step; from 0 to 1 it takes `kimg` thousand
    images. `p` and `overfitting`, the last r_t, are scalars on the device, so that nothing waits
    for them. `average` takes the mean of a scalar over processes.
    """

    def __init__(
        self,
        device: torch.device | str,
        target: float = 0.6,
        kimg: float = 500,
        interval: int = 4,
        average: Callable[[Tensor], Tensor] = lambda scalar: scalar,
    ) -> None:
        self.target = target
        self.kimg = kimg
        self.interval = interval
        self.average = average
        self.p = torch.zeros((), device=device)
        self.overfitting = torch.zeros((), device=device)
        self.signs = torch.zeros((), device=device)  # sum of the minibatches' means
        self.batches = 0  # since p last moved
        self.images = 0

    def observe(self, real_scores: Tensor, images: int) -> None:
        """Add the scores [N, 1] of real images; `images` counts those of all processes."""
        self.signs += self.average(real_scores.detach().float().sign().mean())
        self.batches += 1
        self.images += images
        if self.batches >= self.interval:
            self._adjust()

    def _adjust(self) -> None:
        self.overfitting = self.signs / self.batches
        step = self.images / (1000 * self.kimg)
        self.p = (self.p + step * (self.overfitting - self.target).sign()).clamp(0, 1)
        self.signs = torch.zeros_like(self.signs)
        self.batches = 0
        self.images = 0

    def state(self) -> dict[str, float]:
        """Return plain numbers from which `load_state` continues exactly."""
        tensors = {name: float(getattr(self, name)) for name in ("p", "overfitting", "signs")}
        return {**tensors, "batches": self.batches, "images": self.images}

    def load_state(self, state: Mapping[str, float]) -> None:
        """Continue from a state. Raises KeyError for anything else."""
        for name in ("p", "overfitting", "signs"):
            getattr(self, name).fill_(state[name])
        self.batches = int(state["batches"])
        self.images = int(state["images"])
