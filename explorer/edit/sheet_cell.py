"""The edit that shows one cell of a training run's sample sheet."""

from __future__ import annotations

from dataclasses import replace

from explorer.edit.edit import Edit, Source, Walk, default_edit
from explorer.edit.model_info import ModelInfo
from explorer.edit.ops import with_noise_seed
from stylegan_core.sample_sheet import PSI


def cell_edit(edit: Edit, model_info: ModelInfo, seed: int) -> Edit:
    """Return an edit that shows a cell: its seed as source A, alone, with the seed's noise.

    The other sources stay, to be mixed in. Classes come in turn, as on the sheet.
    """
    count, classes = model_info.num_layers, range(model_info.c_dim)
    cell = Source(Walk(seed), tuple(float(i == seed % model_info.c_dim) for i in classes))
    plain = default_edit(count, tuple(range(len(edit.sources))))
    whole = replace(plain, sources=(cell, *edit.sources[1:]), psi=PSI, cutoff=count)
    return with_noise_seed(whole, range(count), seed)
