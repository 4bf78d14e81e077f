"""Half-written files of killed processes, which the next start removes.

While a process writes something large, a note in the user's state folder names its temporary path,
and a lock beside the note shows that the process lives: the system releases it however the process
ends. So a note without its lock is of a killed process. Nothing else is ever removed.
"""

import json
import platform
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import platformdirs
from filelock import FileLock, Timeout

from stylegan_core.files import PARTIAL, remove

_NO_LOCK = (OSError, NotImplementedError)  # a folder that is read-only, or a disk without locks


def notes_folder() -> Path:
    """Return the folder of the notes, one for each path that is being written."""
    return Path(platformdirs.user_state_dir("stylegan-explorer", appauthor=False)) / "unfinished"


@contextmanager
def noted(partial: Path) -> Iterator[None]:
    """Note a temporary path of `replacing` while it is written, where a note can be made."""
    note = notes_folder() / f"{secrets.token_hex(8)}.json"
    lock = _lock_of(note)
    with suppress(*_NO_LOCK):
        note.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
        # Another computer may share the folder, but not the lock.
        note.write_text(json.dumps([platform.node(), str(_of_replacing(partial))]), "utf-8")
    try:
        yield
    finally:
        with suppress(*_NO_LOCK):
            _forget(note, lock)


def remove_leftovers() -> None:
    """Remove what killed processes of this computer left half-written. Errors are ignored."""
    with suppress(OSError):
        for note in notes_folder().glob("*.json"):
            with suppress(*_NO_LOCK, Timeout, ValueError, TypeError):
                _remove_if_dead(note)


def _remove_if_dead(note: Path) -> None:
    """Remove the path that a note names, unless its process lives (Timeout)."""
    lock = _lock_of(note)
    lock.acquire()
    try:
        node, path = json.loads(note.read_text("utf-8"))
        partial = Path(path)
        if node != platform.node() or not PARTIAL.fullmatch(partial.name):
            return
        if partial.parent.is_dir():  # else its disk is not there today
            remove(partial)
            _forget(note, lock)
    finally:
        lock.release()


def _lock_of(note: Path) -> FileLock:
    return FileLock(note.with_suffix(".lock"), timeout=0, thread_local=False)


def _forget(note: Path, lock: FileLock) -> None:
    note.unlink(missing_ok=True)
    lock.release()
    Path(lock.lock_file).unlink(missing_ok=True)


def _of_replacing(partial: Path) -> Path:
    """Return the folder that `replacing` removes at the end."""
    return partial.absolute().parent
