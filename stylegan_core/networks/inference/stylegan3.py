"""The form for inference of StyleGAN 3 and StyleGAN-XL.

Weights are normalised once, and wide convolutions take the fastest form for their size.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan_core.networks import contract
from stylegan_core.networks.inference.base import laid_out
from stylegan_core.networks.inference.faster_form import faster_form
from stylegan_core.networks.inference.whole_layers import WholeLayers
from stylegan_core.networks.ops import SQRT2
from stylegan_core.networks.stylegan3.generator import AliasFreeGenerator
from stylegan_core.networks.stylegan3.layers import EPSILON, SynthesisLayer


class InferenceStyleGAN3(WholeLayers):
    """A generator with StyleGAN 3's layers, whichever mapping network it has."""

    def __init__(self, generator: AliasFreeGenerator) -> None:
        super().__init__(cast("contract.Generator", generator))
        layers = cast("Iterable[SynthesisLayer]", generator.synthesis_layers)
        with torch.no_grad():
            self._layers = [layer if layer.spec.to_rgb else _Layer(layer) for layer in layers]

    def finish(self, i: int, state: Any, w: Tensor | None, noise: Tensor | None) -> Any:
        """Run all of layer i."""
        if i == 0:
            return super().finish(i, state, w, noise)
        assert w is not None
        return state._replace(x=self._layers[i - 1](state.x, w), rows=i + 1)


class _Layer:
    """A layer that is not ToRGB, with its weights as they are applied."""

    def __init__(self, layer: SynthesisLayer) -> None:
        self._source = layer
        weight = layer.normalized_weight()
        self.energy = weight.square().sum(dim=(2, 3)).T  # [I, O]
        self.bias = layer.bias * SQRT2
        self.padding = layer.spec.kernel - 1
        kernel = weight * torch.rsqrt(layer.magnitude_ema)
        size = layer.spec.size_in + self.padding
        is_wide = layer.spec.kernel == 3
        self.tiled = faster_form(kernel, size, padding=self.padding) if is_wide else None
        if self.tiled is None:
            self.kernel = laid_out(kernel)

    def __call__(self, x: Tensor, w: Tensor) -> Tensor:  # [N, I, h, w] -> [N, O, h', w']
        return self._source.activated(self._convolved(x, self._source.affine(w)))

    def _convolved(self, x: Tensor, style: Tensor) -> Tensor:
        scale = SQRT2 * torch.rsqrt(style.square() @ self.energy + EPSILON)  # [N, O]
        if self.tiled is not None:
            return self.tiled(x, self.bias, style, scale)
        x = F.conv2d(x * style[:, :, None, None], self.kernel, padding=self.padding)
        return torch.addcmul(self.bias.view(1, -1, 1, 1), x, scale[:, :, None, None], out=x)
