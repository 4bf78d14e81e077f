"""Full frames of StyleGAN 2 and 3 beside their bare convolutions and the form that trains.

ToRGB is left out of the bare convolutions.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import cast

import torch
import torch.nn.functional as F

from benchmarks.clock import Case, Run, medians_ms
from benchmarks.networks import fastest
from stylegan_core.networks import stylegan2, stylegan3
from stylegan_core.networks.contract import Generator
from stylegan_core.networks.inference.for_inference import for_inference
from stylegan_core.networks.stylegan2.config import StyleGAN2Config
from stylegan_core.networks.stylegan2.generator import SynthesisLayer
from stylegan_core.networks.stylegan3.geometry import published_layers


@torch.inference_mode()
def print_table(device: str, rounds: int) -> None:
    """Print the milliseconds of networks with random weights and batch 1, as Markdown."""
    print(
        "\n| network | bare convolutions | form that trains | full frame | full frame / bare "
        "convolutions |\n|---|---|---|---|---|"
    )
    networks = {
        "StyleGAN 2, 64 px": _stylegan2(64, device),
        "StyleGAN 2, 256 px": _stylegan2(256, device),
        "StyleGAN 3-T, 256 px": _stylegan3(256, device),
    }
    for name, (generator, bare) in networks.items():
        fast = for_inference(generator)
        ws = torch.randn(1, generator.num_layers, generator.w_dim, device=device)
        cases = {
            "bare": Case(partial(_run_all, bare)),
            "trains": Case(partial(generator.synthesis, ws, generator.stored_noise)),
            "full": Case(partial(fast.synthesis, ws, fast.stored_noise)),
        }
        times = medians_ms(cases, max(rounds // 3, 2), device)
        print(
            f"| {name} | {times['bare']:.0f} | {times['trains']:.0f} | {times['full']:.0f} | "
            f"{times['full'] / times['bare']:.2f} |"
        )


def _run_all(runs: list[Run]) -> None:
    for run in runs:
        run()


def _stylegan2(resolution: int, device: str) -> tuple[Generator, list[Run]]:
    generator = stylegan2.Generator(StyleGAN2Config(resolution))
    runs = []
    synthesis = cast("Iterable[SynthesisLayer]", generator.synthesis_layers)
    for layer, info in zip(synthesis, generator.layers, strict=False):
        weight = layer.weight
        size = info.resolution // 2 if layer.up else info.resolution
        x = torch.randn(1, weight.shape[1], size, size, device=device)
        if layer.up:
            up = partial(F.conv_transpose2d, stride=2)
            runs.append(fastest(x, weight.transpose(0, 1).to(device), up, device))
        else:
            runs.append(fastest(x, weight.to(device), partial(F.conv2d, padding=1), device))
    return _ready(generator, device), runs


def _stylegan3(resolution: int, device: str) -> tuple[Generator, list[Run]]:
    layers = published_layers(resolution, channel_base=16384, channel_max=512)
    generator = stylegan3.Generator(stylegan3.StyleGAN3Config(resolution=resolution, layers=layers))
    runs = []
    for spec in layers:
        weight = torch.randn(spec.channels, spec.channels_in, spec.kernel, spec.kernel)
        x = torch.randn(1, spec.channels_in, spec.size_in, spec.size_in, device=device)
        convolve = partial(F.conv2d, padding=spec.kernel - 1)
        runs.append(fastest(x, weight.to(device), convolve, device))
    return _ready(generator, device), runs


def _ready(
    generator: stylegan2.Generator | stylegan3.Generator, device: str
) -> stylegan2.Generator | stylegan3.Generator:
    return generator.eval().requires_grad_(False).to(device)
