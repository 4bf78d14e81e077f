"""The card of a face: its picture and seed, and buttons to change, lock and reset it."""

from __future__ import annotations

import math
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.edit.edit import Stored, Walk
from explorer.edit.ops import convention_of, with_convention, with_seed
from explorer.gui import widgets
from explorer.gui.context import Ui
from explorer.gui.parts.class_picker import ClassPicker
from explorer.gui.previews import FACES
from explorer.gui.toolkit import palette, texts
from explorer.gui.toolkit.icons import icon
from explorer.gui.toolkit.scale import px
from stylegan_core.conventions import SeedConvention

_SEED_FIELD: Final = 88
_BESIDE_THUMB: Final = 154  # the fields and buttons beside the picture, with the gap
_LARGEST_THUMB: Final = 0.42  # of the width of the panel
_COLOURS: Final = (palette.FACE_A, palette.FACE_B)
_CONVENTIONS: Final = {"ours": "Explorer seeds", "official": "official seeds"}
_CONVENTION_TIP: Final = (
    "Switch between the seeds of this program and those of the official StyleGAN scripts. "
    "The same number gives a different face in each; choose official seeds to find faces that "
    "were published with their seeds."
)


class FaceCard:
    """Shows and changes one source of the edit."""

    def __init__(self, ui: Ui, index: int) -> None:
        model_info = ui.session.model_info
        has_classes = model_info is not None and model_info.c_dim > 1
        self._ui = ui
        self._index = index
        self._name = FACES[index]
        self._tag = f"source.{self._name}"
        self._thumb_side = 0
        self._class_picker = ClassPicker(ui, index, self._name) if has_classes else None

    def draw(self) -> None:
        """Draw the card and, for a conditional model, the fields for its class."""
        with dpg.group(horizontal=True, horizontal_spacing=px(10)):
            self._draw_thumb()
            with dpg.group():
                with dpg.group(horizontal=True, horizontal_spacing=px(10)):
                    self._draw_title()
                with dpg.group(horizontal=True, horizontal_spacing=px(2)):
                    self._draw_controls()
                self._draw_convention()
        if self._class_picker is not None:
            self._class_picker.draw()

    def refresh(self) -> None:
        """Show the source of the current edit."""
        ui, tag, sources = self._ui, self._tag, self._ui.edit.sources
        source = sources[self._index] if self._index < len(sources) else None
        latent = source.latent if source is not None else None
        is_locked = self._index in ui.session.locked_sources
        has_walked = isinstance(latent, Walk) and (latent.dx, latent.dy) != (0.0, 0.0)
        self._fit_thumb()
        widgets.set_switch(ui, f"{tag}.lock", is_locked)
        dpg.configure_item(f"{tag}.lock", label=icon("lock" if is_locked else "lock_open"))
        seed = str(latent.seed) if isinstance(latent, Walk) else "photo"
        widgets.show_seed(ui, f"{tag}.seed", seed)
        widgets.set_enabled(f"{tag}.shuffle", not is_locked)
        widgets.set_enabled(f"{tag}.reset", has_walked and not is_locked)
        dpg.set_value(f"{tag}.walk", _walk_text(latent))
        dpg.configure_item(
            f"{tag}.convention",
            label=_CONVENTIONS["ours" if source is None else convention_of(source)],
            show=isinstance(latent, Walk),
            enabled=not is_locked,
        )
        if self._class_picker is not None:
            self._class_picker.refresh()

    def _draw_thumb(self) -> None:
        with dpg.group() as frame:
            dpg.add_drawlist(16, 16, tag=f"{self._tag}.thumb")
        tip = f"Face {self._name} alone, with the current truncation and noise."
        widgets.tooltip(frame, tip)

    def _fit_thumb(self) -> None:
        """Draw the picture at the size that the panel has room for, if that has changed."""
        room = widgets.inner_width("left")
        side = min(room - px(_BESIDE_THUMB), round(_LARGEST_THUMB * room))
        if side == self._thumb_side:
            return
        self._thumb_side = side
        thumbs, edge, drawing = self._ui.thumbs, px(2), f"{self._tag}.thumb"
        low, high = thumbs.corners(self._name)
        dpg.configure_item(drawing, width=side, height=side)
        dpg.delete_item(drawing, children_only=True)
        dpg.draw_image(
            thumbs.texture,
            (edge, edge),
            (side - edge, side - edge),
            uv_min=low,
            uv_max=high,
            parent=drawing,
        )
        dpg.draw_rectangle(
            (1, 1),
            (side - 1, side - 1),
            color=_COLOURS[self._index],
            thickness=edge,
            rounding=px(4),
            parent=drawing,
        )

    def _draw_title(self) -> None:
        themes = self._ui.theme
        title = dpg.add_text(f"Face {self._name}", tag=f"{self._tag}.title")
        dpg.bind_item_font(title, themes.heading)
        dpg.bind_item_theme(title, (themes.text_a, themes.text_b)[self._index])
        widgets.note(self._ui, "", tag=f"{self._tag}.walk")
        widgets.reset_button(
            self._ui,
            "Go back to where the walk began.",
            self._walk_home,
            tag=f"{self._tag}.reset",
        )

    def _draw_controls(self) -> None:
        ui, tag, name = self._ui, self._tag, self._name
        widgets.seed_field(
            ui,
            f"{tag}.seed",
            self._set_seed,
            width=_SEED_FIELD,
            tip="Type a seed. The same seed always gives the same face.",
        )
        widgets.command_icon(
            ui,
            f"sources.shuffle_{name.lower()}",
            "dices",
            f"Draw another face {name}.",
            tag=f"{tag}.shuffle",
        )
        widgets.command_icon(
            ui,
            f"sources.lock_{name.lower()}",
            "lock_open",
            f"Lock face {name} against other seeds and classes, swapping and walking.",
            tag=f"{tag}.lock",
        )

    def _draw_convention(self) -> None:
        ui = self._ui
        tip = ui.commands.hint("sources.convention", _CONVENTION_TIP)
        item = widgets.text_button("", tip, self._switch_convention, tag=f"{self._tag}.convention")
        dpg.bind_item_theme(item, ui.theme.quiet)
        dpg.bind_item_font(item, ui.theme.small)

    def _set_seed(self, seed: int) -> None:
        latent = self._ui.edit.sources[self._index].latent
        if not isinstance(latent, Walk) or latent.seed != seed:
            self._ui.change(with_seed(self._ui.edit, self._index, seed))

    def _switch_convention(self) -> None:
        current = convention_of(self._ui.edit.sources[self._index])
        other: SeedConvention = "ours" if current == "official" else "official"
        self._ui.change(with_convention(self._ui.edit, self._index, other))
        self._ui.say(texts.SEEDS[other])

    def _walk_home(self) -> None:
        latent = self._ui.edit.sources[self._index].latent
        if isinstance(latent, Walk):
            self._ui.change(with_seed(self._ui.edit, self._index, latent.seed))


def _walk_text(latent: Walk | Stored | None) -> str:
    if isinstance(latent, Stored):
        return "a stored face"
    if latent is None or (latent.dx, latent.dy) == (0.0, 0.0):
        return ""
    return f"walked {math.degrees(math.hypot(latent.dx, latent.dy)):.0f}°"
