"""Sizes, rates and cutoffs of StyleGAN 3's layers, as data.

Karras et al., "Alias-Free Generative Adversarial Networks", NeurIPS 2021 (section 3.2 and figure
4). Frequencies are in cycles per picture width, rates in samples per picture width.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from stylegan_core.networks.checks import MAX_WIDTH, check_whole

FIRST_CUTOFF, FIRST_STOPBAND = 2.0, 2**2.1
LAST_STOPBAND_RATIO = 2**0.3  # of the last cutoff, half the resolution
MARGIN = 10  # samples around the picture
FILTER_SIZE = 6  # taps, times the factor of resampling
MAX_VALUES = {  # of a layer's whole numbers
    "channels_in": MAX_WIDTH,
    "channels": MAX_WIDTH,
    "kernel": 7,
    "size_in": 2**13,
    "size": 2**13,
    "rate_in": 2**13,
    "rate": 2**13,
    "up": 8,
    "down": 8,
    "up_taps": 256,
    "down_taps": 256,
}
PADDING = range(-(2**10), 2**10)
REAL_FIELDS = ("cutoff_in", "cutoff", "half_width_in", "half_width", "clamp")


@dataclass(frozen=True)
class LayerSpec:
    """One layer: convolve, upsample, leaky ReLU, downsample. The last one makes colours instead.

    Fields that end in `_in` describe the signal before the layer, those without it the one after.
    """

    name: str  # the official one, with number, size and channels
    channels_in: int
    channels: int
    kernel: int  # width of the convolution
    size_in: int  # samples along one axis, with the margin around the picture
    size: int
    rate_in: int  # samples per picture width
    rate: int
    cutoff_in: float  # cycles per picture width
    cutoff: float
    half_width_in: float  # half of the transition band, in cycles per picture width
    half_width: float
    up: int  # factors of resampling before and after the leaky ReLU
    down: int
    up_taps: int  # lengths of the two filters; 1: none
    down_taps: int
    radial: bool  # the filter after the leaky ReLU treats all directions alike
    padding: tuple[int, int]  # samples before and after, at the leaky ReLU's rate
    to_rgb: bool  # the layer that makes colours
    clamp: float | None = 256.0  # bounds activations; None: no bound

    def __post_init__(self) -> None:
        object.__setattr__(self, "padding", tuple(self.padding))  # JSON has lists only
        if not isinstance(self.name, str):
            raise ValueError(f"the name of a layer must be text, not {self.name!r}")
        for name, largest in MAX_VALUES.items():
            check_whole(name, getattr(self, name), 1, largest)
        for name in REAL_FIELDS:
            value = getattr(self, name)
            if value is not None and not 0 <= float(value) < math.inf:
                raise ValueError(f"{name} must be zero or more, not {value!r}")
        if len(self.padding) != 2 or not all(p in PADDING for p in self.padding):
            raise ValueError(f"padding must be two small whole numbers, not {self.padding!r}")
        if self.size != self._size_reached():
            raise ValueError(f"{self.name} reaches {self._size_reached()} px, not {self.size}")
        if self.to_rgb and (self.kernel, self.up, self.down, *self.padding) != (1, 1, 1, 0, 0):
            raise ValueError(f"{self.name} makes colours, so it must be 1 x 1 without resampling")

    @property
    def rate_inside(self) -> int:
        """Sampling rate of the leaky ReLU."""
        return self.rate_in * self.up

    def _size_reached(self) -> int:
        """Return the size after the layer, which follows from the other fields."""
        inside = (self.size_in + self.kernel - 1) * self.up + sum(self.padding) - self.up_taps + 1
        return (inside - self.down_taps) // self.down + 1


class _Signal(NamedTuple):
    """The signal between two layers."""

    channels: int
    size: int
    rate: int
    cutoff: float
    half_width: float


def published_layers(
    resolution: int,
    channel_base: int = 32768,
    channel_max: int = 512,
    kernel: int = 3,
    radial: bool = False,
    depth: int = 14,
    critical: int = 2,
    image_channels: int = 3,
) -> tuple[LayerSpec, ...]:
    """Return the layers of a new network: `depth` layers, the last `critical` of them sampled
    critically, and ToRGB.

    The default is configuration T; R has kernel 1, radial filters and twice the channels.
    """
    signals = _signals(resolution, channel_base, channel_max, depth, critical)
    layers = [
        _layer(i, before, after, kernel, radial and i < depth - critical)
        for i, (before, after) in enumerate(pairwise([signals[0], *signals[:-1]]))
    ]
    to_rgb = signals[-1]._replace(channels=image_channels)
    return (*layers, _layer(depth, signals[-2], to_rgb, kernel=1, radial=False, to_rgb=True))


def _layer(
    i: int, before: _Signal, after: _Signal, kernel: int, radial: bool, to_rgb: bool = False
) -> LayerSpec:
    """Make the layer between two signals, with the padding that their sizes need."""
    inside = max(before.rate, after.rate) * (1 if to_rgb else 2)
    up, down = inside // before.rate, inside // after.rate
    up_taps, down_taps = (FILTER_SIZE * factor if factor > 1 else 1 for factor in (up, down))
    total = (after.size - 1) * down + up_taps + down_taps - 1
    total -= (before.size + kernel - 1) * up
    low = (total + up - 1) // 2
    return LayerSpec(
        name=f"L{i}_{after.size}_{after.channels}",
        channels_in=before.channels,
        channels=after.channels,
        kernel=kernel,
        size_in=before.size,
        size=after.size,
        rate_in=before.rate,
        rate=after.rate,
        cutoff_in=before.cutoff,
        cutoff=after.cutoff,
        half_width_in=before.half_width,
        half_width=after.half_width,
        up=up,
        down=down,
        up_taps=up_taps,
        down_taps=down_taps,
        radial=radial,
        padding=(low, total - low),
        to_rgb=to_rgb,
    )


def _signals(
    resolution: int, channel_base: int, channel_max: int, depth: int, critical: int
) -> Sequence[_Signal]:
    """Return the signals, whose cutoffs and stopbands rise geometrically (section 3.2)."""
    signals = []
    for i in range(depth + 1):
        share = min(i / (depth - critical), 1)
        cutoff = FIRST_CUTOFF * (resolution / 2 / FIRST_CUTOFF) ** share
        last_stopband = resolution / 2 * LAST_STOPBAND_RATIO
        stopband = FIRST_STOPBAND * (last_stopband / FIRST_STOPBAND) ** share
        rate = 2 ** math.ceil(math.log2(min(2 * stopband, resolution)))
        size = resolution if i >= depth - 1 else rate + 2 * MARGIN
        channels = round(min(channel_base / 2 / cutoff, channel_max))
        half_width = max(stopband, rate / 2) - cutoff
        signals.append(_Signal(channels, size, rate, cutoff, half_width))
    return signals
