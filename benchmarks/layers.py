"""The time of a full frame, layer by layer."""

from functools import partial

import torch

from benchmarks.clock import Case, Run, medians_ms
from benchmarks.networks import bare_convolution, bare_to_rgb
from explorer.rendering.synthesis import to_pixels
from stylegan_core.networks.inference.for_inference import for_inference
from stylegan_core.networks.stylegan1 import Generator


@torch.inference_mode()
def print_table(generator: Generator, device: str, rounds: int) -> None:
    """Print the milliseconds of each half layer beside its bare convolution, as Markdown."""
    print(
        f"\n| {generator.resolution} px, layer | maps | bare convolution, ms | with blur | rest |"
    )
    print("|---|---|---|---|---|")
    network, state = for_inference(generator), for_inference(generator).start(1)
    w, noise = torch.randn(1, generator.w_dim, device=device), network.stored_noise

    def bare(i: int) -> Run:
        return bare_convolution(generator, i, 1, device) if i else lambda: None

    for i, layer in enumerate(generator.layers):
        half = network.convolve(i, state, w)
        cases = {
            "bare": Case(bare(i)),
            "convolve": Case(partial(network.convolve, i, state, w)),
            "finish": Case(partial(network.finish, i, half, w, noise[i])),
        }
        times = medians_ms(cases, rounds, device)
        state = network.finish(i, half, w, noise[i])
        print(
            f"| {i}, {layer.resolution} px | {layer.channels} | {times['bare']:.1f} | "
            f"{times['convolve']:.1f} | {times['finish']:.1f} |"
        )
    image = network.to_image(state)
    assert image is not None
    cases = {
        "bare": Case(bare_to_rgb(generator, 1, device)),
        "colours": Case(lambda: network.to_image(state)),
        "pixels": Case(lambda: to_pixels(image)),
    }
    times = medians_ms(cases, rounds, device)
    print(
        f"| ToRGB, bytes | 3 | {times['bare']:.1f} | {times['colours']:.1f} | "
        f"{times['pixels']:.1f} |"
    )
