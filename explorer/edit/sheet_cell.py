"""The edit that shows one cell of a training run's sample sheet."""

from __future__ import annotations

from dataclasses import replace

from explorer.edit.edit import Edit, Source, Walk, default_edit, one_hot
from explorer.edit.model_info import ModelInfo
from explorer.edit.ops import with_noise_seed
from stylegan_core.sample_sheet import PSI


def cell_edit(edit: Edit, model_info: ModelInfo, seed: int) -> Edit:
    """Return an edit that shows a cell: its seed as source A, alone, with the seed's noise.

    The other sources stay, without weight. Classes follow the seeds in turn, as on the sheet.
    """
    num_layers, c_dim = model_info.num_layers, model_info.c_dim
    cell = Source(Walk(seed), one_hot(seed % c_dim, c_dim) if c_dim else ())
    seeds = tuple(range(len(edit.sources)))  # placeholders for the edit's sources
    base = default_edit(num_layers, seeds)
    shown = replace(base, sources=(cell, *edit.sources[1:]), psi=PSI, cutoff=num_layers)
    return with_noise_seed(shown, range(num_layers), seed)
