"""Check the resampling filters in foreign files, which are constants rather than weights."""

from collections.abc import Sequence

import numpy as np

from stylegan_core.importers.tables import Array

MAX_TAPS = 64
"""Along one axis. A longer array is not a filter, and its outer product would fill the memory."""


def matches_taps(taps: Sequence[float] | Array, stored: Array) -> bool:
    """Tell whether a stored filter has these taps along both axes, or along its only axis.

    Any axes before those repeat the filter for each channel.
    """
    if len(taps) > MAX_TAPS or not any(taps):
        return False
    row = np.asarray(taps, np.float64) / sum(taps)
    expected = row if stored.ndim == 1 else np.outer(row, row)
    fits = stored.shape[-expected.ndim :] == expected.shape
    return fits and np.allclose(stored, expected, atol=1e-6)


def check_filter(name: str, stored: Array, taps: Sequence[float]) -> None:
    """Raise ValueError unless a stored filter has these taps, normalised to the sum 1."""
    if not matches_taps(taps, stored):
        raise ValueError(f"the filter {name} is not {tuple(taps)} along both axes")


def taps_of(name: str, stored: Array) -> tuple[float, ...]:
    """Return the taps of a stored filter. ValueError if they differ along its axes."""
    row = stored if stored.ndim == 1 else stored.sum(axis=-1)
    if not matches_taps(row, stored):
        raise ValueError(f"the filter {name} is not the same along both axes")
    return tuple(row.tolist())
