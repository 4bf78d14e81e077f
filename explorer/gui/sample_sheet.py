"""The newest sample sheet of a run; a click on a cell opens its face as A."""

from __future__ import annotations

from typing import Final

import dearpygui.dearpygui as dpg
import numpy as np

from explorer.edit.edit import Walk
from explorer.export.snapshot_video import cell_edit
from explorer.gui import widgets
from explorer.gui.context import Ui
from explorer.gui.toolkit import theme
from explorer.gui.toolkit.pointer import Area, Point
from explorer.gui.toolkit.theme import Item, px
from explorer.runs.watch import SHEET_CELLS, SHEET_COLUMNS, Sheet

SHEET: Final = "training.sheet"
_TEXTURES: Final = "training.textures"
_WAITING_HEIGHT: Final = 64  # of the place while there is no sheet


class SampleSheet:
    """A drawing as wide as its `SHEET` item is made by the layout."""

    def __init__(self, ui: Ui) -> None:
        self._ui = ui
        self._sheet: Sheet | None = None  # the one in the texture
        self._texture: Item | None = None
        self._drawn: object = None
        if dpg.does_item_exist(_TEXTURES):
            dpg.delete_item(_TEXTURES, children_only=True)  # of a panel that is no more
        else:
            dpg.add_texture_registry(tag=_TEXTURES)

    def draw(self) -> None:
        ui = self._ui
        widgets.heading(ui, "Samples", tag="training.samples")
        with dpg.group() as frame:
            dpg.add_drawlist(px(100), px(_WAITING_HEIGHT), tag=SHEET)
        ui.pointer.add(Area(SHEET, pressed=self._press))
        widgets.tooltip(
            frame,
            "The same forty faces, drawn anew from time to time. Click one to open it as face A: "
            "its number, psi 0.7, and its noise.",
        )

    def show(self, sheet: Sheet | None) -> None:
        width, chosen = dpg.get_item_width(SHEET) or px(100), self._chosen_cell()
        if (sheet, width, chosen) == self._drawn:
            return
        self._drawn = (sheet, width, chosen)
        words = "Samples" if sheet is None else f"Samples at {sheet.file.kimg} kimg"
        dpg.set_value("training.samples", words)
        dpg.delete_item(SHEET, children_only=True)
        if sheet is None:
            self._draw_waiting(width)
            return
        rows, columns = sheet.picture.shape[:2]
        height = round(width * rows / columns)
        dpg.configure_item(SHEET, height=height)
        old = self._use_picture(sheet)
        dpg.draw_image(self._texture, (0, 0), (width, height), parent=SHEET)
        if old is not None:
            dpg.delete_item(old)
        if chosen is not None:
            self._draw_mark(chosen, width / SHEET_COLUMNS)

    def _draw_waiting(self, width: int) -> None:
        height = px(_WAITING_HEIGHT)
        dpg.configure_item(SHEET, height=height)
        dpg.draw_rectangle(
            (0, 0),
            (width, height),
            fill=theme.GROUND,
            color=theme.CLEAR,
            rounding=px(5),
            parent=SHEET,
        )
        dpg.draw_text(
            (px(14), px(24)), "No sample sheet yet.", size=px(14), color=theme.DIM, parent=SHEET
        )

    def _draw_mark(self, seed: int, side: float) -> None:
        left, top = seed % SHEET_COLUMNS * side, seed // SHEET_COLUMNS * side
        dpg.draw_rectangle(
            (left + 1, top + 1),
            (left + side - 1, top + side - 1),
            color=theme.FACE_A,
            thickness=px(2),
            rounding=px(3),
            parent=SHEET,
        )

    def _use_picture(self, sheet: Sheet) -> Item | None:
        """Puts another sheet into a texture; returns the one before, which nothing shows now."""
        if sheet == self._sheet and self._texture is not None:
            return None
        old, self._sheet = self._texture, sheet
        height, width = sheet.picture.shape[:2]
        pixels = np.ones((height, width, 4), np.float32)
        np.multiply(sheet.picture, np.float32(1 / 255), out=pixels[:, :, :3])
        self._texture = dpg.add_static_texture(width, height, pixels.ravel(), parent=_TEXTURES)
        return old

    def _chosen_cell(self) -> int | None:
        """The cell that face A is, as long as it has not walked away."""
        latent = self._ui.edit.sources[0].latent
        whole = isinstance(latent, Walk) and (latent.dx, latent.dy) == (0.0, 0.0)
        return (
            latent.seed
            if isinstance(latent, Walk) and whole and latent.seed < SHEET_CELLS
            else None
        )

    def _press(self, button: int, at: Point) -> None:
        ui, sheet = self._ui, self._sheet
        width, height = dpg.get_item_rect_size(SHEET)
        if button != 0 or sheet is None or ui.session.model_info is None or not width:
            return
        seed = sheet.seed_at(at[0] / width, at[1] / height)
        if seed is None:
            return
        if 0 in ui.session.locked_sources:
            ui.say("Face A is locked; unlock it to open another one there.")
            return
        ui.change(cell_edit(ui.edit, ui.session.model_info, seed))
        ui.say(f"Face A is number {seed} of the sheet.")
