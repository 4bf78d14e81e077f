"""Files that appear whole or not at all, and folders to put them in."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path

from stylegan_core.errors import UserError

PARTIAL = re.compile(r"\.(.+)\.[0-9a-f]{8}\.partial(\.[^.]+)?")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary name beside `path` to write to, a file or a folder.

    At the end it is renamed to `path`; if anything goes wrong, it is removed. A folder may replace
    an empty one.
    """
    partial = path.with_name(f".{path.stem}.{secrets.token_hex(4)}.partial{path.suffix}")
    try:
        yield partial
        if partial.is_dir() and path.is_dir():
            path.rmdir()  # Windows does not rename a folder to the name of another, even if empty
        os.replace(partial, path)
    finally:
        remove(partial)


def replace_content(path: Path, content: bytes) -> None:
    """Replace the content of a file; the new one is on the disk before the old one goes."""
    with replacing(path) as partial, partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def remove_partials(folder: Path, names: Container[str] | None = None) -> None:
    """Remove the half-written files that a killed process left behind in `replacing`.

    `names` are the files' final names, or None for all. No other process may be writing them.
    """
    for path in folder.glob(".*.partial*"):
        match = PARTIAL.fullmatch(path.name)
        if match and (names is None or match[1] + (match[2] or "") in names):
            remove(path)


def digest_of(path: Path, first: bytes = b"") -> str:
    """Return the hexadecimal SHA-256 of the bytes `first` followed by a file. Raises OSError."""
    digest = hashlib.sha256(first)
    with path.open("rb") as file:
        while block := file.read(1 << 22):
            digest.update(block)
    return digest.hexdigest()


def remove(path: Path) -> None:
    """Remove a file or a folder, if it exists."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def make_folder(path: Path) -> None:
    """Make a folder for output if it does not exist yet. Raises `UserError`."""
    check_folder(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"Cannot make the folder {path}: {error.strerror}.") from None


def check_folder(path: Path) -> None:
    """Raise `UserError` if a folder can be neither used nor made. Writes nothing."""
    try:
        nearest = next(p for p in (path, *path.absolute().parents) if p.exists())
    except OSError as error:
        raise UserError(f"Cannot look for the folder {path}: {error.strerror}.") from None
    if not nearest.is_dir():
        raise UserError(f"{nearest} is a file, where a folder is needed.")
    if not os.access(nearest, os.W_OK):
        raise UserError(f"The folder {nearest} cannot be written to: choose another one.")
