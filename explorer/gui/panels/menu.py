"""The menu bar, made from the commands: each section is a menu."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.gui.changes import NoiseChanges
from explorer.gui.context import Refresh, Ui
from explorer.gui.noise_presets import PRESETS, NoisePreset

ALWAYS_HERE: Final = ("auto", "cpu")
_GAP: Final = " " * 4  # between an entry and its key, which Dear PyGui puts close to each other
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


_BEGIN_A_GROUP: Final = frozenset(
    (
        *("session.new", "file.save_png", "file.export", "file.quit", "edit.reset"),
        *("sources.swap", "sources.lock_a", "sources.class_a", "mix.reset", "noise.preset_all"),
        *("psi.reset", "timeline.auto_key", "timeline.play", "timeline.loop", "view.heat"),
        *("view.larger", "model.newest", "model.train", "model.pause", "device.cpu", "help.card"),
    )
)
"""The commands above which a line is drawn."""


_NEED_KEYFRAMES: Final = ("timeline.play", "timeline.previous", "timeline.next")


def _has_preset(preset: NoisePreset) -> Callable[[Ui], bool]:
    return lambda ui: NoiseChanges(ui).has_preset(preset)


_TICKS: Final[Mapping[str, Callable[[Ui], bool]]] = {
    "sources.lock_a": lambda ui: 0 in ui.session.locked_sources,
    "sources.lock_b": lambda ui: 1 in ui.session.locked_sources,
    "noise.move": lambda ui: bool(ui.motion.rates),
    "noise.mute": lambda ui: not all(noise.mute for noise in ui.edit.noise),
    **{f"noise.preset_{preset.name}": _has_preset(preset) for preset in PRESETS},
    "noise.stored": lambda ui: NoiseChanges(ui).is_stored(),
    "timeline.auto_key": lambda ui: ui.view.auto_key,
    "timeline.play": lambda ui: ui.player.playing,
    "timeline.loop": lambda ui: ui.session.timeline.loop,
    "timeline.flow": lambda ui: ui.session.timeline.flow is not None,
    "view.heat": lambda ui: ui.view.heat,
    "model.newest": lambda ui: ui.view.run is not None and ui.view.run.shows_newest,
}
"""The commands whose state can be seen, and how to tell it."""


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
            if command.name in _BEGIN_A_GROUP:
                dpg.add_separator()
            dpg.add_menu_item(
                label=command.title,
                shortcut=_GAP + command.keys[0] if command.keys else "",
                tag=f"menu.{command.name}",
                check=section == "Device" or command.name in _TICKS,
                callback=_runner(ui, command.name),
            )


def _runner(ui: Ui, command: str) -> Callable[..., None]:
    run = ui.commands.runner(command)

    def chosen(*_: object) -> None:
        run()
        ui.stale = True  # Dear PyGui has turned the tick, even where nothing has changed

    return chosen


def _refresh(ui: Ui) -> None:
    is_open, has_keyframes = ui.session.model_info is not None, bool(ui.session.timeline.keyframes)
    is_enabled = {
        "edit.undo": ui.session.can_undo,
        "edit.redo": ui.session.can_redo,
        "file.save_png": is_open,
        "file.save_large": is_open,
        "file.save_recipe": is_open,
        "file.stop": bool(ui.view.loading),
        "file.export": is_open and has_keyframes,
        **dict.fromkeys(_NEED_KEYFRAMES, has_keyframes),
        "help.card": is_open,
        "file.cancel": ui.view.job_id is not None,
        **_run_entries(ui),
    }
    for name, is_on in _TICKS.items():
        dpg.set_value(f"menu.{name}", is_on(ui))
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
    dpg.configure_item(entry, enabled=not reason, shortcut=_GAP + reason)
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
