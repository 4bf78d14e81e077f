"""The curves of a training run: small plots, two in a row, over thousands of images (kimg)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.gui import widgets
from explorer.gui.context import Ui
from explorer.gui.toolkit import palette
from explorer.gui.toolkit.scale import px
from explorer.runs.run_state import RunState
from stylegan_core.log_record import LogRecord

_PLOT_HEIGHT: Final = 104
_PLOTS_PER_ROW: Final = 2


@dataclass(frozen=True)
class Curve:
    """A column of the log, drawn as a line."""

    column: str
    name: str  # before its newest value; empty where a plot has one curve
    colour: palette.Colour


@dataclass(frozen=True)
class Plot:
    """Curves that share their axes. The plot is hidden while the log lacks the first column."""

    title: str
    curves: tuple[Curve, ...]
    tip: str

    @property
    def tag(self) -> str:
        """The stem of the tags."""
        return f"training.{self.curves[0].column}"


PLOTS: Final = (
    Plot(
        "Losses",
        (Curve("loss_g", "G", palette.FACE_A), Curve("loss_d", "D", palette.FACE_B)),
        "The losses of the generator (G) and the discriminator (D). Neither should run away from "
        "the other.",
    ),
    Plot(
        "D(real) - D(fake)",
        (Curve("gap", "", palette.ACCENT),),
        "How well the discriminator tells real pictures from generated ones. Near 1 both learn; "
        "far above 1 it wins too easily.",
    ),
    Plot(
        "R1",
        (Curve("r1", "", palette.ACCENT),),
        "How steep the discriminator is at real pictures. If it climbs for long, increase "
        "r1_gamma.",
    ),
    Plot(
        "Images per second",
        (Curve("images_per_s", "", palette.ACCENT),),
        "The speed of training. It falls as the resolution grows.",
    ),
    Plot(
        "Augmentation p",
        (Curve("ada_p", "", palette.ACCENT),),
        "How often pictures are altered before the discriminator sees them. It rises by itself "
        "when there are too few pictures and the discriminator starts to memorise them.",
    ),
)


class Curves:
    """Draws the plots and fills them from the log of a run."""

    def __init__(self, ui: Ui) -> None:
        self._ui = ui
        self._records: tuple[LogRecord, ...] | None = None  # those that the plots show

    def draw(self) -> None:
        """Draw empty plots."""
        widgets.heading(
            self._ui, "Curves", "Show how training goes, by thousands of images (kimg)."
        )
        with dpg.table(header_row=False, policy=dpg.mvTable_SizingStretchSame, no_pad_outerX=True):
            for _ in range(_PLOTS_PER_ROW):
                dpg.add_table_column()
            for first in range(0, len(PLOTS), _PLOTS_PER_ROW):
                with dpg.table_row():
                    for plot in PLOTS[first : first + _PLOTS_PER_ROW]:
                        with dpg.group(tag=f"{plot.tag}.place"):
                            self._draw_title(plot)
                            self._draw_plot(plot)

    def show(self, state: RunState) -> None:
        """Show the log of a run, if it has grown."""
        if state.records is self._records:
            return
        self._records = state.records
        for plot in PLOTS:
            is_known = any(plot.curves[0].column in record for record in state.records)
            dpg.configure_item(f"{plot.tag}.place", show=is_known)
            for curve in plot.curves:
                self._show_curve(curve, state)
            for axis in "xy":
                dpg.fit_axis_data(f"{plot.tag}.{axis}")

    def _draw_title(self, plot: Plot) -> None:
        with dpg.group(horizontal=True, horizontal_spacing=px(6)):
            widgets.tooltip(widgets.note(self._ui, plot.title), plot.tip)
            for curve in plot.curves:
                tag = f"training.{curve.column}.value"
                dpg.bind_item_font(
                    dpg.add_text("", tag=tag, color=curve.colour), self._ui.theme.small
                )

    def _draw_plot(self, plot: Plot) -> None:
        themes = self._ui.theme
        with dpg.plot(
            width=-1,
            height=px(_PLOT_HEIGHT),
            no_inputs=True,
            no_menus=True,
            no_mouse_pos=True,
            no_title=True,
            tag=f"training.plot.{plot.curves[0].column}",
        ) as item:
            dpg.bind_item_theme(item, themes.plot)
            dpg.bind_item_font(item, themes.small)
            dpg.add_plot_axis(dpg.mvXAxis, tag=f"{plot.tag}.x")
            with dpg.plot_axis(dpg.mvYAxis, tag=f"{plot.tag}.y"):
                for curve in plot.curves:
                    series = dpg.add_line_series([], [], tag=f"training.{curve.column}.series")
                    dpg.bind_item_theme(series, themes.lines[curve.colour])

    def _show_curve(self, curve: Curve, state: RunState) -> None:
        kimgs, values = state.curve(curve.column)
        dpg.set_value(f"training.{curve.column}.series", [kimgs, values])
        newest = state.newest(curve.column)
        text = "" if newest is None else f"{curve.name} {newest:.3g}".strip()
        dpg.set_value(f"training.{curve.column}.value", text)
