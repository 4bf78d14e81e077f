"""Write a session as it changes, on a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from explorer.sessions.edit_texts import EditTexts
from explorer.sessions.saved import SavedSession
from explorer.sessions.writing import to_text
from stylegan_core.files import replace_content

EVERY_S: Final = 1.0
"""The shortest time between the starts of two saves, and so nearly all that a crash can lose."""

_RETRY_S: Final = 5.0  # after a save that failed
_LAST_SAVE_S: Final = 20.0  # how long closing waits for a slow disk


class Autosave:
    """Keeps a file up to date with the session that was handed over last.

    The file changes as a whole: after a crash it holds one of the sessions, completely. `report`
    gets a sentence, on the thread, when saving begins to fail.
    """

    def __init__(self, path: Path, report: Callable[[str], None]) -> None:
        self._path = path
        self._report = report
        self._texts = EditTexts()
        self._changed = threading.Condition()
        self._kept: SavedSession | None = None  # the newest
        self._waiting: SavedSession | None = None  # the newest, until it is written
        self._is_closing = False
        self._is_failing = False
        self._thread = threading.Thread(target=self._run, name="autosave", daemon=True)
        self._thread.start()

    def keep(self, saved: SavedSession) -> None:
        """Let the file hold this session soon. Takes no time worth speaking of."""
        if saved == self._kept:
            return
        with self._changed:
            self._kept = saved
            self._waiting = saved
            self._changed.notify()

    def close(self) -> None:
        """Write what is not written yet, then end."""
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        self._thread.join(_LAST_SAVE_S)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting is not None or self._is_closing)
                saved = self._waiting
                self._waiting = None
            if saved is None:
                return
            started_s = time.monotonic()
            rest_s = EVERY_S if self._write(saved) else _RETRY_S
            with self._changed:
                left_s = started_s + rest_s - time.monotonic()
                self._changed.wait_for(lambda: self._is_closing, max(left_s, 0.0))

    def _write(self, saved: SavedSession) -> bool:
        """Write the file. If that fails, say so once and let the session wait for another try."""
        try:
            replace_content(self._path, to_text(saved, self._texts).encode("ascii"))
        except (OSError, ValueError) as error:
            self._failed(saved, error)
            return False
        self._is_failing = False
        return True

    def _failed(self, saved: SavedSession, error: OSError | ValueError) -> None:
        message = f"The session is not being saved: {str(error).rstrip('.')}."
        if not self._is_failing:
            self._is_failing = True
            logging.getLogger(__name__).warning("%s", message)
            self._report(message)
        with self._changed:
            if self._waiting is None and not self._is_closing:
                self._waiting = saved
