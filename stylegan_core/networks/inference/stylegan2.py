"""StyleGAN 2's generator for inference.

If a layer's kernels are smaller than its features, the style and the demodulation go into the
kernels, one set for each image; if not, they scale input and output, as in training. The gain of
the activation is moved into the convolution, the bias and the strength of the noise.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from typing import NamedTuple, cast

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan_core.networks import fir
from stylegan_core.networks.inference.base import (
    InferenceBase,
    activate_into,
    check_full_resolution,
    laid_out,
    reduced_kernel,
    rows_at_once,
)
from stylegan_core.networks.inference.faster_form import faster_form
from stylegan_core.networks.ops import SQRT2
from stylegan_core.networks.stylegan2.generator import (
    EPSILON,
    Generator,
    SynthesisLayer,
    SynthesisState,
)


class Half(NamedTuple):
    """The state inside a layer: after the convolution, before noise and activation."""

    x: Tensor  # [N, C, h, w]
    image: Tensor | None
    residual: Tensor | None


class InferenceStyleGAN2(InferenceBase):
    """A generator whose style acts in a layer's first half, which makes the picture so far too."""

    style_first = True
    reduces = True

    def __init__(self, generator: Generator, dtype: torch.dtype = torch.float32) -> None:
        super().__init__(generator, dtype)
        self._network = generator
        with torch.no_grad():
            layers = cast("Iterable[SynthesisLayer]", generator.synthesis_layers)
            self._layers = [
                _Layer(layer, info.resolution, dtype)
                for layer, info in zip(layers, generator.layers, strict=False)
            ]

    def reduced(self, size: int) -> InferenceStyleGAN2:
        """Return a copy whose layers above `size` px run at that size; see the contract."""
        network = copy(self)
        network.resolution = size
        network._layers = [
            layer.reduced(info.resolution // size, size) if info.resolution > size else layer
            for layer, info in zip(self._layers, self.layers, strict=False)
        ]
        return network

    def start(self, n: int, lod: float = 0.0, transform: Tensor | None = None) -> SynthesisState:
        """Return the learned constant for n images. ValueError for a transform or a lod."""
        check_full_resolution(self.config, lod, transform)
        state = self._network.start(n)
        return state._replace(x=laid_out(state.x.detach(), self.dtype))

    def convolve(self, i: int, state: SynthesisState, w: Tensor | None) -> Half | SynthesisState:
        """Run the ToRGB that shares row w [N, D] with layer i, then the layer's convolution.

        The last layer is a ToRGB only.
        """
        assert w is not None
        if i % 2 == 0:
            return Half(self._layers[i].convolve(state.x, w), state.image, state.residual)
        exact = _in_float32(state)
        image = self._image(i, exact, w)
        if i == self.num_layers - 1:
            return exact._replace(rows=i + 1, image=image)
        return Half(self._layers[i].convolve(state.x, w), image, self._shortcut(i, exact.x))

    def _image(self, i: int, state: SynthesisState, w: Tensor) -> Tensor | None:
        """Return the picture with the ToRGB that shares row w with layer i."""
        size = self.layers[i - 1].resolution
        if size <= self.resolution:
            return self._network.to_image(state, w)
        if str(size) not in self._network.to_rgb:
            return None
        image: Tensor = self._network.to_rgb[str(size)](state.x, w)
        if state.image is None or not self._network.adds_pictures:
            return image
        return image + state.image

    def _shortcut(self, i: int, x: Tensor) -> Tensor | None:
        """Run the short branch of the block that begins with layer i; None if it has none."""
        return self._network.shortcut(i, x, doubles=self.layers[i].resolution <= self.resolution)

    def finish(
        self, i: int, state: Half | SynthesisState, w: Tensor | None, noise: Tensor | None
    ) -> SynthesisState:
        """Apply noise [N or 1, 1, h, w] or None and the activation; the last layer has neither."""
        if isinstance(state, SynthesisState):
            return state
        x, residual = self._layers[i].finish(state.x, noise), state.residual
        if i % 2 == 0 and residual is not None:  # the end of a residual block
            x, residual = x.add_(residual), None
        return SynthesisState(x, i + 1, state.image, residual=residual)

    def to_image(self, state: Half | SynthesisState, w_next: Tensor | None = None) -> Tensor | None:
        """Return the picture as the generator does, or None inside a layer."""
        if isinstance(state, Half):
            return None
        return self._network.to_image(_in_float32(state), w_next)


def _in_float32(state: SynthesisState) -> SynthesisState:
    return state._replace(x=state.x.float())


class _Layer:
    """The weights of one layer as they are applied. Its features are `size` pixels wide."""

    def __init__(self, layer: SynthesisLayer, size: int, dtype: torch.dtype) -> None:
        self.dtype = dtype
        self._source = layer
        self.up = layer.up
        self.gain = SQRT2 * layer.scale
        self.limit = None if layer.clamp is None else layer.clamp * layer.scale
        self.bias = (layer.bias * self.gain).to(dtype)
        strength = layer.noise_strength
        self.noise_strength = None if strength is None else strength * self.gain
        self.style_weight = layer.affine.weight * layer.affine.scale
        self.style_bias = layer.affine.bias * layer.affine.lr_multiplier
        self.energy = layer.weight_energy().T  # [I, O]
        self._take_kernel(layer.weight, size)
        self.smooth = laid_out(fir.kernel(layer.taps, layer.bias.view(1, -1, 1, 1), gain=4), dtype)
        self.padding = len(layer.taps) // 2 - 1

    def _take_kernel(self, weight: Tensor, size: int) -> None:
        """Take the form of the convolution that is the fastest for features of `size` px."""
        self.tiled = None
        if not self.up and self.dtype == torch.float32:
            self.tiled = faster_form(weight, size)
        self.kernel = laid_out(weight.transpose(0, 1) if self.up else weight)
        self.has_own_kernels = self.tiled is None and self._fits_own_kernels(size)

    def _fits_own_kernels(self, size: int) -> bool:
        """Tell whether kernels for each image are smaller than features of `size` px, or needed."""
        if self.dtype != torch.float32:  # its range is too small for features times styles
            return True
        channels, channels_in = self._source.weight.shape[:2]
        maps = size**2 * channels + (size // 2 if self.up else size) ** 2 * channels_in
        return self.kernel.numel() < maps

    def reduced(self, scale: int, size: int) -> _Layer:
        """Return the layer for features of `size` px, which are `scale` times smaller."""
        weight = self._source.weight
        layer = copy(self)
        layer.up = False
        layer._take_kernel(reduced_kernel(weight.flip(2, 3) if self.up else weight, scale), size)
        return layer

    def convolve(self, x: Tensor, w: Tensor) -> Tensor:  # [N, I, h, w] -> [N, O, h', w']
        style = F.linear(w, self.style_weight, self.style_bias)  # [N, I]
        scale = torch.rsqrt(style.square() @ self.energy + EPSILON) * self.gain  # [N, O]
        if self.tiled is not None:
            return self.tiled(x, self.bias, style, scale)
        if self.has_own_kernels:
            each = [self._with_own_kernel(x[n : n + 1], style[n], scale[n]) for n in range(len(x))]
            x = each[0] if len(each) == 1 else torch.cat(each)
        else:
            x = self._with_shared_kernel(x * style[:, :, None, None], scale[:, :, None, None])
        if self.up:
            return F.conv2d(x, self.smooth, self.bias, padding=self.padding, groups=x.shape[1])
        return x

    def _with_own_kernel(self, x: Tensor, style: Tensor, scale: Tensor) -> Tensor:
        """Convolve one image, [1, I, h, w], with a kernel made for its style."""
        if self.up:
            kernel = self.kernel * torch.outer(style, scale)[:, :, None, None]
            return F.conv_transpose2d(x, kernel.to(self.dtype), stride=2)
        kernel = self.kernel * torch.outer(scale, style)[:, :, None, None]
        return F.conv2d(x, kernel.to(self.dtype), self.bias, padding=1)

    def _with_shared_kernel(self, x: Tensor, scale: Tensor) -> Tensor:
        """Convolve images that their styles have already scaled, with one kernel for all."""
        if self.up:
            return F.conv_transpose2d(x, self.kernel, stride=2).mul_(scale)
        x = F.conv2d(x, self.kernel, padding=1)
        return torch.addcmul(self.bias.view(1, -1, 1, 1), x, scale, out=x)

    def finish(self, x: Tensor, noise: Tensor | None) -> Tensor:
        out = torch.empty_like(x)
        rows = rows_at_once(x)
        for top in range(0, x.shape[2], rows):
            part = slice(top, top + rows)
            block = out[:, :, part]
            noise_part = None if noise is None else noise[:, :, part]
            activate_into(block, x[:, :, part], self.noise_strength, noise_part)
            if self.limit is not None:
                block.clamp_(-self.limit, self.limit)
        return out
