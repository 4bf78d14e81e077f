"""Turn the sources of an edit into rows of W+: mapping, truncation, mixing, directions."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Hashable, Mapping

import numpy as np
import torch
from torch import Tensor

from explorer.edit.edit import Edit, Source, Walk, effective_psi, effective_weights
from stylegan_core import sampling
from stylegan_core.errors import UserError
from stylegan_core.networks.contract import Generator

MAX_MAPPED = 256
"""Sources whose w is cached; each takes a few kilobytes."""


class RenderError(UserError):
    """An edit cannot be shown with this model; the message says why."""


def walked_latent(walk: Walk, z_dim: int) -> Tensor:
    """Return z [z_dim] = cos(r) z0 + sin(r) (dx a + dy b) / r with r = hypot(dx, dy).

    Such a walk stays at the distance from the centre at which latents lie.
    """
    draw = sampling.official_latent if walk.convention == "official" else sampling.latent
    z0 = draw(walk.seed, z_dim)
    r = math.hypot(walk.dx, walk.dy)
    if r == 0.0:
        return z0
    a = sampling.stream_normal((walk.seed, 1), (z_dim,))
    b = sampling.stream_normal((walk.seed, 2), (z_dim,))
    return math.cos(r) * z0 + (math.sin(r) / r) * (walk.dx * a + walk.dy * b)


class Latents:
    """Computes rows of W+ for edits. The w of each source is mapped once and cached.

    Each source is mapped alone, so that its w does not depend on the sources beside it. `stored`
    and `directions` are vectors [D] or [L, D] by hash and by name.
    """

    def __init__(
        self, generator: Generator, device: torch.device, stored: Mapping[str, np.ndarray]
    ) -> None:
        self.directions: dict[str, np.ndarray] = {}
        self._generator = generator
        self._device = device
        self._stored = stored
        self._average = None if generator.c_dim else generator.w_avg()  # of all sources, [1, D]
        self._mapped: OrderedDict[Source, tuple[Tensor, Tensor | None]] = OrderedDict()

    def key(self, edit: Edit, layer: int) -> Hashable:
        """Return everything of an edit that a layer's row depends on."""
        weights, psi = effective_weights(edit, layer), effective_psi(edit, layer)
        moves = tuple((d.name, d.amount) for d in edit.directions if d.first <= layer <= d.last)
        if psi == 0.0 and self._average is not None:
            return sum(weights), moves
        mix = tuple((s, w) for s, w in zip(edit.sources, weights, strict=True) if w != 0.0)
        return mix, psi, moves

    def keys(self, edit: Edit) -> list[Hashable]:
        """Return the key of each layer."""
        return [self.key(edit, i) for i in range(edit.num_layers)]

    def row(self, edit: Edit, layer: int) -> Tensor:
        """Return one row of W+, [1, D]. Raises RenderError.

        Each source is truncated towards its own centre; the sources are mixed; directions are
        added.
        """
        psi, weights = effective_psi(edit, layer), effective_weights(edit, layer)
        row = torch.zeros(1, self._generator.w_dim, device=self._device)
        for source, weight in zip(edit.sources, weights, strict=True):
            if weight != 0.0:
                w, centre = self._w(source)
                w = w[min(layer, len(w) - 1)].unsqueeze(0)
                row += weight * (w if centre is None else sampling.truncate(w, centre, psi))
        if psi == 0.0 and self._average is not None:
            row = sum(weights) * self._average  # the same bits for all sources
        for direction in edit.directions:
            if direction.first <= layer <= direction.last:
                row += direction.amount * self._direction(direction.name, layer)
        return row

    def rows(self, edit: Edit) -> Tensor:
        """Return W+ of an edit, [L, D]. Raises RenderError."""
        return torch.cat([self.row(edit, i) for i in range(edit.num_layers)])

    def _w(self, source: Source) -> tuple[Tensor, Tensor | None]:
        """Return W of a source, [1, D] or [L, D], and the centre of its truncation, [1, D]."""
        if source not in self._mapped:
            self._mapped[source] = self._map(source)
            if len(self._mapped) > MAX_MAPPED:
                self._mapped.popitem(last=False)
        self._mapped.move_to_end(source)
        return self._mapped[source]

    def _map(self, source: Source) -> tuple[Tensor, Tensor | None]:
        c = self._classes(source)
        centre = self._generator.w_avg(c)
        if isinstance(source.latent, Walk):
            z = walked_latent(source.latent, self._generator.z_dim)
        elif source.latent.space == "z":
            z = self._stored_z(source.latent.digest)
        else:
            return self._vector(source.latent.digest), centre
        return self._generator.mapping(z.unsqueeze(0).to(self._device), c), centre

    def _classes(self, source: Source) -> Tensor | None:
        """Return c [1, c_dim], by default the first class; None for a model without classes."""
        c_dim = self._generator.c_dim
        if not c_dim:
            return None
        weights = source.class_weights or (1.0,) + (0.0,) * (c_dim - 1)
        if len(weights) != c_dim:
            raise RenderError(f"A source has {len(weights)} class weights, the model {c_dim}.")
        return torch.tensor([weights], dtype=torch.float32, device=self._device)

    def _stored_z(self, digest: str) -> Tensor:
        """Return a stored z, [z_dim]."""
        z, width = self._found(digest), self._generator.z_dim
        if z.shape != (width,):
            raise RenderError(
                f"The stored latent {digest[:12]} belongs to another model: it has "
                f"{z.size} numbers instead of {width}."
            )
        return torch.tensor(z, dtype=torch.float32)

    def _found(self, digest: str) -> np.ndarray:
        if digest not in self._stored:
            raise RenderError(f"The stored vector {digest[:12]} is not here: open its file again.")
        return self._stored[digest]

    def _vector(self, digest: str) -> Tensor:
        """Return a stored vector, [1, D] or [L, D]."""
        vector = np.atleast_2d(self._found(digest))
        generator = self._generator
        if vector.shape[1] != generator.w_dim or len(vector) not in (1, generator.num_layers):
            raise RenderError(
                f"The stored vector {digest[:12]} belongs to another model: {len(vector)} rows of "
                f"{vector.shape[1]} numbers instead of {generator.num_layers} of {generator.w_dim}."
            )
        return torch.tensor(vector, dtype=torch.float32, device=self._device)

    def _direction(self, name: str, layer: int) -> Tensor:
        """Return the row of a direction, [1, D]."""
        if name not in self.directions:
            raise RenderError(f"The direction '{name}' is not known for this model.")
        rows = np.atleast_2d(self.directions[name])
        row = rows[[min(layer, len(rows) - 1)]]
        return torch.tensor(row, dtype=torch.float32, device=self._device)
