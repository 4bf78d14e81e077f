"""The Device menu: where models run, what is not here, and what to do when a device fails."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from explorer.gui.context import Ui
from explorer.gui.dialogs.modal import Dialogs
from explorer.gui.preferences import Preferences
from explorer.gui.toolkit.commands import Command, section

CPU: Final = "cpu"
_CUDA: Final = (("cuda", "GPU (CUDA)"), ("cuda-half", "GPU (CUDA), half precision"))
_GPUS: Final = (("mps", "Apple GPU"),) if sys.platform == "darwin" else _CUDA
DEVICES: Final = (("auto", "Fastest available"), (CPU, "Processor (CPU)"), *_GPUS)


class DeviceController:
    """Keeps the device in the settings; `reopen` opens the wanted model on it, if there is one.

    It returns False where no model is wanted.
    """

    def __init__(
        self, ui: Ui, dialogs: Dialogs, preferences: Preferences, reopen: Callable[[], bool]
    ) -> None:
        self._ui = ui
        self._dialogs = dialogs
        self._preferences = preferences
        self._reopen = reopen
        self._previous: str | None = None  # to go back to if the chosen one fails
        self._failed = ""  # the one whose failure was told last
        self._note = ""  # for the message on the next model that opens
        ui.view.device = preferences.settings.device

    def commands(self) -> tuple[Command, ...]:
        """Return the Device menu."""
        entries = ((f"device.{d}", title, "", partial(self.use, d)) for d, title in DEVICES)
        return section("Device", *entries)

    def use(self, name: str) -> None:
        """Save the device in the settings, and open the model on it."""
        self._ui.stale = True
        before = self._ui.view.device
        self.set(name)
        if name != before and self._reopen():
            self._previous = self._previous or before

    def set(self, name: str) -> None:
        """Save the device in the settings, for the next model that opens."""
        self._preferences.change(device=name)
        self._ui.view.device = name
        self._failed = ""

    def keep(self) -> None:
        """Stay with the chosen device, on which the model is open now."""
        self._previous = None

    def go_back(self) -> None:
        """Return to the device of the open model, if another was chosen since."""
        if self._previous is not None:
            self.set(self._previous)
            self._previous = None

    def take_note(self) -> str:
        """Return what is still to be said about the device of the settings, or nothing."""
        note, self._note = self._note, ""
        return note

    def devices_found(self, absent: Mapping[str, str]) -> None:
        """Note which devices are not here. One of the settings gives way to the fastest that is."""
        view = self._ui.view
        view.absent_devices = absent
        if view.device in absent:
            self._note = f"{_title(view.device)} is not available ({absent[view.device]})."
            self._ui.warn(f"{self._note} The fastest available device is used.")
            view.device = "auto"
        self._ui.stale = True

    def device_failed(self, message: str) -> None:
        """Say that the device of the open model has failed, once, and offer the processor."""
        if self._ui.view.device != CPU:
            self.offer_processor(
                self._ui.view.device, message, lambda: self.use(CPU), is_repeated=False
            )

    def offer_processor(
        self, device: str, message: str, accept: Callable[[], None], *, is_repeated: bool
    ) -> None:
        """Say that a device has failed, and offer the processor.

        Unless `is_repeated`, nothing is said of a device again.
        """
        if device == self._failed and not is_repeated:
            return
        self._failed = device
        self._dialogs.message(
            "The device failed",
            f"Pictures could not be made on this device: {_title(device)}.\n\n{message}",
            (("Close", None), ("Use the processor", accept)),
        )


def _title(device: str) -> str:
    """Return the words for a device in the menu; those of the settings may be others."""
    return next((title for name, title in DEVICES if name == device), device[:40])
