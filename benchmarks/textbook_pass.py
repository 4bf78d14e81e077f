"""StyleGAN's forward pass as a textbook writes it: one operation of the paper after another.

The renderer's faster forms are compared with it: the same network and numbers, nothing optimised.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan_core.networks.ops import EqualConv2d
from stylegan_core.networks.stylegan1 import Generator, SynthesisLayer


def synthesis(generator: Generator, ws: Tensor, noise: list[Tensor]) -> Tensor:
    """Map ws [N, L, D] and noise [1, 1, h, w] for each layer to images [N, 3, H, W]."""
    x = generator.const.repeat(len(ws), 1, 1, 1)
    for i, layer in enumerate(generator.synthesis_layers):
        assert isinstance(layer, SynthesisLayer)
        x = _layer(layer, x, ws[:, i], noise[i])
    to_rgb = generator.to_rgb[-1]
    assert isinstance(to_rgb, EqualConv2d)
    return F.conv2d(x, to_rgb.weight * to_rgb.scale, to_rgb.bias)


def _layer(layer: SynthesisLayer, x: Tensor, w: Tensor, noise: Tensor) -> Tensor:
    if layer.conv is not None:
        weight = layer.conv.weight * layer.conv.scale
        if layer.up and layer.fused:
            kernel = F.pad(weight.transpose(0, 1), (1, 1, 1, 1))
            kernel = sum(  # type: ignore[assignment]
                kernel[:, :, i : i + 4, j : j + 4] for i in (0, 1) for j in (0, 1)
            )
            x = F.conv_transpose2d(x, kernel, stride=2, padding=1)
        elif layer.up:
            x = F.interpolate(x, scale_factor=2, mode="nearest")
            x = F.conv2d(x, weight, padding=1)
        else:
            x = F.conv2d(x, weight, padding=1)
        if layer.up:
            taps = torch.tensor([1.0, 2.0, 1.0], device=x.device)
            blur = (taps[:, None] * taps[None, :] / 16).repeat(x.shape[1], 1, 1, 1)
            x = F.conv2d(x, blur, padding=1, groups=x.shape[1])
    assert layer.noise_strength is not None
    x = x + layer.noise_strength.view(1, -1, 1, 1) * noise
    x = x + layer.bias.view(1, -1, 1, 1)
    x = F.leaky_relu(x, 0.2)
    x = F.instance_norm(x, eps=1e-8)
    style = F.linear(w, layer.affine.weight * layer.affine.scale, layer.affine.bias)
    scale, shift = style[:, :, None, None].chunk(2, dim=1)
    return x * (scale + 1) + shift
