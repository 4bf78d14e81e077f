"""The two faces that are mixed, each with its seed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.edit.edit import Stored, Walk
from explorer.edit.ops import convention_of, with_convention, with_seed
from explorer.gui import widgets
from explorer.gui.context import Refresh, Ui
from explorer.gui.parts.class_picker import ClassPicker
from explorer.gui.previews import FACES
from explorer.gui.toolkit import palette, texts
from explorer.gui.toolkit.icons import icon, label
from explorer.gui.toolkit.scale import px
from stylegan_core.conventions import SeedConvention

_THUMB: Final = 74
_SEED_FIELD: Final = 58
_COLOURS: Final = (palette.FACE_A, palette.FACE_B)
_CONVENTIONS: Final = {"ours": "our seeds", "official": "official seeds"}
_CONVENTION_TIP: Final = (
    "Switch between this program's own seeds and those of the official StyleGAN scripts. "
    "The same number gives a different face in each; choose official seeds to find faces that "
    "were published with their seed."
)


def sources(ui: Ui) -> Refresh:
    """Draw a card for each face and, for a conditional model, what chooses its class."""
    model_info = ui.session.model_info
    has_classes = model_info is not None and model_info.c_dim > 1
    pickers = []
    for index, name in enumerate(FACES):
        _card(ui, index)
        if has_classes:
            pickers.append(ClassPicker(ui, index, name))
            pickers[-1].draw()
    return lambda: _refresh(ui, pickers)


def swap_button(ui: Ui) -> None:
    """Draw the button that exchanges the faces."""
    item = widgets.command_button(
        ui,
        "sources.swap",
        label("swap", "Swap"),
        "Exchange the two faces. The sliders stay.",
        tag="sources.swap",
    )
    dpg.bind_item_theme(item, ui.theme.quiet)


def _card(ui: Ui, index: int) -> None:
    name = FACES[index]
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
            _convention_button(ui, index)


def _thumb(ui: Ui, index: int) -> None:
    name, side, edge = FACES[index], px(_THUMB), px(2)
    low, high = ui.thumbs.corners(name)
    with dpg.group() as frame, dpg.drawlist(side, side, tag=f"source.{name}.thumb"):
        dpg.draw_image(
            ui.thumbs.texture, (edge, edge), (side - edge, side - edge), uv_min=low, uv_max=high
        )
        dpg.draw_rectangle(
            (1, 1), (side - 1, side - 1), color=_COLOURS[index], thickness=edge, rounding=px(4)
        )
    widgets.tooltip(frame, f"Face {name} alone, with the current truncation and noise.")


def _controls(ui: Ui, index: int) -> None:
    name = FACES[index]
    widgets.seed_field(
        ui,
        f"source.{name}.seed",
        lambda seed: _set_seed(ui, index, seed),
        width=_SEED_FIELD,
        tip="Type a seed. The same seed always gives the same face.",
    )
    widgets.command_icon(
        ui,
        f"sources.shuffle_{name.lower()}",
        "dices",
        f"Draw another face {name}.",
        tag=f"source.{name}.shuffle",
    )
    widgets.command_icon(
        ui,
        f"sources.lock_{name.lower()}",
        "lock_open",
        f"Lock face {name}, so that it cannot be drawn anew, swapped, walked or given another "
        "class.",
        tag=f"source.{name}.lock",
    )
    widgets.reset_button(
        ui,
        "Go back to where the walk began.",
        lambda: _walk_home(ui, index),
        tag=f"source.{name}.reset",
    )


def _convention_button(ui: Ui, index: int) -> None:
    item = widgets.text_button(
        "",
        ui.commands.hint("sources.convention", _CONVENTION_TIP),
        lambda: _switch_convention(ui, index),
        tag=f"source.{FACES[index]}.convention",
    )
    dpg.bind_item_theme(item, ui.theme.quiet)
    dpg.bind_item_font(item, ui.theme.small)


def _refresh(ui: Ui, pickers: Sequence[ClassPicker]) -> None:
    for index in range(len(FACES)):
        _refresh_card(ui, index)
    for picker in pickers:
        picker.refresh()


def _refresh_card(ui: Ui, index: int) -> None:
    edit, tag = ui.edit, f"source.{FACES[index]}"
    source = edit.sources[index] if index < len(edit.sources) else None
    latent = source.latent if source is not None else None
    is_locked = index in ui.session.locked_sources
    is_walk = isinstance(latent, Walk)
    has_walked = isinstance(latent, Walk) and (latent.dx, latent.dy) != (0.0, 0.0)
    widgets.set_switch(ui, f"{tag}.lock", is_locked)
    dpg.configure_item(f"{tag}.lock", label=icon("lock" if is_locked else "lock_open"))
    widgets.show_value(f"{tag}.seed", str(latent.seed) if isinstance(latent, Walk) else "photo")
    widgets.set_enabled(f"{tag}.shuffle", not is_locked)
    widgets.set_enabled(f"{tag}.reset", has_walked and not is_locked)
    dpg.set_value(f"{tag}.walk", _walk_text(latent))
    dpg.configure_item(
        f"{tag}.convention",
        label=_CONVENTIONS["ours" if source is None else convention_of(source)],
        show=is_walk,
        enabled=not is_locked,
    )


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


def _switch_convention(ui: Ui, index: int) -> None:
    current = convention_of(ui.edit.sources[index])
    other: SeedConvention = "ours" if current == "official" else "official"
    ui.change(with_convention(ui.edit, index, other))
    ui.say(texts.SEEDS[other])


def _walk_home(ui: Ui, index: int) -> None:
    latent = ui.edit.sources[index].latent
    if isinstance(latent, Walk):
        ui.change(with_seed(ui.edit, index, latent.seed))
