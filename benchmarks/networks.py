"""Times of whole networks: full frames, resumed frames, bare convolutions, textbook code."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks import textbook_pass
from benchmarks.clock import Case, Run, medians_ms
from explorer.edit.edit import Edit, default_edit
from explorer.edit.ops import with_mix, with_noise_seed
from explorer.rendering.renderer import Renderer
from stylegan_core import checkpoint
from stylegan_core.networks import ops
from stylegan_core.networks.inference.for_inference import for_inference
from stylegan_core.networks.stylegan1 import Generator, StyleGAN1Config, SynthesisLayer


@dataclass(frozen=True)
class Times:
    """Medians in milliseconds; batch 16 where it was measured."""

    name: str
    values: dict[str, float]
    batch_16: dict[str, float]


def published(resolution: int, device: str) -> Generator:
    """Return a generator of the published size, with random weights that stay in range."""
    torch.manual_seed(0)
    generator = Generator(StyleGAN1Config(resolution=resolution), {"name": f"{resolution} px"})
    for layer in layers_of(generator):
        assert layer.noise_strength is not None
        torch.nn.init.normal_(layer.noise_strength, std=0.1)
    return generator.eval().requires_grad_(False).to(device)


def bundled(device: str) -> Generator:
    """Return a model that comes with the program."""
    path = next((Path(__file__).parents[1] / "checkpoints").glob("*.safetensors"))
    generator = checkpoint.load(path, device)
    assert isinstance(generator, Generator)
    return generator


def layers_of(generator: Generator) -> list[SynthesisLayer]:
    """Return the synthesis layers with their type."""
    return cast("list[SynthesisLayer]", list(generator.synthesis_layers))


@torch.inference_mode()
def measure(name: str, generator: Generator, device: str, rounds: int) -> Times:
    """Time one network; each round runs each case once."""
    renderer = Renderer(generator, device, cache_mb=1024)
    edit = with_noise_seed(
        default_edit(generator.num_layers, seeds=(1, 2)), range(generator.num_layers), 0
    )

    def change(changed: Edit) -> Case:
        return Case(lambda: renderer.render(changed), lambda: renderer.render(edit))

    last = edit.num_layers - 1
    high = [i for i, layer in enumerate(generator.layers) if layer.resolution >= 64]
    cases = {
        "bare convolutions": bare_convolutions(generator, 1, device),
        "textbook": textbook_case(generator, 1, device),
        "full frame": change(with_noise_seed(edit, [0], 1)),
        "last layer, style": change(with_mix(edit, [last], 0.5)),
        "last layer, noise": change(with_noise_seed(edit, [last], 1)),
        "last resolution, styles": change(with_mix(edit, [last - 1, last], 0.5)),
        "last resolution, noise": change(with_noise_seed(edit, [last - 1, last], 1)),
        "64 px and up, noise": change(with_noise_seed(edit, high, 1)),
    }
    for i in range(2, last - 1, 2):
        cases[f"from layer {i}, style"] = change(with_mix(edit, [i], 0.5))
    times = medians_ms(cases, rounds, device)
    takes_long = generator.resolution > 64 and device == "cpu"
    return Times(name, times, {} if takes_long else _batch_of_16(generator, rounds, device))


def _batch_of_16(generator: Generator, rounds: int, device: str) -> dict[str, float]:
    fast = for_inference(generator)
    ws = torch.randn(16, generator.num_layers, generator.w_dim, device=device)
    cases = {
        "bare convolutions": bare_convolutions(generator, 16, device),
        "textbook": textbook_case(generator, 16, device),
        "full frame": Case(lambda: fast.synthesis(ws, fast.stored_noise)),
    }
    return medians_ms(cases, max(rounds // 3, 2), device)


def bare_convolutions(generator: Generator, n: int, device: str) -> Case:
    """Return the network's convolutions alone, without blurs, each in the faster of two layouts."""
    runs = [bare_convolution(generator, i, n, device) for i in range(1, generator.num_layers)]
    runs.append(bare_to_rgb(generator, n, device))
    return Case(lambda: [run() for run in runs])


def bare_convolution(generator: Generator, i: int, n: int, device: str) -> Run:
    """Return the convolution of layer i > 0, in the faster layout."""
    layer = layers_of(generator)[i]
    assert layer.conv is not None
    size = generator.layers[i].resolution // (2 if layer.up else 1)
    weight = layer.conv.scaled_weight()
    if layer.up:
        weight = ops.upsample_kernel(weight, layer.fused)
    x = torch.randn(n, layer.conv.weight.shape[1], size, size, device=device)
    if layer.up:
        return fastest(x, weight, partial(F.conv_transpose2d, stride=2, padding=1), device)
    return fastest(x, weight, partial(F.conv2d, padding=1), device)


def bare_to_rgb(generator: Generator, n: int, device: str) -> Run:
    """Return the last ToRGB, in the faster layout."""
    to_rgb = cast(ops.EqualConv2d, generator.to_rgb[-1]).scaled_weight()
    x = torch.randn(n, to_rgb.shape[1], generator.resolution, generator.resolution, device=device)
    return fastest(x, to_rgb, F.conv2d, device)


def fastest(
    x: Tensor, weight: Tensor, convolve: Callable[[Tensor, Tensor], Tensor], device: str
) -> Run:
    """Return a run of a convolution in the faster of two layouts, which a measurement tells."""

    def in_layout(layout: torch.memory_format) -> Case:
        a, b = x.contiguous(memory_format=layout), weight.contiguous(memory_format=layout)
        return Case(lambda: convolve(a, b))

    layouts = (torch.channels_last, torch.contiguous_format)
    cases = {str(layout): in_layout(layout) for layout in layouts}
    times = medians_ms(cases, 5, device)
    return cases[min(times, key=lambda layout: times[layout])].run


def textbook_case(generator: Generator, n: int, device: str) -> Case:
    """Return the textbook forward pass of a batch of n."""
    ws = torch.randn(n, generator.num_layers, generator.w_dim, device=device)
    noise = [noise for noise in generator.stored_noise if noise is not None]
    return Case(lambda: textbook_pass.synthesis(generator, ws, noise))
