"""The snapshots of a run: a slider from the first to the newest, and buttons for steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.gui import widgets
from explorer.gui.context import Ui
from explorer.gui.followed_run import FollowedRun
from explorer.gui.toolkit.icons import label
from explorer.gui.toolkit.numbers import Numbers
from explorer.runs.snapshot import Snapshot

_NONE_YET: Final = "No snapshot yet. The first one opens by itself once it is saved."
_NONE_USABLE: Final = "None of the snapshots can be opened."
_SNAPSHOTS_TIP: Final = (
    "See the model as it was saved during training. The faces, the mix and the noise stay, so the "
    "slider shows how one face develops."
)
_SLIDER_TIP: Final = "Go from the first snapshot, still random, to the newest."


class SnapshotSlider:
    """Chooses the snapshot that the window shows."""

    def __init__(self, ui: Ui) -> None:
        self._ui = ui

    def draw(self) -> None:
        """Draw the heading, the slider and its buttons."""
        with widgets.row(0, widgets.AUTO):
            widgets.heading(self._ui, "Snapshots", _SNAPSHOTS_TIP)
            widgets.command_button(
                self._ui,
                "file.export_growth",
                label("film", "Video"),
                "Write the current picture, snapshot by snapshot, as a video.",
                tag="training.video",
                width=96,
            )
        with (
            dpg.group(tag="training.choice"),
            widgets.row(widgets.BUTTON, 0, widgets.BUTTON, widgets.AUTO),
        ):
            self._draw_step("before", "skip_back", "Show the previous snapshot.")
            widgets.slider(self._ui, "training.slider", _kimg(()), self._choose, tip=_SLIDER_TIP)
            self._draw_step("after", "skip_forward", "Show the next snapshot.")
            widgets.command_button(
                self._ui,
                "model.newest",
                "Newest",
                "Show each new snapshot as it is saved.",
                tag="training.newest",
                width=72,
            )
        widgets.note(self._ui, "", tag="training.none")

    def show(self, run: FollowedRun) -> None:
        """Show which snapshots there are and which of them is open."""
        usable, index = run.usable, run.index
        dpg.configure_item("training.choice", show=bool(usable))
        dpg.configure_item("training.none", show=not usable)
        widgets.set_enabled("training.video", bool(usable))
        if not usable:
            dpg.set_value("training.none", _NONE_USABLE if run.failed else _NONE_YET)
            return
        last = len(usable) - 1
        shown, words = (usable[-1], "another model") if index is None else (usable[index], "")
        widgets.set_numbers("training.slider", _kimg(usable))
        widgets.show_number("training.slider", shown.kimg, words)
        widgets.set_enabled("training.slider", last > 0)
        widgets.set_enabled("training.before", index != 0)
        widgets.set_enabled("training.after", index != last)
        widgets.set_switch(self._ui, "training.newest", run.shows_newest, off=0)

    def _draw_step(self, name: str, picture: str, tip: str) -> None:
        widgets.command_icon(self._ui, f"model.{name}", picture, tip, tag=f"training.{name}")

    def _choose(self, kimg: float) -> None:
        """Show the snapshot that lies nearest."""
        run = self._ui.view.run
        if run is not None:
            distances = [abs(snapshot.kimg - kimg) for snapshot in run.usable]
            run.choose(distances.index(min(distances)) if distances else 0)
            self._ui.stale = True


def _kimg(snapshots: Sequence[Snapshot]) -> Numbers:
    """Return the numbers from the first snapshot to the last."""
    first = snapshots[0].kimg if snapshots else 0
    last = snapshots[-1].kimg if snapshots else 0
    return Numbers(first, max(last, first + 1), digits=0, unit=" kimg", whole=True)
