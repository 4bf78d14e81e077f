"""The menu bar, made from the commands: each section is a menu."""

from __future__ import annotations

from typing import Final

import dearpygui.dearpygui as dpg

from explorer.gui.context import Refresh, Ui

ALWAYS_HERE: Final = ("auto", "cpu")
SECTIONS: Final = (
    "File",
    "Edit",
    "Faces",
    "Mix",
    "Noise",
    "Truncation",
    "Timeline",
    "View",
    "Model",
    "Device",
    "Help",
)


def menu(ui: Ui) -> Refresh:
    """Draw the menu bar."""
    with dpg.menu_bar(tag="menu"):
        for section in SECTIONS:
            with dpg.menu(label=section, tag=f"menu.{section}") as item:
                _draw_entries(ui, section)
            dpg.bind_item_theme(item, ui.theme.menu)  # the window around it has no padding
    return lambda: _refresh(ui)


def _draw_entries(ui: Ui, section: str) -> None:
    for command in ui.commands:
        if command.section == section:
            dpg.add_menu_item(
                label=command.title,
                shortcut=command.keys[0] if command.keys else "",
                tag=f"menu.{command.name}",
                check=section == "Device",
                callback=ui.commands.runner(command.name),
            )


def _refresh(ui: Ui) -> None:
    is_open = ui.session.model_info is not None
    is_enabled = {
        "edit.undo": ui.session.can_undo,
        "edit.redo": ui.session.can_redo,
        "file.save_png": is_open,
        "file.save_large": is_open,
        "file.save_recipe": is_open,
        "file.export": is_open and bool(ui.session.timeline.keyframes),
        "file.cancel": ui.view.job_id is not None,
        **_run_entries(ui),
    }
    for name, enabled in is_enabled.items():
        dpg.configure_item(f"menu.{name}", enabled=enabled)
    for command in ui.commands:
        if command.section == "Device":
            _refresh_device(ui, f"menu.{command.name}", command.name.removeprefix("device."))


def _refresh_device(ui: Ui, entry: str, device: str) -> None:
    """Tick the device in use, and grey one that is not here, with the reason beside it."""
    absent = ui.view.absent_devices
    if absent is not None:
        reason = absent.get(device, "")
    else:
        reason = "" if device in ALWAYS_HERE else "not known yet"
    dpg.configure_item(entry, enabled=not reason, shortcut=reason)
    dpg.set_value(entry, device == ui.view.device)


def _run_entries(ui: Ui) -> dict[str, bool]:
    """Tell which commands apply to the followed run."""
    run = ui.view.run
    snapshots = run.usable if run is not None else ()
    return {
        "model.pause": run is not None and (run.process == "running" or run.can_resume),
        "model.stop": run is not None and run.can_stop,
        "model.newest": bool(snapshots),
        "model.before": len(snapshots) > 1,
        "model.after": len(snapshots) > 1,
        "file.export_growth": bool(snapshots) and ui.session.model_info is not None,
        "model.unfollow": run is not None,
    }
