"""Sources: the two faces that are mixed, each with its seed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.edit.edit import Stored, Walk
from explorer.edit.ops import convention_of, with_convention, with_seed
from explorer.gui import widgets
from explorer.gui.class_picker import ClassPicker
from explorer.gui.context import Refresh, Ui
from explorer.gui.toolkit import texts, theme
from explorer.gui.toolkit.icons import icon, label
from explorer.gui.toolkit.theme import px
from stylegan_core.conventions import SeedConvention

NAMES: Final = ("A", "B")
THUMB: Final = 74
_COLOURS: Final = (theme.FACE_A, theme.FACE_B)
_SEEDS: Final = {"ours": "our seeds", "official": "official seeds"}
_SEEDS_TIP: Final = (
    "Which list of faces the number counts in: the one of the official StyleGAN scripts, where you "
    "find the faces you know by their seeds from elsewhere, or our own. The same number is another "
    "face in each. Click to switch."
)


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
    model_info = ui.session.model_info
    pickers = []
    for index, name in enumerate(NAMES):
        _card(ui, index)
        if model_info is not None and model_info.c_dim > 1:
            pickers.append(ClassPicker(ui, index, name))
            pickers[-1].draw()
    return lambda: _refresh(ui, pickers)


def _card(ui: Ui, index: int) -> None:
    name = NAMES[index]
    with dpg.group(horizontal=True, horizontal_spacing=px(10)):
        _thumb(ui, index)
        with dpg.group():
            with dpg.group(horizontal=True, horizontal_spacing=px(10)):
                title = dpg.add_text(f"Face {name}", tag=f"source.{name}.title")
                dpg.bind_item_font(title, ui.theme.heading)
                dpg.bind_item_theme(title, (ui.theme.text_a, ui.theme.text_b)[index])
                widgets.note(ui, "", tag=f"source.{name}.walk")
            with dpg.group(horizontal=True, horizontal_spacing=px(2)):
                _controls(ui, index)
            _convention(ui, index)


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
        ui.commands.hint(
            lock,
            f"Lock: keeps face {name} as it is: no shuffle, swap, walk, "
            "other class or list of seeds.",
        ),
        ui.commands.runner(lock),
        tag=f"source.{name}.lock",
    )
    widgets.reset_button(
        ui, "place: where the walk began", lambda: _walk_home(ui, index), tag=f"source.{name}.reset"
    )


def _convention(ui: Ui, index: int) -> None:
    item = widgets.text_button(
        "",
        ui.commands.hint("sources.convention", _SEEDS_TIP),
        lambda: _switch_seeds(ui, index),
        tag=f"source.{NAMES[index]}.convention",
    )
    dpg.bind_item_theme(item, ui.theme.quiet)
    dpg.bind_item_font(item, ui.theme.small)


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


def _refresh(ui: Ui, pickers: Sequence[ClassPicker]) -> None:
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
        widgets.set_enabled(f"source.{name}.reset", walked and not locked)
        dpg.set_value(f"source.{name}.walk", _walk_text(latent))
        convention = convention_of(edit.sources[index]) if latent is not None else "ours"
        dpg.configure_item(
            f"source.{name}.convention",
            label=_SEEDS[convention],
            show=isinstance(latent, Walk),
            enabled=not locked,
        )
    for picker in pickers:
        picker.refresh()


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


def _switch_seeds(ui: Ui, index: int) -> None:
    now = convention_of(ui.edit.sources[index])
    other: SeedConvention = "ours" if now == "official" else "official"
    ui.change(with_convention(ui.edit, index, other))
    ui.say(texts.SEEDS[other])


def _walk_home(ui: Ui, index: int) -> None:
    latent = ui.edit.sources[index].latent
    if isinstance(latent, Walk):
        ui.change(with_seed(ui.edit, index, latent.seed))
