"""Fit new layers before they fade in: they learn to repeat the old layers' enlarged pictures.

In the paper's fade a fresh ToRGB replaces a trained one over 600 kimg. A run that can afford only
a tenth of that loses all colour on the way. With fitted layers, every mixture of old and new shows
what the generator has learnt.
"""

import copy
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan_core.networks import ops
from stylegan_core.networks.stylegan1 import Generator, SynthesisState

LEARNING_RATE = 4e-3
BATCH = 16
SWAPPED_SHARE = 0.5


def fit_new_layers(
    generator: Generator,
    resolution: int,
    steps: int,
    seed: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
    stop: Callable[[], bool] = lambda: False,
) -> dict[str, Tensor] | None:
    """Fit the layers of a resolution by least squares to the pictures of half of it, enlarged.

    In half of the pictures the last old resolution and the new layers take their styles from
    another latent: the new layers then learn what those styles decide (colours).
    Returns new values for the weights of the fitted layers, by their names in the generator, which
    itself stays as it is; None if `stop()` returned True.
    """
    fitted = copy.deepcopy(generator).requires_grad_(False)
    device = next(fitted.parameters()).device
    random = torch.Generator(device).manual_seed(seed)
    first = next(i for i, layer in enumerate(fitted.layers) if layer.resolution == resolution)
    layers = fitted.synthesis_layers[first : first + 2]
    to_rgb = fitted.to_rgb[first // 2]
    weights = [w.requires_grad_() for module in (layers, to_rgb) for w in module.parameters()]
    optimizer = torch.optim.Adam(weights, LEARNING_RATE, betas=(0.5, 0.99))
    lod = float((fitted.resolution // resolution).bit_length())  # of half the resolution
    for step in range(steps):
        if stop():
            return None
        progress(step, steps)
        optimizer.param_groups[0]["lr"] = LEARNING_RATE * min(1.0, 2 * (1 - step / steps))
        z = torch.randn(2 * BATCH, fitted.z_dim, generator=random, device=device)
        swapped = torch.rand(BATCH, 1, generator=random, device=device) < SWAPPED_SHARE
        with torch.no_grad():
            w, other = fitted.mapping(z, _classes(fitted, len(z), random)).chunk(2)
            w_top = torch.where(swapped, other, w)
            half = _run(fitted, range(first - 2), fitted.start(BATCH, lod), w)
            old = _run(fitted, range(first - 2, first), half, w_top)
            target = ops.blur(ops.upsample_nearest(fitted.to_image(old)))
            x = _run(fitted, range(first - 2, first), half, w).x
        for layer in layers:
            x = layer(x, w_top, None)
        loss = (to_rgb(x) - target).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    progress(steps, steps)
    return {n: weight.detach() for n, weight in fitted.named_parameters() if weight.requires_grad}


def _classes(generator: Generator, n: int, random: torch.Generator) -> Tensor | None:
    """Draw classes [n, c_dim] with equal chances, one-hot; None for a model without classes."""
    if not generator.c_dim:
        return None
    classes = torch.randint(generator.c_dim, (n,), generator=random, device=random.device)
    return F.one_hot(classes, generator.c_dim).float()


def _run(generator: Generator, layers: range, state: SynthesisState, w: Tensor) -> SynthesisState:
    for i in layers:
        state = generator.step(i, state, w, None)
    return state
