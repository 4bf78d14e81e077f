"""The training run that is followed: its progress, snapshots, samples and curves."""

from __future__ import annotations

from typing import Final

import dearpygui.dearpygui as dpg

from explorer.gui import widgets
from explorer.gui.context import Refresh, Ui
from explorer.gui.followed_run import FollowedRun, kimg_text
from explorer.gui.parts.curves import Curves
from explorer.gui.parts.sample_sheet import SampleSheet
from explorer.gui.parts.snapshot_slider import SnapshotSlider
from explorer.gui.toolkit.letters import suits_headings
from explorer.gui.toolkit.scale import px
from explorer.runs.processes import CAN_SUSPEND

_PAUSE: Final = (
    "Pause: stop working at once and free the processor. The memory stays in use, so that training "
    "can resume at once."
    if CAN_SUSPEND
    else "Save and stop, so that the computer is free. Training can resume later."
)
_BUTTONS: Final = (
    ("pause", "model.pause", "pause", _PAUSE),
    ("resume", "model.pause", "play", "Resume training where it was paused or saved."),
    (
        "stop",
        "model.stop",
        "stop",
        "Save and stop. Training can resume later, even after a restart of the computer: follow "
        "the run's folder again.",
    ),
    (
        "unfollow",
        "model.unfollow",
        "close",
        "Stop following. If this window is training the model, it first asks whether that goes on.",
    ),
)


def follows_run(ui: Ui) -> bool:
    """Tell whether a run is followed."""
    return ui.view.run is not None


def training(ui: Ui) -> Refresh:
    """Draw the state of the run, its snapshots, its sample sheet and its curves."""
    snapshots, samples, curves = SnapshotSlider(ui), SampleSheet(ui), Curves(ui)
    _draw_head(ui)
    for part in (snapshots, samples, curves):
        widgets.gap(2)
        part.draw()

    def refresh() -> None:
        run = ui.view.run
        if run is not None:
            _show_head(ui, run)
            snapshots.show(run)
            samples.show(run.state.sheet)
            curves.show(run.state)

    return refresh


def _draw_head(ui: Ui) -> None:
    with widgets.row(0, widgets.AUTO):
        with dpg.group(horizontal=True, horizontal_spacing=px(8)):
            widgets.heading(ui, "", tag="training.name")
            widgets.note(ui, "", tag="training.standing", small=False)
        with dpg.group(horizontal=True, horizontal_spacing=px(2)):
            for name, command, picture, tip in _BUTTONS:
                with dpg.group(tag=f"training.{name}.place"):  # hides its tooltip too
                    widgets.command_icon(ui, command, picture, tip, tag=f"training.{name}")
    dpg.add_progress_bar(tag="training.progress", width=-1, height=px(20))
    widgets.note(ui, "", tag="training.live")


def _show_head(ui: Ui, run: FollowedRun) -> None:
    kimg, total = run.state.kimg, run.state.total_kimg
    done = kimg_text(kimg) if total is None else f"{kimg_text(kimg)} of {kimg_text(total)}"
    dpg.set_value("training.name", run.name)
    font = ui.theme.heading if suits_headings(run.name) else ui.theme.font
    dpg.bind_item_font("training.name", font)
    dpg.set_value("training.standing", run.status_text)
    dpg.set_value("training.progress", kimg / max(total, kimg) if total else 0.0)
    dpg.configure_item("training.progress", overlay=f"{done} kimg")
    dpg.set_value("training.live", run.live_text)
    for name, is_shown in (
        ("pause", run.process == "running"),
        ("resume", run.can_resume),
        ("stop", run.can_stop),
    ):
        dpg.configure_item(f"training.{name}.place", show=is_shown)
