"""The line of the Train dialog that says how long the run would take on this computer."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.gui.context import Ui
from explorer.gui.toolkit.background import Post, in_background
from explorer.gui.toolkit.letters import shown
from explorer.runs.estimate import Measurement, estimate_text, without_length
from explorer.runs.train_options import TrainOptions, spare_threads
from stylegan_core.errors import UserError
from stylegan_core.training.run_cost import RunCost

TAG: Final = "train.estimate"
_REST_S: Final = 0.8  # options that have not changed for this long are measured
_MEASURING: Final = "Timing a few steps to tell how long this takes\N{HORIZONTAL ELLIPSIS}"


class EstimateLine:
    """Lets a few steps be timed whenever options come to rest. Lengths need no new timing."""

    def __init__(self, ui: Ui, post: Post) -> None:
        self._ui = ui
        self._post = post
        self._known: dict[TrainOptions, RunCost | str] = {}  # a cost, or why there is none
        self._wanted: TrainOptions | None = None
        self._wanted_since_s = 0.0
        self._measurement: Measurement | None = None

    def draw(self) -> None:
        """Add the line to the current container."""
        dpg.bind_item_theme(dpg.add_text("", tag=TAG, wrap=0), self._ui.theme.dim_text)

    def watch(self, options: TrainOptions | None, now: float) -> None:
        """Show how long these options take, as soon as that is known; None for unreadable ones."""
        wanted = None if options is None else without_length(options)
        if wanted != self._wanted:
            self._wanted = wanted
            self._wanted_since_s = now
            self._stop()
        if options is None or wanted is None:
            self._say("")
        elif wanted in self._known:
            known = self._known[wanted]
            self._say(known if isinstance(known, str) else estimate_text(known, options.kimg))
        elif now - self._wanted_since_s < _REST_S:
            self._say(_MEASURING)
        elif self._measurement is None:
            self._measure(wanted)

    def close(self) -> None:
        """End what is being measured, because the dialog was closed."""
        self._wanted = None
        self._stop()

    def _measure(self, options: TrainOptions) -> None:
        measurement = Measurement(options, spare_threads())
        self._measurement = measurement
        in_background(
            measurement.run, self._post, lambda future: self._measured(measurement, future)
        )

    def _measured(self, measurement: Measurement, future: Future[RunCost]) -> None:
        if measurement is not self._measurement:
            return  # it was stopped
        self._measurement = None
        try:
            self._known[measurement.options] = future.result()
        except UserError as error:
            self._known[measurement.options] = shown(str(error))

    def _stop(self) -> None:
        if self._measurement is not None:
            self._measurement.stop()
            self._measurement = None

    def _say(self, text: str) -> None:
        if dpg.get_value(TAG) != text:
            dpg.set_value(TAG, text)
            self._ui.stale = True
