"""Errors of writing, as sentences that name the file and say what to do.

Libraries report a full disk without a name, with the name of the file that was read, or with that
of a temporary file. `writing` is the one place that turns all of these into a `WriteError`.
"""

import errno
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stylegan_core.errors import UserError
from stylegan_core.readable import readable

DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
MAX_SHOWN = 200  # characters of a path in a message

_ELSEWHERE = "Choose another folder"
_ADVICE = {
    errno.ENOSPC: ("the disk is full", "Free some space, or choose another disk"),
    errno.EDQUOT: ("your share of the disk is used up", "Free some space, or choose another disk"),
    errno.EFBIG: ("files may not be that large there", "Choose another disk, or a smaller size"),
    errno.EROFS: ("the disk is read-only", _ELSEWHERE),
    errno.EACCES: ("you have no permission to write there", _ELSEWHERE),
    errno.EPERM: ("you have no permission to write there", _ELSEWHERE),
    errno.ENAMETOOLONG: ("the path is too long", "Choose a shorter name"),
    errno.EINVAL: ("the disk does not take this name", "Choose another name"),
    errno.ENOENT: ("nothing can be made in that folder", _ELSEWHERE),
    errno.ENOTDIR: ("there is a file where a folder is needed", _ELSEWHERE),
    errno.EEXIST: ("there is a file where a folder is needed", _ELSEWHERE),
    errno.EISDIR: ("there is a folder of that name", "Choose another name"),
    errno.ENOTEMPTY: ("there is a folder of that name with something in it", "Choose another name"),
    errno.EIO: ("the disk does not answer", "Check it, or choose another disk"),
}
_RUST_ERROR = re.compile(r"\(os error (\d+)\)")


class WriteError(UserError, OSError):
    """A file or folder that cannot be written. The message names it and says what to do."""

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.errno = code

    @property
    def is_disk_full(self) -> bool:
        """Tell whether the place ran out of room; otherwise nothing can be written there."""
        return self.errno in DISK_FULL


@contextmanager
def writing(path: Path, partial: Path | None = None, needs: int | None = None) -> Iterator[None]:
    """Turn every error of writing to `path` into a `WriteError` that names it.

    `partial` is the file or folder that will become `path`; `needs` is the size in bytes, if known.
    Errors of other files pass.
    """
    try:
        yield
    except WriteError:
        raise
    except OSError as error:
        if not _is_about(error, (path, partial or path)):
            raise
        raise write_error(error, path, partial, needs) from error


def write_error(
    error: OSError, path: Path, partial: Path | None = None, needs: int | None = None
) -> WriteError:
    """Return the error that names `path`; the arguments are those of `writing`."""
    reason, advice = _ADVICE.get(error.errno or 0, (error.strerror or str(error), _ELSEWHERE))
    if error.errno in DISK_FULL:
        reason += _room(error, path, partial, needs)
    return WriteError(f"{shown(path)} cannot be written: {reason}. {advice}.", error.errno)


def os_error_in(error: Exception, path: Path) -> OSError:
    """Return the system's error that a library written in Rust reports as "os error N"."""
    found = _RUST_ERROR.search(str(error))
    if found is None:
        return OSError(None, str(error), str(path))
    return OSError(int(found[1]), os.strerror(int(found[1])), str(path))


def shown(path: Path) -> str:
    """Return a path for a message, without the middle of a very long one."""
    text = readable(str(path))
    half = MAX_SHOWN // 2
    return text if len(text) <= MAX_SHOWN else f"{text[:half]} ... {text[-half:]}"


def size_text(size: float) -> str:
    """Write a number of bytes as 900 bytes, 3.0 kB, 4.2 MB or 1.3 GB."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size:.0f} bytes"


def _room(error: OSError, path: Path, partial: Path | None, needs: int | None) -> str:
    """Say how much room the file needs, and how much there was for it."""
    written = 0 if partial is None else _size(partial)
    free = size_text(shutil.disk_usage(path.absolute().parent).free + written)
    is_limited = error.errno != errno.ENOSPC  # by something else than the room on the disk
    if needs is not None:
        return f": it needs {size_text(needs)}" + ("" if is_limited else f", and {free} are free")
    if written or is_limited:
        return f": it needs more than {size_text(written)}"
    return f": {free} are free"


def _size(path: Path) -> int:
    """Return the size of a file, or that of all files in a folder; 0 if there is none."""
    files = [path, *path.rglob("*")] if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def _is_about(error: OSError, paths: tuple[Path, ...]) -> bool:
    """Tell by its kind, or by the file it names, if an error comes from writing these paths."""
    if error.errno in (*DISK_FULL, errno.EROFS):
        return True
    names = (error.filename, error.filename2)
    named = [Path(os.fsdecode(n)).absolute() for n in names if isinstance(n, str | bytes | Path)]
    if not named:  # as in errors of open files
        return True
    written = [path.absolute() for path in paths]
    return any(
        place == path or place in path.parents or path in place.parents
        for place in named
        for path in written
    )
