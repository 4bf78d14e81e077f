"""Where the pictures of a figure come from: a model, and how its pictures are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from stylegan_core import picture, sampling
from stylegan_core.networks.contract import Generator, Group


@dataclass(frozen=True)
class Source:
    """A generator with the settings that all pictures of a figure share."""

    generator: Generator
    psi: float
    cutoff: int | None = None  # None is the model's own
    class_index: int | None = None

    @property
    def resolution(self) -> int:
        """The width of a picture in pixels."""
        return self.generator.resolution

    def with_psi(self, psi: float) -> Source:
        """Return the same source with another truncation, and psi acting on all layers."""
        return replace(self, psi=psi, cutoff=self.generator.num_layers)

    def w_plus(self, seed: int) -> Tensor:
        """Return the truncated W+ of a seed, [1, L, D]. Raises `UserError` for a wrong class."""
        return picture.w_plus(self.generator, seed, self.psi, self.cutoff, self.class_index)

    def mixed(self, one: Tensor, other: Tensor, group: Group) -> Tensor:
        """Return W+ `one` with the rows of a group of layers from `other`, each [1, L, D]."""
        rows = [i for i, layer in enumerate(self.generator.layers) if layer.group == group]
        ws = one.clone()
        ws[:, rows] = other[:, rows]
        return ws

    @torch.inference_mode()
    def picture(self, ws: Tensor, noise: Mapping[int, int] | None = None) -> Tensor:
        """Return the picture of W+ [1, L, D], uint8 [C, H, W] on the CPU.

        `noise` gives the seed of a layer's noise, and layers without one have none; None takes the
        noise that is stored in the model.
        """
        maps = list(self.generator.stored_noise)
        if noise is not None:
            maps = [
                sampling.noise_map(noise[i], i, layer.resolution).to(ws.device)
                if i in noise and layer.takes_noise
                else None
                for i, layer in enumerate(self.generator.layers)
            ]
        return sampling.to_uint8(self.generator.synthesis(ws, maps))[0].cpu()
