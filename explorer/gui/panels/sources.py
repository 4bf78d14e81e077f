"""Sources: the two faces that are mixed, each with its seed."""

from __future__ import annotations

import math
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.edit import Stored, Walk
from explorer.edit_ops import with_seed
from explorer.gui import theme, widgets
from explorer.gui.context import Refresh, Ui
from explorer.gui.icons import icon, label
from explorer.gui.theme import px

NAMES: Final = ("A", "B")
THUMB: Final = 74
_COLOURS: Final = (theme.FACE_A, theme.FACE_B)


def sources(ui: Ui) -> Refresh:
    """Draws the panel."""
    with widgets.row(0, widgets.AUTO):
        widgets.heading(
            ui,
            "Faces",
            "Two faces to mix. The sliders on the right decide which layers come from which.",
        )
        swap = widgets.text_button(
            label("swap", "Swap"),
            ui.commands.hint("sources.swap", "Exchanges the two faces; the sliders stay."),
            ui.commands.runner("sources.swap"),
            tag="sources.swap",
        )
        dpg.bind_item_theme(swap, ui.theme.quiet)
    for index in range(len(NAMES)):
        _card(ui, index)
    return lambda: _refresh(ui)


def _card(ui: Ui, index: int) -> None:
    name = NAMES[index]
    with dpg.group(horizontal=True, horizontal_spacing=px(10)):
        _thumb(ui, index)
        with dpg.group():
            title = dpg.add_text(f"Face {name}", tag=f"source.{name}.title")
            dpg.bind_item_font(title, ui.theme.heading)
            dpg.bind_item_theme(title, (ui.theme.text_a, ui.theme.text_b)[index])
            with dpg.group(horizontal=True, horizontal_spacing=px(2)):
                _controls(ui, index)
            with dpg.group(horizontal=True, horizontal_spacing=px(2)):
                widgets.note(ui, "", tag=f"source.{name}.walk")


def _controls(ui: Ui, index: int) -> None:
    name = NAMES[index]
    widgets.seed_field(
        ui,
        f"source.{name}.seed",
        lambda seed: _set_seed(ui, index, seed),
        width=58,
        tip="The number this face is drawn from: the same number always gives the same face.",
    )
    shuffle = f"sources.shuffle_{name.lower()}"
    widgets.icon_button(
        ui,
        "dices",
        ui.commands.hint(shuffle, f"Another face for {name}."),
        ui.commands.runner(shuffle),
        tag=f"source.{name}.shuffle",
    )
    lock = f"sources.lock_{name.lower()}"
    widgets.icon_button(
        ui,
        "lock_open",
        ui.commands.hint(lock, f"Lock: keeps face {name} when you shuffle, swap or walk."),
        ui.commands.runner(lock),
        tag=f"source.{name}.lock",
    )
    widgets.reset_button(
        ui, "place: where the walk began", lambda: _walk_home(ui, index), tag=f"source.{name}.reset"
    )


def _thumb(ui: Ui, index: int) -> None:
    name, side, (low, high) = NAMES[index], px(THUMB), ui.thumbs.corners(NAMES[index])
    with dpg.group() as frame, dpg.drawlist(side, side, tag=f"source.{name}.thumb"):
        edge = px(2)
        dpg.draw_image(
            ui.thumbs.texture, (edge, edge), (side - edge, side - edge), uv_min=low, uv_max=high
        )
        dpg.draw_rectangle(
            (1, 1), (side - 1, side - 1), color=_COLOURS[index], thickness=edge, rounding=px(4)
        )
    widgets.tooltip(frame, f"Face {name} alone, with the present truncation and noise.")


def _refresh(ui: Ui) -> None:
    edit = ui.edit
    for index, name in enumerate(NAMES):
        latent = edit.sources[index].latent if index < len(edit.sources) else None
        locked = index in ui.session.locked_sources
        widgets.set_switch(ui, f"source.{name}.lock", locked)
        dpg.configure_item(f"source.{name}.lock", label=icon("lock" if locked else "lock_open"))
        widgets.show_value(
            f"source.{name}.seed", str(latent.seed) if isinstance(latent, Walk) else "photo"
        )
        widgets.set_enabled(f"source.{name}.shuffle", not locked)
        walked = isinstance(latent, Walk) and (latent.dx, latent.dy) != (0.0, 0.0)
        widgets.set_enabled(f"source.{name}.reset", walked)
        dpg.set_value(f"source.{name}.walk", _walk_text(latent))


def _walk_text(latent: Walk | Stored | None) -> str:
    if isinstance(latent, Stored):
        return "a stored face"
    if latent is None or (latent.dx, latent.dy) == (0.0, 0.0):
        return ""
    return f"walked {math.degrees(math.hypot(latent.dx, latent.dy)):.0f}°"


def _set_seed(ui: Ui, index: int, seed: int) -> None:
    latent = ui.edit.sources[index].latent
    if not isinstance(latent, Walk) or latent.seed != seed:
        ui.change(with_seed(ui.edit, index, seed))


def _walk_home(ui: Ui, index: int) -> None:
    latent = ui.edit.sources[index].latent
    if isinstance(latent, Walk):
        ui.change(with_seed(ui.edit, index, latent.seed))
