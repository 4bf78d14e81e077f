"""The commands of the Noise menu: changes to the noise of all layers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from explorer.gui.changes import NoiseChanges
from explorer.gui.context import Ui
from explorer.gui.noise_presets import PRESETS
from explorer.gui.toolkit import texts
from explorer.gui.toolkit.commands import Command, section


class NoiseController:
    """Changes the noise of all layers at once."""

    def __init__(self, ui: Ui) -> None:
        self._ui = ui
        self._changes = NoiseChanges(ui)

    def commands(self) -> tuple[Command, ...]:
        """Return the commands of the Noise menu."""
        changes, run = self._changes, self._for_models_with_noise
        presets = (
            (f"noise.preset_{p.name}", p.command, p.key, run(partial(changes.apply_preset, p)))
            for p in PRESETS
        )
        return section(
            "Noise",
            ("noise.new", "New noise", "N", run(self._draw_new)),
            ("noise.move", "Let the noise flow, or stop it", "W", run(self._toggle_moving)),
            ("noise.mute", "Noise on or off", "M", run(self._toggle_mute)),
            ("noise.reset", "Reset the noise", "Shift+N", run(self._reset)),
            *presets,
            ("noise.stored", "Noise as saved", "8", run(self._show_stored)),
        )

    def _draw_new(self) -> None:
        self._changes.draw_new(self._changes.layers())

    def _toggle_moving(self) -> None:
        self._changes.toggle_moving(self._changes.layers())

    def _toggle_mute(self) -> None:
        self._changes.toggle_mute(self._unlocked())

    def _reset(self) -> None:
        self._changes.reset(self._unlocked())

    def _show_stored(self) -> None:
        model_info = self._ui.session.model_info
        if model_info is not None and not model_info.has_stored_noise:
            self._ui.say(texts.NO_STORED_NOISE)
            return
        self._changes.reset(self._unlocked(), "stored")

    def _unlocked(self) -> list[int]:
        return self._changes.unlocked(self._changes.layers())

    def _for_models_with_noise(self, action: Callable[[], None]) -> Callable[[], None]:
        """Return a function that runs the action, or says that the open model takes no noise."""

        def run() -> None:
            model_info = self._ui.session.model_info
            if model_info is None or model_info.takes_noise:
                action()
            else:
                self._ui.say(texts.NO_NOISE)

        return run
