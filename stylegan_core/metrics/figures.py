"""The figures of Karras et al. 2019, for any generator: the effects of styles, noise and psi."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from stylegan_core import sampling
from stylegan_core.networks.contract import Generator, Group
from stylegan_core.picture import as_rgb, broadcast, device_of, noise_maps

PSI = 0.7  # in the paper's figures 2 and 3
PSIS = (1.0, 0.7, 0.5, 0.0, -0.5, -1.0)  # in figure 8


def latents(generator: Generator, seeds: Sequence[int]) -> Tensor:
    """Return w [N, D] of seeds, for a model without classes."""
    z = torch.stack([sampling.latent(seed, generator.z_dim) for seed in seeds])
    return generator.mapping(z.to(device_of(generator)))


@torch.inference_mode()
def pictures(
    generator: Generator, ws: Tensor, noise: Sequence[Tensor | None] | None = None
) -> Tensor:
    """Return the pictures of ws [N, L, D], uint8 [N, 3, H, W] on the CPU; `noise` None is stored.

    Each is made alone, so that it is the same by itself and in a sheet. Grey and transparent
    pictures become RGB, as those of data sets do.
    """
    maps = generator.stored_noise if noise is None else noise
    images = [generator.synthesis(row.unsqueeze(0), maps) for row in ws]
    return sampling.to_uint8(as_rgb(torch.cat(images))).cpu()


def samples(generator: Generator, seeds: Sequence[int], psi: float = PSI) -> Tensor:
    """Return pictures of seeds (figure 2), uint8 [N, 3, H, W]; psi acts on all layers."""
    w = latents(generator, seeds)
    return pictures(generator, broadcast(generator, w, psi))


def mixing(
    generator: Generator, rows: Sequence[int], columns: Sequence[int], group: Group
) -> Tensor:
    """Mix styles (figure 3): each row's seed takes one group's styles from each column's seed.

    The result is uint8 [(rows + 1) * (columns + 1), 3, H, W]. The first row and the first column
    show the sources; the corner is white.
    """
    ws_rows = broadcast(generator, latents(generator, rows), PSI)
    ws_columns = broadcast(generator, latents(generator, columns), PSI)
    top = pictures(generator, ws_columns)
    cells = [torch.full_like(top[:1], 255), top]
    for ws in ws_rows:
        mixed = swapped(generator, ws.expand(len(columns), -1, -1), ws_columns, group)
        cells += [pictures(generator, ws.unsqueeze(0)), pictures(generator, mixed)]
    return torch.cat(cells)


def swapped(generator: Generator, ws: Tensor, other: Tensor, group: Group) -> Tensor:
    """Return ws [N, L, D] with the rows of one group from another one."""
    taken = torch.tensor([layer.group == group for layer in generator.layers], device=ws.device)
    return torch.where(taken[:, None], other, ws)


def noise_draws(generator: Generator, seed: int, draws: int = 4) -> Tensor:
    """Return one latent with different noise each time, at psi 1 (figures 4a and 4b)."""
    ws = broadcast(generator, latents(generator, [seed]), 1.0)
    return torch.cat([pictures(generator, ws, noise_maps(generator, k)) for k in range(draws)])


def noise_deviation(generator: Generator, seed: int, draws: int = 100) -> Tensor:
    """Return each pixel's standard deviation over draws of noise, [H, W], of 255 (figure 4c)."""
    images = noise_draws(generator, seed, draws).float()
    return images.std(dim=0, correction=0).mean(dim=0)


def noise_layers(generator: Generator, seed: int) -> Tensor:
    """Return noise in all layers, in none, in those from 64 px up, in the others (figure 5)."""
    ws = broadcast(generator, latents(generator, [seed]), 1.0)
    maps = noise_maps(generator, 0)

    def with_noise_in(is_chosen: Callable[[int], bool]) -> Tensor:
        chosen = [
            noise if is_chosen(layer.resolution) else None
            for noise, layer in zip(maps, generator.layers, strict=True)
        ]
        return pictures(generator, ws, chosen)

    everywhere, nowhere = with_noise_in(lambda size: True), with_noise_in(lambda size: False)
    fine, coarse = with_noise_in(lambda size: size >= 64), with_noise_in(lambda size: size < 64)
    return torch.cat([everywhere, nowhere, fine, coarse])


def truncation(generator: Generator, seeds: Sequence[int]) -> Tensor:
    """Return each seed at psi 1, 0.7, 0.5, 0, -0.5, -1, row by row (figure 8)."""
    w = latents(generator, seeds)
    rows = [broadcast(generator, w, psi) for psi in PSIS]
    return pictures(generator, torch.stack(rows, dim=1).flatten(0, 1))
