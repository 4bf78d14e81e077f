"""The status bar: messages, the progress of an export, and what the machine is doing."""

from __future__ import annotations

import dearpygui.dearpygui as dpg

from explorer.gui import widgets
from explorer.gui.context import Refresh, Ui
from explorer.gui.toolkit import texts
from explorer.gui.toolkit.theme import px


def status(ui: Ui) -> Refresh:
    """Draws the panel."""
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
            widgets.tooltip(cancel, "Stops the export and leaves no file behind.")
        widgets.note(ui, "", tag="status.facts")
    return lambda: _refresh(ui)


def _refresh(ui: Ui) -> None:
    view = ui.view
    dpg.set_value("status.message", view.status)
    dpg.bind_item_theme(
        "status.message", ui.theme.warning_text if view.status_is_warning else ui.theme.dim_text
    )
    dpg.configure_item("status.job", show=view.job_id is not None)
    if view.progress is not None:
        done, total, left = view.progress
        dpg.set_value("status.progress", done / max(total, 1))
        dpg.configure_item("status.progress", overlay=progress_text(done, total, left))
    dpg.set_value("status.facts", _model_text(ui))


def progress_text(done: int, total: int, seconds_left: float | None) -> str:
    """ "118 of 600, 0:42 left"."""
    text = f"{done} of {total}"
    if seconds_left is None:
        return text
    return f"{text}, {int(seconds_left) // 60}:{int(seconds_left) % 60:02d} left"


def time_text(ms: float) -> str:
    """ "3.1 ms", and "31 ms" where tenths say nothing."""
    return f"{ms:.1f} ms" if ms < 9.95 else f"{ms:.0f} ms"


def _model_text(ui: Ui) -> str:
    model_info = ui.session.model_info
    if model_info is None:
        return "no model"
    run = ui.view.run
    name = model_info.name if run is None else f"{model_info.name}{run.moment_of(model_info.path)}"
    parts = [name, texts.size(model_info.resolution), model_info.device]
    if ui.view.render_ms:
        parts.append(time_text(ui.view.render_ms))
    if ui.view.fps:
        parts.append(f"{ui.view.fps} fps")
    if ui.view.detail:
        parts.append(ui.view.detail)
    return "   ·   ".join(parts)
