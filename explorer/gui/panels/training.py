"""The run that is followed: how far it is, its snapshots, its sample sheet and its curves."""

from __future__ import annotations

from typing import Final

import dearpygui.dearpygui as dpg

from explorer.gui import widgets
from explorer.gui.context import Refresh, Ui
from explorer.gui.followed_run import FollowedRun, kimg_text
from explorer.gui.sample_sheet import SampleSheet
from explorer.gui.toolkit import theme
from explorer.gui.toolkit.icons import label
from explorer.gui.toolkit.theme import px
from explorer.runs.processes import CAN_SUSPEND
from stylegan_core.log_record import LogRecord

_PLOT_HEIGHT: Final = 104
_CURVES: Final = (
    (
        "Losses",
        (("loss_g", "G", theme.FACE_A), ("loss_d", "D", theme.FACE_B)),
        "How far the generator (G) and the discriminator (D) are from having won. "
        "Neither should run away from the other.",
    ),
    (
        "D(real) - D(fake)",
        (("gap", "", theme.ACCENT),),
        "How well the discriminator tells pictures from imitations. Near 1 both learn; "
        "far above it the imitations are found out too easily.",
    ),
    (
        "R1",
        (("r1", "", theme.ACCENT),),
        "How steep the discriminator is at real pictures. When it climbs for long, "
        "a larger r1_gamma helps.",
    ),
    (
        "Images per second",
        (("images_per_s", "", theme.ACCENT),),
        "The speed of training. It falls as the resolution grows.",
    ),
    (
        "Augmentation p",
        (("ada_p", "", theme.ACCENT),),
        "How often pictures are altered before the discriminator sees them. It rises by itself "
        "while the pictures are too few and are being learnt by heart.",
    ),
)

_PAUSE: Final = (
    "Pauses: the work stops at once and the processor is free. The memory stays taken, "
    "so that it can resume at once."
    if CAN_SUSPEND
    else "Saves and ends, which leaves the machine to others; it can go on later."
)
_BUTTONS: Final = (
    ("pause", "model.pause", "pause", _PAUSE),
    ("resume", "model.pause", "play", "Resumes training where it was paused or saved."),
    (
        "stop",
        "model.stop",
        "stop",
        "Stops: saves and ends. It can go on later from there, also after the machine was off: "
        "follow the run's folder again.",
    ),
    (
        "unfollow",
        "model.unfollow",
        "close",
        "Stop following. Training that was started here may go on by itself, "
        "or is saved and stopped.",
    ),
)


def training(ui: Ui) -> Refresh:
    """Draws the panel; it is there while a run is followed."""
    panel = _Training(ui)
    panel.draw()
    return panel.refresh


class _Training:
    def __init__(self, ui: Ui) -> None:
        self._ui = ui
        self._lines: tuple[LogRecord, ...] | None = None  # those that the curves show
        self._sheet = SampleSheet(ui)

    def draw(self) -> None:
        self._head()
        widgets.gap(2)
        self._snapshots()
        widgets.gap(2)
        self._sheet.draw()
        widgets.gap(2)
        self._curves()

    def refresh(self) -> None:
        run = self._ui.view.run
        if run is None:
            return
        self._show_head(run)
        self._show_snapshots(run)
        self._sheet.show(run.state.sheet)
        if run.state.lines is not self._lines:
            self._lines = run.state.lines
            self._show_curves(run)

    # How far it is -------------------------------------------------------------------------

    def _head(self) -> None:
        ui = self._ui
        with widgets.row(0, widgets.AUTO):
            with dpg.group(horizontal=True, horizontal_spacing=px(8)):
                widgets.heading(ui, "", tag="training.name")
                widgets.note(ui, "", tag="training.standing", small=False)
            with dpg.group(horizontal=True, horizontal_spacing=px(2)):
                for name, command, picture, words in _BUTTONS:
                    with dpg.group(tag=f"training.{name}.place"):  # hides its tooltip too
                        widgets.icon_button(
                            ui,
                            picture,
                            ui.commands.hint(command, words),
                            ui.commands.runner(command),
                            tag=f"training.{name}",
                        )
        dpg.add_progress_bar(tag="training.progress", width=-1, height=px(20))
        widgets.note(ui, "", tag="training.live")

    def _show_head(self, run: FollowedRun) -> None:
        state = run.state
        dpg.set_value("training.name", run.name)
        dpg.set_value("training.standing", run.standing)
        far = f"{kimg_text(state.kimg)} kimg"
        if state.total_kimg is not None:
            far = f"{kimg_text(state.kimg)} of {kimg_text(state.total_kimg)} kimg"
        dpg.set_value("training.progress", state.kimg / max(state.total_kimg or 0, state.kimg, 1))
        dpg.configure_item("training.progress", overlay=far)
        dpg.set_value("training.live", run.live_line)
        for name, is_there in (
            ("pause", run.own == "running"),
            ("resume", run.can_resume),
            ("stop", run.can_stop),
        ):
            dpg.configure_item(f"training.{name}.place", show=is_there)

    # Snapshots -----------------------------------------------------------------------------

    def _snapshots(self) -> None:
        ui = self._ui
        with widgets.row(0, widgets.AUTO):
            widgets.heading(
                ui,
                "Snapshots",
                "The model as it was saved on its way. The faces, the mix and the noise stay "
                "as they are: move the slider to watch one face grow.",
            )
            widgets.text_button(
                label("film", "Growth"),
                ui.commands.hint(
                    "file.export_growth",
                    "Writes the present picture, snapshot by snapshot, as a video.",
                ),
                ui.commands.runner("file.export_growth"),
                tag="training.growth",
                width=96,
            )
        with dpg.group(tag="training.choice"), widgets.row(26, 0, 26, widgets.AUTO):
            self._step("before", "skip_back", "The snapshot before.")
            slider = (
                dpg.add_slider_float(  # one of whole numbers would have a grab as wide as a step
                    tag="training.slider",
                    width=-1,
                    clamped=True,
                    no_input=True,
                    callback=lambda _s, value, _d: self._choose(round(value)),
                )
            )
            widgets.tooltip(slider, "From the first snapshot, all chance, to the newest.")
            self._step("after", "skip_forward", "The snapshot after.")
            widgets.text_button(
                "Newest",
                ui.commands.hint("model.newest", "Shows each new snapshot as it is saved."),
                ui.commands.runner("model.newest"),
                tag="training.newest",
                width=72,
            )
        widgets.note(ui, "", tag="training.none")

    def _step(self, name: str, picture: str, words: str) -> None:
        commands = self._ui.commands
        widgets.icon_button(
            self._ui,
            picture,
            commands.hint(f"model.{name}", words),
            commands.runner(f"model.{name}"),
            tag=f"training.{name}",
        )

    def _choose(self, index: int) -> None:
        run = self._ui.view.run
        if run is not None:
            run.choose(index)
            self._ui.stale = True

    def _show_snapshots(self, run: FollowedRun) -> None:
        usable, index = run.usable, run.index
        dpg.configure_item("training.choice", show=bool(usable))
        dpg.configure_item("training.none", show=not usable)
        widgets.set_enabled("training.growth", bool(usable))
        if not usable:
            problem = "None of the snapshots can be opened." if run.failed else _NONE_YET
            dpg.set_value("training.none", problem)
            return
        last = len(usable) - 1
        words = "another model" if index is None else f"{usable[index].kimg} kimg"
        dpg.configure_item("training.slider", max_value=max(last, 1), format=words)
        widgets.set_enabled("training.slider", last > 0)
        widgets.show_value("training.slider", last if index is None else index)
        widgets.set_enabled("training.before", index != 0)
        widgets.set_enabled("training.after", index != last)
        widgets.set_switch(self._ui, "training.newest", run.pinned, rest=0)

    # Curves --------------------------------------------------------------------------------

    def _curves(self) -> None:
        widgets.heading(self._ui, "Curves", "Over thousands of images shown (kimg).")
        with dpg.table(header_row=False, policy=dpg.mvTable_SizingStretchSame, no_pad_outerX=True):
            dpg.add_table_column()
            dpg.add_table_column()
            for first in range(0, len(_CURVES), 2):
                with dpg.table_row():
                    for curve in _CURVES[first : first + 2]:
                        with dpg.group(tag=f"training.{curve[1][0][0]}.place"):
                            self._plot(*curve)

    def _plot(
        self, title: str, columns: tuple[tuple[str, str, theme.Colour], ...], tip: str
    ) -> None:
        ui = self._ui
        with dpg.group(horizontal=True, horizontal_spacing=px(6)):
            widgets.tooltip(widgets.note(ui, title), tip)
            for column, _, colour in columns:
                value = dpg.add_text("", tag=f"training.{column}.value", color=colour)
                dpg.bind_item_font(value, ui.theme.small)
        with dpg.plot(
            width=-1,
            height=px(_PLOT_HEIGHT),
            no_inputs=True,
            no_menus=True,
            no_mouse_pos=True,
            no_title=True,
            tag=f"training.plot.{columns[0][0]}",
        ) as plot:
            dpg.bind_item_theme(plot, ui.theme.plot)
            dpg.bind_item_font(plot, ui.theme.small)
            dpg.add_plot_axis(dpg.mvXAxis, tag=f"training.{columns[0][0]}.x")
            with dpg.plot_axis(dpg.mvYAxis, tag=f"training.{columns[0][0]}.y"):
                for column, _, colour in columns:
                    series = dpg.add_line_series([], [], tag=f"training.{column}.series")
                    dpg.bind_item_theme(series, ui.theme.lines[colour])

    def _show_curves(self, run: FollowedRun) -> None:
        for _, columns, _ in _CURVES:
            first = columns[0][0]
            known = any(first in line for line in run.state.lines)
            dpg.configure_item(f"training.{first}.place", show=known)
            for column, short, _ in columns:
                xs, ys = run.state.curve(column)
                dpg.set_value(f"training.{column}.series", [xs, ys])
                last = run.state.newest(column)
                shown = "" if last is None else f"{short} {last:.3g}".strip()
                dpg.set_value(f"training.{column}.value", shown)
            for axis in "xy":
                dpg.fit_axis_data(f"training.{first}.{axis}")


_NONE_YET: Final = "No snapshot yet: the first one opens by itself once it is saved."
