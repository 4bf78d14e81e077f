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
    """A temporary name beside `path`, renamed to it at the end, removed if anything goes wrong.

    What is written under the temporary name may be a file or a folder; a folder may take the place
    of an empty one.
    """
    aside = path.with_name(f".{path.stem}.{secrets.token_hex(4)}.partial{path.suffix}")
    try:
        yield aside
        if aside.is_dir() and path.is_dir():
            path.rmdir()  # Windows puts no folder in the place of another, however empty
        os.replace(aside, path)
    finally:
        remove(aside)


def remove_partials(folder: Path, names: Container[str] | None = None) -> None:
    """Remove what a killed process left in a folder under the temporary names of `replacing`.

    Of `names`, the files' own names, or of all: nobody else may be writing those.
    """
    for path in folder.glob(".*.partial*"):
        match = PARTIAL.fullmatch(path.name)
        if match and (names is None or match[1] + (match[2] or "") in names):
            remove(path)


def digest_of(path: Path, first: bytes = b"") -> str:
    """SHA-256, hexadecimal, over some first bytes and then those of a file. Raises OSError."""
    digest = hashlib.sha256(first)
    with path.open("rb") as file:
        while block := file.read(1 << 22):
            digest.update(block)
    return digest.hexdigest()


def remove(path: Path) -> None:
    """Remove a file or a folder; nothing happens when there is none."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def make_folder(path: Path) -> None:
    """Make a folder for output, or take the one that is there. Raises `UserError`."""
    check_folder(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"Cannot make the folder {path}: {error.strerror}.") from None


def check_folder(path: Path) -> None:
    """Raise `UserError` where a folder can be neither used nor made; nothing is written."""
    try:
        nearest = next(p for p in (path, *path.absolute().parents) if p.exists())
    except OSError as error:
        raise UserError(f"Cannot look for the folder {path}: {error.strerror}.") from None
    if not nearest.is_dir():
        raise UserError(f"{nearest} is a file, where a folder is needed.")
    if not os.access(nearest, os.W_OK):
        raise UserError(f"The folder {nearest} cannot be written to: choose another one.")
