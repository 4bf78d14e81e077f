"""Position: where the picture of a StyleGAN 3 lies on its plane, and how it is turned.

A StyleGAN 3 paints an unbounded plane, of which the picture is a window (Karras et al. 2021,
"Alias-Free Generative Adversarial Networks").
"""

from __future__ import annotations

from typing import Final, NamedTuple

import dearpygui.dearpygui as dpg

from explorer.edit.edit import Edit
from explorer.edit.ops import transform_of, with_transform
from explorer.gui import widgets
from explorer.gui.context import Refresh, Ui
from explorer.gui.toolkit.numbers import Numbers

_COLUMNS: Final = (48, 0, widgets.BUTTON)
_WIDTHS: Final = Numbers(-0.5, 0.5, snaps=(0.0,))
_DEGREES: Final = Numbers(-180, 180, digits=0, unit="°", snaps=(0.0,))
_UNIT: Final = "1 is the width of the picture."


class _Axis(NamedTuple):
    """One number of the transform, as a slider."""

    name: str
    numbers: Numbers
    tip: str

    @property
    def tag(self) -> str:
        return f"position.{self.name.lower()}"


_AXES: Final = (
    _Axis("Across", _WIDTHS, f"Move the picture to the right; below 0, to the left. {_UNIT}"),
    _Axis("Down", _WIDTHS, f"Move the picture down; below 0, up. {_UNIT}"),
    _Axis("Turn", _DEGREES, "Turn the picture counterclockwise; below 0, clockwise."),
)


def can_move_picture(ui: Ui) -> bool:
    """Tell whether the open model can move its picture."""
    model_info = ui.session.model_info
    return model_info is not None and model_info.takes_transform


def position(ui: Ui) -> Refresh:
    """Draw a slider for each number of the transform."""
    with widgets.grid(*_COLUMNS):
        for index in range(len(_AXES)):
            _row(ui, index)
    return lambda: _refresh(ui)


def _row(ui: Ui, index: int) -> None:
    axis = _AXES[index]
    with dpg.table_row():
        dpg.add_text(axis.name)
        widgets.slider(
            ui,
            axis.tag,
            axis.numbers,
            lambda value: ui.change(_with_number(ui.edit, index, value), axis.tag),
            tip=axis.tip,
        )
        widgets.reset_button(
            ui,
            "Reset to 0.",
            lambda: ui.change(_with_number(ui.edit, index, 0.0)),
            tag=f"{axis.tag}.reset",
        )


def _refresh(ui: Ui) -> None:
    for axis, value in zip(_AXES, transform_of(ui.edit), strict=True):
        widgets.show_number(axis.tag, value)
        widgets.set_enabled(f"{axis.tag}.reset", value != 0.0)


def _with_number(edit: Edit, index: int, value: float) -> Edit:
    numbers = list(transform_of(edit))
    numbers[index] = value
    return with_transform(edit, numbers)
