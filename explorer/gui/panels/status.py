"""The status bar: messages, the progress of an export, the model and the speed of rendering."""

from __future__ import annotations

from typing import Final

import dearpygui.dearpygui as dpg

from explorer.gui import widgets
from explorer.gui.context import Refresh, Ui
from explorer.gui.toolkit import palette, texts
from explorer.gui.toolkit.scale import px
from stylegan_core.durations import duration

_SEPARATOR: Final = "   ·   "


def status(ui: Ui) -> Refresh:
    """Draw the bar."""
    with widgets.row(0, widgets.AUTO, widgets.AUTO):
        item = dpg.add_text("", tag="status.message")
        dpg.bind_item_font(item, ui.theme.small)
        with dpg.group(horizontal=True, horizontal_spacing=px(8), tag="status.job", show=False):
            dpg.add_progress_bar(tag="status.progress", width=px(220), height=px(18))
            cancel = dpg.add_button(
                label="Cancel",
                tag="status.cancel",
                height=px(20),
                callback=ui.commands.runner("file.cancel"),
            )
            dpg.bind_item_theme(cancel, ui.theme.quiet)
            widgets.tooltip(cancel, "Stop the export and delete the unfinished file.")
        widgets.note(ui, "", tag="status.facts")
    return lambda: _refresh(ui)


def _refresh(ui: Ui) -> None:
    view = ui.view
    _show_message(ui)
    dpg.configure_item("status.job", show=view.job_id is not None)
    if view.progress is not None:
        done, total, seconds_left = view.progress
        dpg.set_value("status.progress", done / max(total, 1))
        dpg.configure_item("status.progress", overlay=progress_text(done, total, seconds_left))
    dpg.set_value("status.facts", _model_text(ui))


def _show_message(ui: Ui) -> None:
    message, opacity = ui.messages.shown()
    dpg.set_value("status.message", "" if message is None else message.text)
    if message is not None:
        colour = palette.WARNING if message.is_warning else palette.DIM
        faded = palette.blend(palette.PANEL, colour, opacity)
        dpg.configure_item("status.message", color=faded)


def progress_text(done: int, total: int, seconds_left: float | None) -> str:
    """Return "118 of 600, 0:42 left"."""
    text = f"{done} of {total}"
    return text if seconds_left is None else f"{text}, {duration(seconds_left)} left"


def time_text(ms: float) -> str:
    """Return "3.1 ms", or "31 ms" where tenths no longer matter."""
    return f"{ms:.1f} ms" if ms < 9.95 else f"{ms:.0f} ms"


def _model_text(ui: Ui) -> str:
    model_info, view = ui.session.model_info, ui.view
    if model_info is None:
        return "opening\N{HORIZONTAL ELLIPSIS}" if ui.is_opening else "no model"
    moment = "" if view.run is None else view.run.moment_of(model_info.path)
    parts = [model_info.name + moment, texts.size(model_info.resolution), model_info.device]
    if view.render_ms:
        parts.append(time_text(view.render_ms))
    if view.fps:
        parts.append(f"{view.fps} fps")
    if view.detail:
        parts.append(view.detail)
    return _SEPARATOR.join(parts)
