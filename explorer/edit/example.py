"""The pair of faces that the program first shows."""

from __future__ import annotations

from typing import Final

from explorer.edit.edit import Edit
from explorer.edit.model_info import ModelInfo
from explorer.edit.ops import with_mix, with_seed
from explorer.edit.session import new_edit

FACE_A: Final = 5  # the seeds of two faces of the bundled model: glasses and fair hair,
FACE_B: Final = 37  # blue hair and dark skin
_FROM_B: Final = ("middle", "fine")


def example(model_info: ModelInfo) -> Edit:
    """Return a mix in which A gives pose, hairstyle and glasses, and B most colours."""
    edit = with_seed(with_seed(new_edit(model_info), 0, FACE_A), 1, FACE_B)
    layers = [
        index
        for index, layer in enumerate(model_info.layers)
        if layer.takes_style and layer.group in _FROM_B
    ]
    return with_mix(edit, layers, 1.0)
