"""The paper's figures, for any generator: pictures that show what styles, noise and psi do."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from stylegan_core import sampling
from stylegan_core.networks.contract import Generator, Group
from stylegan_core.picture import broadcast, device_of, noise_maps

PSI = 0.7  # of the paper's curated figures
PSIS = (1.0, 0.7, 0.5, 0.0, -0.5, -1.0)


def latents(generator: Generator, seeds: Sequence[int]) -> Tensor:
    """w [N, D] of seeds, for a model without classes."""
    z = torch.stack([sampling.latent(seed, generator.z_dim) for seed in seeds])
    return generator.mapping(z.to(device_of(generator)))


@torch.inference_mode()
def pictures(
    generator: Generator, ws: Tensor, noise: Sequence[Tensor | None] | None = None
) -> Tensor:
    """ws [N, L, D] -> uint8 [N, 3, H, W] on the CPU, with the stored noise unless told otherwise.

    One at a time, so that a picture is the same alone and in a sheet.
    """
    maps = generator.stored_noise if noise is None else noise
    images = [generator.synthesis(row.unsqueeze(0), maps) for row in ws]
    return sampling.to_uint8(torch.cat(images)).cpu()


def samples(generator: Generator, seeds: Sequence[int], psi: float = PSI) -> Tensor:
    """Uncurated pictures of seeds (figure 2), uint8 [N, 3, H, W]; psi acts on all layers."""
    w = latents(generator, seeds)
    return pictures(generator, broadcast(generator, w, psi))


def mixing(
    generator: Generator, rows: Sequence[int], columns: Sequence[int], group: Group
) -> Tensor:
    """Figure 3 for one group: each row's seed with that group's styles from each column's seed.

    uint8 [(rows + 1) * (columns + 1), 3, H, W]: the first row and the first column show the
    sources; the corner is empty (white).
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
    """ws [N, L, D] with the rows of one group taken from another."""
    taken = torch.tensor([layer.group == group for layer in generator.layers], device=ws.device)
    return torch.where(taken[:, None], other, ws)


def noise_draws(generator: Generator, seed: int, draws: int = 4) -> Tensor:
    """Figure 4, a and b: one latent with fresh noise each time, at psi 1."""
    ws = broadcast(generator, latents(generator, [seed]), 1.0)
    return torch.cat([pictures(generator, ws, noise_maps(generator, k)) for k in range(draws)])


def noise_deviation(generator: Generator, seed: int, draws: int = 100) -> Tensor:
    """Figure 4c: standard deviation of each pixel over draws of noise, [H, W], in units of 255."""
    images = noise_draws(generator, seed, draws).float()
    return images.std(dim=0, correction=0).mean(dim=0)


def noise_layers(generator: Generator, seed: int) -> Tensor:
    """Figure 5: noise in all layers, in none, in the fine (64 px up), in the coarse ones."""
    ws = broadcast(generator, latents(generator, [seed]), 1.0)
    maps = noise_maps(generator, 0)

    def where(chosen: Callable[[int], bool]) -> Tensor:
        kept = [
            m if chosen(layer.resolution) else None
            for m, layer in zip(maps, generator.layers, strict=True)
        ]
        return pictures(generator, ws, kept)

    everywhere, nowhere = where(lambda size: True), where(lambda size: False)
    return torch.cat([everywhere, nowhere, where(lambda s: s >= 64), where(lambda s: s < 64)])


def truncation(generator: Generator, seeds: Sequence[int]) -> Tensor:
    """Figure 8: each seed at psi 1, 0.7, 0.5, 0, -0.5, -1, row by row."""
    w = latents(generator, seeds)
    rows = [broadcast(generator, w, psi) for psi in PSIS]
    return pictures(generator, torch.stack(rows, dim=1).flatten(0, 1))
