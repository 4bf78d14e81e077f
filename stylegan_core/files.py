"""Files that appear whole or not at all, and folders to put them in."""

import errno
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from stylegan_core.errors import UserError
from stylegan_core.write_errors import shown, writing

if TYPE_CHECKING:
    from PIL import Image

PARTIAL = re.compile(r"\.(.+)\.[0-9a-f]{8}\.partial(\.[^.]+)?")
"""The name of what a killed process leaves behind. Former versions added the file's suffix."""

MAX_NAME_BYTES = 200  # of the name in that of the partial folder, which may be longer by 18


@contextmanager
def replacing(path: Path, *, is_folder: bool = False, needs: int | None = None) -> Iterator[Path]:
    """Yield a temporary path on the same disk to write to, a file or a folder.

    At the end it is renamed to `path`; if anything goes wrong, it is removed. The temporary path is
    tried first, and the folder of `path` is made if it is missing. A folder may replace an empty
    one. Errors of writing become a `WriteError`, in which `needs` is the size in bytes, if known.
    """
    path = path if path.name else path.absolute()
    folder = path.with_name(f".{_cut(path.name)}.{secrets.token_hex(4)}.partial")
    partial = folder / path.name  # in a folder, because libraries leave files beside their own
    try:
        with writing(path, folder, needs):
            _check_replaceable(path, is_folder)
            path.parent.mkdir(parents=True, exist_ok=True)
            folder.mkdir()
            partial.touch()
            partial.unlink()
            yield partial
            if is_folder and path.is_dir():
                path.rmdir()  # Windows does not rename a folder to the name of an empty one
            os.replace(partial, path)
    finally:
        remove(folder)


def check_writable(path: Path, *, is_folder: bool = False) -> None:
    """Raise `WriteError` if a file or folder cannot be written. Leaves nothing behind."""
    made = [folder for folder in path.absolute().parents if not os.path.lexists(folder)]
    try:
        with replacing(path, is_folder=is_folder):
            raise _Tried
    except _Tried:
        pass
    finally:
        for folder in made:
            if os.path.isdir(folder):
                folder.rmdir()


class _Tried(Exception):
    """The end of a trial in which nothing was to be written."""


def _check_replaceable(path: Path, is_folder: bool) -> None:
    """Raise OSError for a name that is too long, and for a folder that must not be replaced."""
    try:
        path.lstat()
    except FileNotFoundError:
        return
    if path.is_dir() and not is_folder:
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if path.is_dir() and any(path.iterdir()):
        raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY), str(path))


def _cut(name: str) -> str:
    """Cut a name to the length that leaves room for an ending."""
    return os.fsencode(name)[:MAX_NAME_BYTES].decode(errors="ignore")


def replace_content(path: Path, content: bytes) -> None:
    """Replace the content of a file; the new one is on the disk before the old one goes."""
    with replacing(path, needs=len(content)) as partial, partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def save_picture(image: "Image.Image", path: Path, **options: Any) -> None:
    """Write a picture in the format of its suffix; `options` are Pillow's. Raises `WriteError`."""
    with replacing(path) as partial:
        image.save(partial, **options)


def remove_partials(folder: Path, names: Container[str] | None = None) -> None:
    """Remove what a killed process left behind in `replacing`.

    `names` are the final names of files, or None for all. No other process may be writing them.
    """
    for path in folder.glob(".*.partial*"):
        match = PARTIAL.fullmatch(path.name)
        if match and (names is None or match[1] + (match[2] or "") in names):
            remove(path)


def cache_folder() -> Path:
    """Return the folder of what can be made again: STYLEGAN_CACHE, or the user's cache folder."""
    override = os.environ.get("STYLEGAN_CACHE")
    return Path(override or platformdirs.user_cache_dir("stylegan-explorer", appauthor=False))


def digest_of(path: Path, first: bytes = b"") -> str:
    """Return the hexadecimal SHA-256 of the bytes `first` followed by a file. Raises OSError."""
    digest = hashlib.sha256(first)
    with path.open("rb") as file:
        while block := file.read(1 << 22):
            digest.update(block)
    return digest.hexdigest()


def remove(path: Path) -> None:
    """Remove a file or a folder, if it exists."""
    if os.path.isdir(path) and not path.is_symlink():
        shutil.rmtree(path)
    elif os.path.lexists(path):
        path.unlink()


def make_folder(path: Path) -> None:
    """Make a folder for output if it does not exist yet. Raises `UserError`."""
    check_folder(path)
    with writing(path):
        path.mkdir(parents=True, exist_ok=True)


def check_folder(path: Path) -> None:
    """Raise `UserError` if a folder can be neither used nor made. Writes nothing."""
    with writing(path):
        nearest = next(p for p in (path, *path.absolute().parents) if p.exists())
    if not nearest.is_dir():
        raise UserError(f"{shown(nearest)} is a file, where a folder is needed.")
    if not os.access(nearest, os.W_OK):
        raise UserError(f"The folder {shown(nearest)} cannot be written to: choose another one.")
