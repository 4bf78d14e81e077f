"""Position: where the picture lies on the endless plane that a StyleGAN 3 paints, and how it is
turned.
"""

from __future__ import annotations

from typing import Final

import dearpygui.dearpygui as dpg

from explorer.edit.edit import Edit
from explorer.edit.ops import transform_of, with_transform
from explorer.gui import widgets
from explorer.gui.context import Refresh, Ui

_COLUMNS: Final = (48, 0, widgets.BUTTON)
_PARTS: Final = (
    ("Across", 0.5, "%.2f", "Moves the picture to the right, below 0 to the left."),
    ("Down", 0.5, "%.2f", "Moves the picture down, below 0 up."),
    ("Turn", 180.0, "%.0f°", "Turns the picture to the left, below 0 to the right."),
)
_UNIT: Final = "1 is as far as the picture is wide."


def takes_transform(ui: Ui) -> bool:
    """Whether the open model can move its picture."""
    model_info = ui.session.model_info
    return model_info is not None and model_info.takes_transform


def position(ui: Ui) -> Refresh:
    """Draws the panel."""
    widgets.heading(
        ui,
        "Position",
        "Moves and turns the face inside the network, so that hair and skin go along with it.",
    )
    with widgets.grid(*_COLUMNS):
        for part in range(len(_PARTS)):
            _row(ui, part)
    return lambda: _refresh(ui)


def _row(ui: Ui, part: int) -> None:
    name, most, form, tip = _PARTS[part]
    tag = _tag(part)
    with dpg.table_row():
        dpg.add_text(name)
        widgets.slider(
            ui,
            tag,
            -most,
            most,
            lambda value: ui.change(_with(ui.edit, part, value), tag),
            tip=tip if name == "Turn" else f"{tip} {_UNIT}",
            form=widgets.BESIDE_GRAB + form,
        )
        widgets.reset_button(
            ui, "place, 0", lambda: ui.change(_with(ui.edit, part, 0.0)), tag=f"{tag}.reset"
        )


def _refresh(ui: Ui) -> None:
    for part, value in enumerate(transform_of(ui.edit)):
        widgets.show_value(_tag(part), value)
        widgets.set_enabled(f"{_tag(part)}.reset", value != 0.0)


def _with(edit: Edit, part: int, value: float) -> Edit:
    numbers = list(transform_of(edit))
    numbers[part] = value
    return with_transform(edit, numbers)


def _tag(part: int) -> str:
    return f"position.{_PARTS[part][0].lower()}"
