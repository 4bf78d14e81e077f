"""Growing without forgetting: new layers first learn to repeat the enlarged pictures of the old.

In the paper's fade a fresh ToRGB replaces a trained one over 600 kimg. Where a run can afford only
a tenth of that, all colour is lost on the way. Fitted layers have nothing to lose: whatever the
mixture of old and new, the fade shows what the generator had learnt.
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
    """Least squares between the pictures of a resolution and those of half of it, enlarged.

    Half of the pictures take the styles of the last old resolution from another latent, and the
    new layers take theirs from there too: so they take over what those styles decided (colours).
    Returns new values for the weights of that resolution's layers by their names in the generator,
    which itself stays as it is; None if `stop()` came first.
    """
    fitted = copy.deepcopy(generator).requires_grad_(False)
    device = next(fitted.parameters()).device
    random = torch.Generator(device).manual_seed(seed)
    first = next(i for i, layer in enumerate(fitted.layers) if layer.resolution == resolution)
    layers = fitted.synthesis_layers[first : first + 2]
    to_rgb = fitted.to_rgb[first // 2]
    weights = [weight.requires_grad_() for part in (layers, to_rgb) for weight in part.parameters()]
    optimizer = torch.optim.Adam(weights, LEARNING_RATE, betas=(0.5, 0.99))
    lod = float((fitted.resolution // resolution).bit_length())
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
    """Classes [n, c_dim] of equal chances, one-hot; None for a model without any."""
    if not generator.c_dim:
        return None
    drawn = torch.randint(generator.c_dim, (n,), generator=random, device=random.device)
    return F.one_hot(drawn, generator.c_dim).float()


def _run(generator: Generator, layers: range, state: SynthesisState, w: Tensor) -> SynthesisState:
    for i in layers:
        state = generator.step(i, state, w, None)
    return state
