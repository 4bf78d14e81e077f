"""The menu bar, made from the table of commands: a section is a menu."""

from __future__ import annotations

from typing import Final

import dearpygui.dearpygui as dpg

from explorer.gui.context import Refresh, Ui

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
    """Draws the bar."""
    with dpg.menu_bar(tag="menu"):
        for section in SECTIONS:
            with dpg.menu(label=section, tag=f"menu.{section}") as menu:
                _entries(ui, section)
            dpg.bind_item_theme(menu, ui.theme.menu)  # the window around it has no padding
    return lambda: _refresh(ui)


def _entries(ui: Ui, section: str) -> None:
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
    loaded = ui.session.model_info is not None
    ready = {
        "edit.undo": ui.session.can_undo,
        "edit.redo": ui.session.can_redo,
        "file.save_png": loaded,
        "file.save_large": loaded,
        "file.save_recipe": loaded,
        "file.export": loaded and bool(ui.session.timeline.keyframes),
        "file.cancel": ui.view.job_id is not None,
        **_of_run(ui),
    }
    for name, enabled in ready.items():
        dpg.configure_item(f"menu.{name}", enabled=enabled)
    for command in ui.commands:
        if command.section == "Device":
            dpg.set_value(f"menu.{command.name}", command.name == f"device.{ui.view.device}")


def _of_run(ui: Ui) -> dict[str, bool]:
    """What can be asked of the run that is followed."""
    run = ui.view.run
    several = run is not None and len(run.usable) > 1
    return {
        "model.pause": run is not None and (run.own == "running" or run.can_resume),
        "model.stop": run is not None and run.can_stop,
        "model.newest": run is not None and bool(run.usable),
        "model.before": several,
        "model.after": several,
        "file.export_growth": run is not None
        and bool(run.usable)
        and ui.session.model_info is not None,
        "model.unfollow": run is not None,
    }
