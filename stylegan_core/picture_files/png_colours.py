"""The profile of a PNG that has none but says its gamma and primaries (PNG, section 11.3.2).

As in browsers, the chunk sRGB comes before gAMA and cHRM, and cHRM counts only beside gAMA. The
chunk cICP, of pictures with a high dynamic range, is not read.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_SRGB_GAMMA: Final = 1 / 2.2
_TOLERANCE: Final = 0.01
_GAMMAS: Final = (0.1, 4.0)
_SRGB_PRIMARIES: Final = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
"""x and y of white, red, green and blue."""

_D50: Final = np.array([0.9642, 1.0, 0.8249])
_BRADFORD: Final = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
_SRGB_CURVE: Final = (3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)  # type, parameters


def png_profile(image: Image.Image) -> bytes:
    """Return the ICC profile of what a PNG says in other chunks; empty for sRGB and for nonsense.

    Gammas near 1/2.2 are taken for that of sRGB, as those who write them mean.
    """
    gamma = image.info.get("gamma")
    if image.format != "PNG" or "srgb" in image.info or not isinstance(gamma, float):
        return b""
    primaries = image.info.get("chromaticity", _SRGB_PRIMARIES)
    is_usual = abs(gamma - _SRGB_GAMMA) < _TOLERANCE
    if not _GAMMAS[0] <= gamma <= _GAMMAS[1]:
        return b""
    if is_usual and np.allclose(primaries, _SRGB_PRIMARIES, atol=_TOLERANCE):
        return b""
    try:
        columns = _adapted_to_d50(primaries)
    except (ArithmeticError, np.linalg.LinAlgError):
        return b""
    return _icc_profile(columns, _SRGB_CURVE if is_usual else (0, 1 / gamma))


def _adapted_to_d50(primaries: Sequence[float]) -> NDArray[Any]:
    """Return the XYZ of red, green and blue as columns, under the white of ICC profiles.

    Raises an error for colours that no three lights have.
    """
    white, *lights = (_xyz(*primaries[i : i + 2]) for i in range(0, 8, 2))
    columns = np.stack(lights, 1)
    columns = columns * np.linalg.solve(columns, white)
    gains = (_BRADFORD @ _D50) / (_BRADFORD @ white)
    adapted: NDArray[Any] = np.linalg.solve(_BRADFORD, gains[:, None] * (_BRADFORD @ columns))
    if not np.abs(adapted).max() < 4 or np.linalg.det(adapted) < 1e-3:
        raise ArithmeticError("these are no primaries")
    return adapted


def _xyz(x: float, y: float) -> NDArray[Any]:
    """Return the XYZ of a chromaticity, with Y of 1."""
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _icc_profile(columns: NDArray[Any], curve: Sequence[float]) -> bytes:
    """Return a profile of three primaries and one curve (ICC.1:2010, sections 7 and 8.3)."""
    kind, *parameters = curve
    trc = b"para\0\0\0\0" + struct.pack(">HH", int(kind), 0) + _fixed(parameters)
    tags = {b"wtpt": b"XYZ \0\0\0\0" + _fixed(_D50)}
    for channel, column in zip("rgb", columns.T, strict=True):
        tags[f"{channel}XYZ".encode()] = b"XYZ \0\0\0\0" + _fixed(column)
        tags[f"{channel}TRC".encode()] = trc
    header = bytes(4) + b"\4\x20\0\0mntrRGB XYZ " + bytes(12) + b"acsp" + bytes(28)
    header += _fixed(_D50) + bytes(48)
    table, data, offset = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for name, content in tags.items():
        table += name + struct.pack(">II", offset + len(data), len(content))
        data += content
    whole = header + table + data
    return struct.pack(">I", 4 + len(whole)) + whole


def _fixed(numbers: Sequence[float] | NDArray[Any]) -> bytes:
    """Return numbers as s15Fixed16Number."""
    return struct.pack(f">{len(numbers)}i", *(round(float(n) * 65536) for n in numbers))
