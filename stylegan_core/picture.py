"""The picture of a seed: mapping, truncation, noise and pixels in one call."""

from collections.abc import Sequence
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan_core import sampling
from stylegan_core.conventions import (
    USUAL_PSI,
    SeedConvention,
    seed_convention,
    truncation_cutoff,
)
from stylegan_core.errors import UserError
from stylegan_core.networks.contract import Generator

Noise = int | Literal["stored", "none", "official"]
CHANNELS = ("grey", "transparent grey", "RGB", "transparent RGB")
"""The kinds of pictures that can be shown, by their number of channels from 1 up."""

LATENTS = {"ours": sampling.latent, "official": sampling.official_latent}


@torch.inference_mode()
def of_seed(
    generator: Generator,
    seed: int,
    psi: float = USUAL_PSI,
    cutoff: int | None = None,
    noise: Noise = "stored",
    class_index: int | None = None,
    convention: SeedConvention | None = None,
) -> Tensor:
    """Return the picture of a seed, uint8 [C, H, W] on the CPU.

    The model's card gives the cutoff and the convention where they are None. Raises `UserError` if
    the model has no such class.
    """
    ws = w_plus(generator, seed, psi, cutoff, class_index, convention)
    image = generator.synthesis(ws, noise_maps(generator, noise, seed))
    return sampling.to_uint8(image)[0].cpu()


@torch.inference_mode()
def w_plus(
    generator: Generator,
    seed: int,
    psi: float = USUAL_PSI,
    cutoff: int | None = None,
    class_index: int | None = None,
    convention: SeedConvention | None = None,
) -> Tensor:
    """Return the truncated W+ of a seed, [1, L, D], with the arguments and errors of `of_seed`."""
    draw = LATENTS[convention or seed_convention(generator.card)]
    z = draw(seed, generator.z_dim).unsqueeze(0).to(device_of(generator))
    c = class_vector(generator, class_index)
    cutoff = truncation_cutoff(generator.card) if cutoff is None else cutoff
    return broadcast(generator, generator.mapping(z, c), psi, cutoff, c)


def broadcast(
    generator: Generator,
    w: Tensor,
    psi: float,
    cutoff: int | None = None,
    c: Tensor | None = None,
) -> Tensor:
    """Repeat w [N, D] as W+ [N, L, D], and truncate its first `cutoff` rows, or all."""
    ws = w.unsqueeze(1).repeat(1, generator.num_layers, 1)
    centre = generator.w_avg(c)
    if centre is not None:
        ws[:, :cutoff] = sampling.truncate(ws[:, :cutoff], centre.unsqueeze(1), psi)
    return ws


def noise_maps(generator: Generator, noise: Noise, seed: int = 0) -> Sequence[Tensor | None]:
    """Return one map [1, 1, h, w] or None per layer, on the generator's device.

    A number as `noise` is the seed of the maps. `seed` is the picture's, for "official" noise.
    """
    if noise == "stored":
        return generator.stored_noise
    if noise == "none":
        return [None] * generator.num_layers
    device = device_of(generator)
    if noise == "official":
        sizes = [layer.resolution for layer in generator.layers if layer.takes_noise]
        maps = iter(sampling.official_noise(seed, generator.z_dim, sizes))
        return [next(maps).to(device) if layer.takes_noise else None for layer in generator.layers]
    return [
        sampling.noise_map(noise, i, layer.resolution).to(device) if layer.takes_noise else None
        for i, layer in enumerate(generator.layers)
    ]


def class_vector(generator: Generator, index: int | None) -> Tensor | None:
    """Return the one-hot c [1, c_dim] of a class, or None for a model without classes.

    Raises `UserError` if the model has no such class.
    """
    if generator.c_dim == 0:
        if index is not None:
            raise UserError("This model has no classes: leave the class out.")
        return None
    if index is None or not 0 <= index < generator.c_dim:
        raise UserError(f"This model needs a class from 0 to {generator.c_dim - 1}.")
    return F.one_hot(torch.tensor([index]), generator.c_dim).float().to(device_of(generator))


def as_rgb(images: Tensor) -> Tensor:
    """Return pictures of any kind in colour and opaque: [N, C, H, W] -> [N, 3, H, W].

    Numbers are in [-1, 1]. One channel is grey, two are grey and transparency, four are RGB and
    transparency; white lies behind. Raises `UserError` for other numbers of channels.
    """
    check_channels(images.shape[1])
    if images.shape[1] % 2 == 0:
        alpha = (images[:, -1:].clamp(-1, 1) + 1) / 2
        images = alpha * images[:, :-1].clamp(-1, 1) + (1 - alpha)
    return images.expand(-1, 3, -1, -1)


def check_channels(count: int) -> None:
    """Raise `UserError` for pictures that cannot be shown."""
    if count > len(CHANNELS):
        raise UserError(
            f"Its pictures have {count} channels. This program shows {', '.join(CHANNELS[:-1])} "
            f"and {CHANNELS[-1]} pictures."
        )


def device_of(generator: Generator) -> torch.device:
    """Return the device of a generator's weights."""
    centre = generator.w_avg()
    stored = (noise.device for noise in generator.stored_noise if noise is not None)
    known = centre.device if centre is not None else next(stored, None)
    device: torch.device = known or generator.start(1).x.device
    return device
