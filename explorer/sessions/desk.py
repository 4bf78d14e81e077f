"""The session of one window: its file, which no other window writes, in the user's folder.

NAME.session    what `Autosave` writes
NAME.lock       held by the window that writes it; the system releases it if that is killed
NAME.damaged    a session that could not be read, kept aside
"""

from __future__ import annotations

import logging
import os
import queue
import secrets
import time
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout
from platformdirs import user_state_dir

from explorer.sessions.autosave import Autosave
from explorer.sessions.reading import (
    NewerSession,
    SessionError,
    Summary,
    read_session,
    read_summary,
)
from explorer.sessions.saved import SUFFIX, SavedSession
from stylegan_core.files import remove_partials


class SessionInUse(SessionError):
    """Another window has the session open."""


def sessions_folder() -> Path:
    """Return the folder in which sessions are kept."""
    return Path(user_state_dir("stylegan-explorer", appauthor=False)) / "sessions"


class Desk:
    """Holds the session of this window, and goes over to others.

    `reopen`, `take` or `begin` comes first. `notes` fills with sentences for the user.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or sessions_folder()
        self.path = self.folder
        self.notes: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._lock: FileLock | None = None
        self._autosave: Autosave | None = None
        self._saved: SavedSession | None = None  # as it was kept last

    def reopen(self) -> SavedSession | None:
        """Take over the last session that was open when its window ended, if there is one."""
        for path in self._newest():
            summary = self._summary(path)
            if summary is not None and not summary.is_current:
                continue
            try:
                return self.take(path)
            except SessionInUse:
                continue
            except NewerSession as error:
                self.notes.put(str(error))
            except SessionError:
                self._put_aside(path)
            except OSError as error:
                self.notes.put(f"{path} could not be read: {error.strerror}.")
        return None

    def take(self, path: Path) -> SavedSession:
        """Take over a session of the folder, and leave the present one.

        Raises `SessionError`, for example if another window has it, and `OSError`.
        """
        lock = _locked(path)
        if lock is None:
            raise SessionInUse("This session is open in another window.")
        try:
            saved = read_session(path)
        except (SessionError, OSError):
            lock.release()
            raise
        self.leave()
        remove_partials(self.folder, {path.name})
        self._hold(path, lock)
        return replace(saved, is_current=True)

    def begin(self) -> None:
        """Begin a session of its own, and leave the present one."""
        self.leave()
        self._forget_untouched()
        name = f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(3)}"
        path = self.folder / f"{name}{SUFFIX}"
        self._hold(path, _locked(path))

    def keep(self, saved: SavedSession) -> None:
        """Save this session soon."""
        self._saved = saved
        if self._autosave is not None:
            self._autosave.keep(saved)

    def leave(self) -> None:
        """Save the present session as one that is not reopened by itself; drop an untouched one."""
        if self._autosave is None:
            return
        if self._saved is not None:
            self._autosave.keep(replace(self._saved, is_current=False))
        is_untouched = self._saved is None or self._saved.work.is_untouched
        self.close()
        if is_untouched:
            _remove(self.path)

    def close(self) -> None:
        """Save the session to the last change; it is reopened by the next start."""
        if self._autosave is not None:
            self._autosave.close()
            self._autosave = None
        self._saved = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def others(self) -> dict[Path, Summary]:
        """Return the other sessions in the folder, the newest first. Damaged ones are left out."""
        summaries = {path: self._summary(path) for path in self._newest() if path != self.path}
        return {path: summary for path, summary in summaries.items() if summary is not None}

    def _forget_untouched(self) -> None:
        """Remove the sessions of windows that were opened and closed again, nothing more."""
        for path, summary in self.others().items():
            lock = None if summary.steps or summary.keyframes else _locked(path)
            if lock is not None:
                lock.release()
                _remove(path)

    def _hold(self, path: Path, lock: FileLock | None) -> None:
        self.path = path
        self._lock = lock
        self._autosave = Autosave(path, self.notes.put)

    def _newest(self) -> list[Path]:
        """Return the sessions in the folder, the one that was saved last first."""
        try:
            times = {path: path.stat().st_mtime_ns for path in self.folder.glob(f"*{SUFFIX}")}
        except OSError:
            return []
        return sorted(times, key=times.__getitem__, reverse=True)

    def _summary(self, path: Path) -> Summary | None:
        try:
            return read_summary(path)
        except (SessionError, OSError):
            return None

    def _put_aside(self, path: Path) -> None:
        """Keep a damaged session under another name."""
        aside = path.with_suffix(".damaged")
        try:
            os.replace(path, aside)
        except OSError as error:
            self.notes.put(f"{path} is damaged and stays there: {error.strerror}.")
        else:
            self.notes.put(f"The last session could not be read; it is kept as {aside}.")


def _locked(path: Path) -> FileLock | None:
    """Return the lock of a session, held; None if another window holds it, or nothing can be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path.with_suffix(".lock"), timeout=0)
        lock.acquire()
    except (Timeout, OSError, NotImplementedError):
        return None
    return lock


def _remove(path: Path) -> None:
    """Remove an untouched session and its lock."""
    for file in (path, path.with_suffix(".lock")):
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            logging.getLogger(__name__).warning("%s", error)
