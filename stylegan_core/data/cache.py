"""The folder of prepared data sets; each is made once, even if several processes ask for it.

A set NAME is NAME.u8, the bytes of uint8 [N, 3, R, R], and NAME.json, which is written last. While
a set is made, its bytes are in NAME.u8.partial and NAME.lock is held; the system releases the lock
however the process ends.
"""

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
from filelock import FileLock

from stylegan_core.data.info import DatasetInfo, unusable
from stylegan_core.errors import UserError
from stylegan_core.files import cache_folder, digest_of, make_folder, replace_content
from stylegan_core.write_errors import DISK_FULL, WriteError, size_text, writing

Progress = Callable[[int, int], None]  # (done, total)


def datasets_folder() -> Path:
    """Return the folder of prepared data, inside the cache folder."""
    return cache_folder() / "datasets"


def partial_of(path: Path) -> Path:
    """Return the file that holds the bytes of the set NAME.u8 while it is made."""
    return path.with_name(path.name + ".partial")


def make_once(path: Path, max_bytes: int, make: Callable[[Path], DatasetInfo]) -> None:
    """Call `make` to write the set NAME.u8, unless it exists or another process makes it.

    `make` is given the partial file, which holds what an interrupted process wrote, and may
    continue it. Raises `UserError` if the disk is too full, and removes the set then.
    """
    if path.with_suffix(".json").exists():
        return
    with _locked(path):
        if path.with_suffix(".json").exists():
            return
        partial = partial_of(path)
        _check_space(partial, max_bytes)
        try:
            info = make(partial)
            info = replace(info, fingerprint=_fingerprint(partial, info))
            os.replace(partial, path)
            _describe(path, info)
        except OSError as error:
            if error.errno not in DISK_FULL:
                raise
            partial.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            raise _disk_full(path.parent, max_bytes, os.strerror(error.errno)) from None


def check_unchanged(path: Path, info: DatasetInfo) -> None:
    """Raise `UserError` if the set NAME.u8 has changed since it was made.

    It is read through only if the file's time has changed, as that of a copy has.
    """
    if not info.fingerprint or info.seal == _seal(path, info):
        return
    if _fingerprint(path, info) != info.fingerprint:
        raise unusable(path, "has changed since its pictures were prepared")
    with suppress(WriteError):  # the set may be on a read-only disk
        _describe(path, info)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Let no other process make a set meanwhile. Raises `UserError`."""
    lock = FileLock(path.with_suffix(".lock"))
    try:
        with writing(path.parent):
            make_folder(path.parent)
            lock.acquire()
    except WriteError as error:
        raise UserError(f"{error} STYLEGAN_CACHE=FOLDER names it.") from None
    try:
        yield
    finally:
        lock.release()


def _describe(path: Path, info: DatasetInfo) -> None:
    """Write NAME.json."""
    sealed = replace(info, seal=_seal(path, info))
    replace_content(path.with_suffix(".json"), sealed.to_json().encode())


def _check_space(partial: Path, max_bytes: int) -> None:
    written = partial.stat().st_size if partial.exists() else 0
    free = shutil.disk_usage(partial.parent).free
    if free < max_bytes - written:
        raise _disk_full(partial.parent, max_bytes, f"{size_text(free)} are free")


def _disk_full(folder: Path, max_bytes: int, reason: str) -> WriteError:
    return WriteError(
        f"The prepared pictures need {size_text(max_bytes)} in {folder}, but: {reason}. Make "
        "room, name another disk with STYLEGAN_CACHE=FOLDER, or ask for a lower resolution.",
        errno.ENOSPC,
    )


def _fingerprint(path: Path, info: DatasetInfo) -> str:
    """Return a digest of all pixels and labels, in their order."""
    return digest_of(path, _labels(info))[:16]


def _seal(path: Path, info: DatasetInfo) -> str:
    """Return a digest of what tells in no time that nothing has changed: file's time and labels."""
    known = f"{path.stat().st_mtime_ns} {info.fingerprint} ".encode()
    return hashlib.sha256(known + _labels(info)).hexdigest()[:16]


def _labels(info: DatasetInfo) -> bytes:
    return b"" if info.labels is None else np.array(info.labels, dtype="<i8").tobytes()
