"""StyleGAN 2 as a slow reference: the paper's formulas in float64, with official parameter names.

Kernels are modulated and demodulated for each image; resampling inserts zeros and filters.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan_core.networks.stylegan2.config import StyleGAN2Config

Arrays = Mapping[str, np.ndarray]

BASE = StyleGAN2Config(
    resolution=32, channel_base=256, channel_max=12, z_dim=6, w_dim=10, mapping_width=9
)


def random_generator_arrays(config: StyleGAN2Config, seed: int = 0) -> dict[str, np.ndarray]:
    """Draw parameters of a generator by their official names, far from where training starts."""
    draw = _Draw(seed)
    arrays = {"mapping.w_avg": draw(config.w_dim)}
    if config.c_dim:
        arrays |= draw.dense("mapping.embed", config.c_dim, config.embed_width or config.w_dim)
    width = config.mapping_input
    for i in range(config.mapping_depth):
        last = i == config.mapping_depth - 1
        width_out = config.w_dim if last else config.mapping_width
        arrays |= draw.dense(f"mapping.fc{i}", width, width_out, learning=0.01)
        width = width_out
    channels_in = config.channels(4)
    arrays["synthesis.b4.const"] = draw(channels_in, 4, 4)
    for size in config.resolutions:
        block, channels = f"synthesis.b{size}", config.channels(size)
        if size > 4:
            arrays |= draw.styled(f"{block}.conv0", config.w_dim, channels_in, channels, size)
        arrays |= draw.styled(f"{block}.conv1", config.w_dim, channels, channels, size)
        if config.generator_architecture == "skip" or size == config.resolution:
            colours = draw.styled(f"{block}.torgb", config.w_dim, channels, 3)
            arrays |= {n: a for n, a in colours.items() if ".noise" not in n}
        if config.generator_architecture == "resnet" and size > 4:
            arrays[f"{block}.skip.weight"] = draw(channels, channels_in, 1, 1)
        channels_in = channels
    if not config.noise_inputs:
        arrays = {name: value for name, value in arrays.items() if ".noise_" not in name}
    return arrays


def random_discriminator_arrays(config: StyleGAN2Config, seed: int = 0) -> dict[str, np.ndarray]:
    """Draw parameters of a discriminator by their official names."""
    config = config.discriminator or config
    draw, arrays = _Draw(seed), dict[str, np.ndarray]()
    kind, last = config.discriminator_architecture, config.channels(4)
    for size in config.resolutions:
        block, channels = f"b{size}", config.channels(size)
        if kind == "skip" or size == config.resolution:
            arrays |= draw.conv(f"{block}.fromrgb", 3, channels, 1)
        if size > 4:
            arrays |= draw.conv(f"{block}.conv0", channels, channels, 3)
            arrays |= draw.conv(f"{block}.conv1", channels, config.channels(size // 2), 3)
            if kind == "resnet":
                arrays[f"{block}.skip.weight"] = draw(config.channels(size // 2), channels, 1, 1)
    arrays |= draw.conv("b4.conv", last + config.mbstd_features, last, 3)
    arrays |= draw.dense("b4.fc", last * 16, last)
    label = config.label_width or last
    arrays |= draw.dense("b4.out", last, label if config.c_dim else 1)
    if config.c_dim:
        width = config.label_embed_width or label
        arrays |= draw.dense("mapping.embed", config.c_dim, width)
        for i in range(config.label_mapping_depth):
            is_last = i == config.label_mapping_depth - 1
            before, width = width, label if is_last else config.label_mapping_width or label
            arrays |= draw.dense(f"mapping.fc{i}", before, width, learning=0.01)
    return arrays


class _Draw:
    def __init__(self, seed: int) -> None:
        self.random = np.random.RandomState(seed)

    def __call__(self, *shape: int) -> np.ndarray:
        return np.asarray(self.random.randn(*shape), np.float32)

    def dense(self, name: str, a: int, b: int, learning: float = 1.0) -> dict[str, np.ndarray]:
        scale = np.float32(1 / learning)
        return {f"{name}.weight": self(b, a) * scale, f"{name}.bias": self(b) * scale / 5}

    def conv(self, name: str, a: int, b: int, kernel: int) -> dict[str, np.ndarray]:
        return {f"{name}.weight": self(b, a, kernel, kernel), f"{name}.bias": self(b) / 5}

    def styled(self, name: str, w_dim: int, a: int, b: int, size: int = 0) -> dict[str, np.ndarray]:
        """Draw a modulated convolution, or a ToRGB if its noise has no size."""
        arrays = self.conv(name, a, b, 3 if size else 1) | self.dense(f"{name}.affine", w_dim, a)
        arrays[f"{name}.affine.bias"] += 1
        arrays[f"{name}.noise_strength"] = np.asarray(0.4 * self(), np.float32)
        arrays[f"{name}.noise_const"] = self(size, size)
        return arrays


class Reference:
    """The reference for either network, with the arrays of that network."""

    def __init__(self, config: StyleGAN2Config, arrays: Arrays) -> None:
        self.config = config
        self.arrays = {n: torch.from_numpy(np.asarray(a)).double() for n, a in arrays.items()}

    def __getitem__(self, name: str) -> Tensor:
        return self.arrays[name]

    def mapping(self, z: Tensor | None, c: Tensor | None, depth: int) -> Tensor:
        parts = [] if z is None else [_normalised(z.double())]
        if c is not None:
            parts.append(_normalised(self._dense("mapping.embed", c.double())))
        x = torch.cat(parts, dim=1)
        for i in range(depth):
            x = F.leaky_relu(self._dense(f"mapping.fc{i}", x, 0.01), 0.2) * math.sqrt(2)
        return x

    def images(self, ws: Tensor, with_noise: bool = True) -> Tensor:
        ws, image = ws.double(), None
        x = self["synthesis.b4.const"].expand(len(ws), -1, -1, -1)
        residual = self.config.generator_architecture == "resnet"
        row = 0
        for size in self.config.resolutions:
            block, short = f"synthesis.b{size}", None
            if size > 4:
                if residual:
                    weight = self[f"{block}.skip.weight"]
                    y = F.conv2d(x, weight / math.sqrt(weight.shape[1]))
                    short = _resampled(y, up=2, pad=(2, 1), gain=4) * math.sqrt(0.5)
                x = self._styled(f"{block}.conv0", x, ws[:, row], with_noise, up=True)
                row += 1
            scale = 1.0 if short is None else math.sqrt(0.5)
            x = self._styled(f"{block}.conv1", x, ws[:, row], with_noise, scale=scale)
            row += 1
            x = x if short is None else x + short
            if image is not None:
                image = _resampled(image, up=2, pad=(2, 1), gain=4)
            if f"{block}.torgb.weight" in self.arrays:
                colours = self._colours(f"{block}.torgb", x, ws[:, row])
                image = colours if image is None else image + colours
        assert image is not None
        return image

    def scores(self, images: Tensor, c: Tensor | None = None) -> Tensor:
        images, x = images.double(), None
        for size in reversed(self.config.resolutions):
            if f"b{size}.fromrgb.weight" in self.arrays:
                colours = self._conv(f"b{size}.fromrgb", images)
                x = colours if x is None else x + colours
                images = _resampled(images, down=2, pad=(1, 1))
            assert x is not None
            if size > 4:
                x = self._block(f"b{size}", x)
        assert x is not None
        x = self._conv("b4.conv", self._with_deviation(x))
        x = F.leaky_relu(self._dense("b4.fc", x.flatten(1)), 0.2) * math.sqrt(2)
        x = self._dense("b4.out", x)
        if c is None:
            return x
        y = self.mapping(None, c, self.config.label_mapping_depth)
        return (x * y).sum(dim=1, keepdim=True) / math.sqrt(y.shape[1])

    def _block(self, name: str, x: Tensor) -> Tensor:
        if f"{name}.skip.weight" not in self.arrays:
            return self._conv(f"{name}.conv1", self._conv(f"{name}.conv0", x), down=True)
        half, weight = math.sqrt(0.5), self[f"{name}.skip.weight"]
        short = F.conv2d(_resampled(x, down=2, pad=(1, 1)), weight / math.sqrt(weight.shape[1]))
        x = self._conv(f"{name}.conv0", x)
        return self._conv(f"{name}.conv1", x, down=True, scale=half) + short * half

    def _with_deviation(self, x: Tensor) -> Tensor:
        n, c, h, w = x.shape
        group = min(self.config.mbstd_group_size or n, n)
        parts = self.config.mbstd_features
        features = torch.zeros(n, parts, h, w, dtype=x.dtype)
        for m in range(n // group):
            members = x[m :: n // group]
            deviation = (members.var(dim=0, correction=0) + 1e-8).sqrt()
            for f in range(parts):
                mean = deviation[f * (c // parts) : (f + 1) * (c // parts)].mean()
                features[m :: n // group, f] = mean
        return torch.cat([x, features], dim=1)

    def _dense(self, name: str, x: Tensor, learning: float = 1.0) -> Tensor:
        weight = self[f"{name}.weight"] * learning / math.sqrt(x.shape[1])
        return x @ weight.T + self[f"{name}.bias"] * learning

    def _activated(self, x: Tensor, bias: Tensor, scale: float) -> Tensor:
        x = F.leaky_relu(x + bias[:, None, None], 0.2) * math.sqrt(2) * scale
        return self._clamped(x, scale)

    def _clamped(self, x: Tensor, scale: float = 1.0) -> Tensor:
        clamp = self.config.conv_clamp
        return x if clamp is None else x.clamp(-clamp * scale, clamp * scale)

    def _conv(self, name: str, x: Tensor, down: bool = False, scale: float = 1.0) -> Tensor:
        weight = self[f"{name}.weight"]
        weight = weight / math.sqrt(weight[0].numel())
        if down:
            x = F.conv2d(_resampled(x, pad=(2, 2)), weight, stride=2)
        else:
            x = F.conv2d(x, weight, padding=weight.shape[-1] // 2)
        return self._activated(x, self[f"{name}.bias"], scale)

    def _styled(
        self, name: str, x: Tensor, w: Tensor, noise: bool, up: bool = False, scale: float = 1.0
    ) -> Tensor:
        outs = []
        for image, style in zip(x, self._dense(f"{name}.affine", w), strict=True):
            weight = self[f"{name}.weight"] * style[:, None, None]  # equation 1
            weight = weight / (weight.square().sum(dim=(1, 2, 3), keepdim=True) + 1e-8).sqrt()
            if up:
                y = F.conv_transpose2d(image[None], weight.transpose(0, 1), stride=2)
                outs.append(_resampled(y, pad=(1, 1), gain=4))
            else:
                outs.append(F.conv2d(image[None], weight, padding=1))
        x = torch.cat(outs)
        if noise and self.config.noise_inputs:
            x = x + self[f"{name}.noise_const"] * self[f"{name}.noise_strength"]
        return self._activated(x, self[f"{name}.bias"], scale)

    def _colours(self, name: str, x: Tensor, w: Tensor) -> Tensor:
        styles = self._dense(f"{name}.affine", w) / math.sqrt(x.shape[1])
        weight = self[f"{name}.weight"]
        outs = [
            F.conv2d(i[None], weight * s[:, None, None]) for i, s in zip(x, styles, strict=True)
        ]
        return self._clamped(torch.cat(outs) + self[f"{name}.bias"][:, None, None])


def _normalised(x: Tensor) -> Tensor:
    return x / (x.square().mean(dim=1, keepdim=True) + 1e-8).sqrt()


def _resampled(
    x: Tensor, up: int = 1, down: int = 1, pad: Sequence[int] = (0, 0), gain: float = 1
) -> Tensor:
    """Insert zeros, pad, filter by [1 3 3 1] along both axes, keep every `down`-th pixel."""
    n, c, h, w = x.shape
    stuffed = x.new_zeros(n, c, h * up, w * up)
    stuffed[:, :, ::up, ::up] = x
    taps = torch.tensor([1.0, 3, 3, 1], dtype=x.dtype) / 8
    kernel = (taps[:, None] * taps * gain).expand(c, 1, 4, 4)
    filtered = F.conv2d(F.pad(stuffed, (*pad, *pad)), kernel, groups=c)
    return filtered[:, :, ::down, ::down]
