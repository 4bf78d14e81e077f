"""The notes under the fields of the Train dialog: how long a run takes, and what is wrong."""

from __future__ import annotations

from typing import Final

import dearpygui.dearpygui as dpg

from explorer.gui.context import Ui
from explorer.gui.dialogs.train_estimate import TAG as ESTIMATE
from explorer.gui.dialogs.train_estimate import EstimateLine
from explorer.gui.toolkit.background import Post
from explorer.gui.toolkit.letters import shown
from explorer.gui.toolkit.scale import px
from explorer.runs.train_options import TrainOptions

_ANSWER: Final = "train.problem"
_ESTIMATE_HEIGHT: Final = 44
_ANSWER_HEIGHT: Final = 50


class TrainNotes:
    """Shows the estimate, and below it the answer to *Train*.

    A refusal is about the options as they were: it goes once they change, and the estimate, which
    would say the same of them, is silent until then.
    """

    def __init__(self, ui: Ui, post: Post) -> None:
        self._ui = ui
        self._estimate = EstimateLine(ui, post)
        self._is_refusal = False
        self._refused: TrainOptions | None = None  # None for a length that is not a number

    def draw(self) -> None:
        """Add the lines, empty, to the current container."""
        self._is_refusal = False
        with dpg.child_window(height=px(_ESTIMATE_HEIGHT), border=False):
            self._estimate.draw()
        with dpg.child_window(height=px(_ANSWER_HEIGHT), border=False):
            dpg.add_text("", tag=_ANSWER, wrap=0)

    @staticmethod
    def are_shown() -> bool:
        """Tell whether the dialog is open."""
        return bool(dpg.does_item_exist(ESTIMATE))

    def watch(self, options: TrainOptions | None, now: float) -> None:
        """Follow the options in the fields; None where they cannot be read."""
        if self._is_refusal and options != self._refused:
            self.answer("")
            self._ui.stale = True
        self._estimate.watch(None if self._is_refusal else options, now)

    def answer(self, text: str) -> None:
        """Say how far the answer to *Train* is."""
        self._is_refusal = False
        self._show(text, self._ui.theme.dim_text)

    def refuse(self, reason: str, options: TrainOptions | None) -> None:
        """Say what is wrong with the options in the fields."""
        self._is_refusal = True
        self._refused = options
        self._show(reason, self._ui.theme.warning_text)

    def close(self) -> None:
        """End what is being measured, because the dialog was closed."""
        self._estimate.close()

    def _show(self, text: str, theme: int | str) -> None:
        dpg.set_value(_ANSWER, shown(text))
        dpg.bind_item_theme(_ANSWER, theme)
