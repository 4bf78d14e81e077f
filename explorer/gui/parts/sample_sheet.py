"""The newest sample sheet of a run; a click on a cell opens its face as A."""

from __future__ import annotations

from typing import Final

import dearpygui.dearpygui as dpg
import numpy as np

from explorer.edit.edit import Walk
from explorer.edit.sheet_cell import cell_edit
from explorer.gui import widgets
from explorer.gui.context import Ui
from explorer.gui.toolkit import palette
from explorer.gui.toolkit.pointer import Area, Point
from explorer.gui.toolkit.scale import px
from explorer.gui.toolkit.theme import Item
from explorer.runs.snapshot import Sheet
from stylegan_core.sample_sheet import COLUMNS, PSI, SEEDS

_SHEET: Final = "training.sheet"
_TEXTURES: Final = "training.textures"
_EMPTY_HEIGHT: Final = 64
_SCROLLBAR: Final = 12
_TIP: Final = (
    f"The same {len(SEEDS)} faces, drawn again from time to time. Click one to open it as face A, "
    f"with its seed, psi {PSI:g} and its noise."
)


class SampleSheet:
    """Draws the sheet as wide as the panel."""

    def __init__(self, ui: Ui) -> None:
        self._ui = ui
        self._sheet: Sheet | None = None  # the one in the texture
        self._texture: Item | None = None
        self._drawn: object = None
        if dpg.does_item_exist(_TEXTURES):
            dpg.delete_item(_TEXTURES, children_only=True)  # of a panel that has been drawn again
        else:
            dpg.add_texture_registry(tag=_TEXTURES)

    def draw(self) -> None:
        """Draw the heading and an empty sheet."""
        widgets.heading(self._ui, "Samples", tag="training.samples")
        with dpg.group() as frame:
            dpg.add_drawlist(px(100), px(_EMPTY_HEIGHT), tag=_SHEET)
        widgets.tooltip(frame, _TIP)
        self._ui.pointer.add(Area(_SHEET, pressed=self._press))

    def show(self, sheet: Sheet | None) -> None:
        """Draw the sheet again if it, its width or the marked cell has changed."""
        width, marked = widgets.inner_width("right", _SCROLLBAR), self._marked_cell()
        if (sheet, width, marked) == self._drawn:
            return
        self._drawn = (sheet, width, marked)
        title = "Samples" if sheet is None else f"Samples at {sheet.file.kimg} kimg"
        dpg.set_value("training.samples", title)
        dpg.delete_item(_SHEET, children_only=True)
        if sheet is None:
            self._draw_empty(width)
        else:
            self._draw_sheet(sheet, width, marked)

    def _draw_empty(self, width: int) -> None:
        height = px(_EMPTY_HEIGHT)
        dpg.configure_item(_SHEET, width=width, height=height)
        dpg.draw_rectangle(
            (0, 0),
            (width, height),
            fill=palette.GROUND,
            color=palette.CLEAR,
            rounding=px(5),
            parent=_SHEET,
        )
        dpg.draw_text(
            (px(14), px(24)), "No sample sheet yet.", size=px(14), color=palette.DIM, parent=_SHEET
        )

    def _draw_sheet(self, sheet: Sheet, width: int, marked: int | None) -> None:
        rows, columns = sheet.picture.shape[:2]
        height = round(width * rows / columns)
        dpg.configure_item(_SHEET, width=width, height=height)
        previous = self._use_picture(sheet)
        dpg.draw_image(self._texture, (0, 0), (width, height), parent=_SHEET)
        if previous is not None:
            dpg.delete_item(previous)
        if marked is not None:
            self._draw_mark(marked, width / COLUMNS)

    def _draw_mark(self, seed: int, side: float) -> None:
        left, top = seed % COLUMNS * side, seed // COLUMNS * side
        dpg.draw_rectangle(
            (left + 1, top + 1),
            (left + side - 1, top + side - 1),
            color=palette.FACE_A,
            thickness=px(2),
            rounding=px(3),
            parent=_SHEET,
        )

    def _use_picture(self, sheet: Sheet) -> Item | None:
        """Put a sheet into a texture; return the previous one, which nothing shows any more."""
        if sheet == self._sheet and self._texture is not None:
            return None
        previous, self._sheet = self._texture, sheet
        height, width = sheet.picture.shape[:2]
        pixels = np.ones((height, width, 4), np.float32)
        np.multiply(sheet.picture, np.float32(1 / 255), out=pixels[:, :, :3])
        self._texture = dpg.add_static_texture(width, height, pixels.ravel(), parent=_TEXTURES)
        return previous

    def _marked_cell(self) -> int | None:
        """Return the cell that shows face A, unless that face has walked away."""
        latent = self._ui.edit.sources[0].latent
        if not isinstance(latent, Walk) or (latent.dx, latent.dy) != (0.0, 0.0):
            return None
        return latent.seed if latent.seed in SEEDS else None

    def _press(self, button: int, at: Point) -> None:
        ui, sheet = self._ui, self._sheet
        width, height = dpg.get_item_rect_size(_SHEET)
        if button != dpg.mvMouseButton_Left or sheet is None or not width:
            return
        seed = sheet.seed_at(at[0] / width, at[1] / height)
        if seed is None or ui.session.model_info is None:
            return
        if 0 in ui.session.locked_sources:
            ui.say("Face A is locked. Unlock it to open another one there.")
            return
        ui.change(cell_edit(ui.edit, ui.session.model_info, seed))
        ui.say(f"Face A is number {seed} of the sample sheet.")
