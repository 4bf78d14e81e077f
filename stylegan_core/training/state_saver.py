"""Save the state of a run by the clock, so that a crash costs minutes of work on every machine."""

import time
from collections.abc import Callable
from typing import Final

INTERVAL_S: Final = 240.0
"""At most five minutes lie between two saves, with the step and the save that come in between."""


class StateSaver:
    """Calls `save` once its interval has passed since the state was last saved."""

    def __init__(self, save: Callable[[], None]) -> None:
        self._save = save
        self._saved_at = time.monotonic()

    def note_saved(self) -> None:
        """Note that the state has been saved in another way."""
        self._saved_at = time.monotonic()

    def save_if_due(self) -> None:
        """Save the state if it is time."""
        if time.monotonic() - self._saved_at >= INTERVAL_S:
            self._save()
            self.note_saved()
