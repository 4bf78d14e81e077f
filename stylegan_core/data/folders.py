"""The pictures of a folder or a zip file: their names, and how to get their bytes."""

import hashlib
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath

from stylegan_core.errors import UserError

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm"}
LARGEST_FILE = 1 << 29  # bytes; a zip member may claim any size
FEWEST = 8  # pictures that training makes sense with
GLANCE = 1000  # files that are enough to see what a folder holds


@dataclass(frozen=True)
class Pictures:
    """Named pictures, in order of name; `mark` changes when one of their files does.

    Names are paths within the source, with slashes. `read` gives the bytes of any file of the
    source, or raises one of `images.UNREADABLE`; `others` are files that are no pictures by name.
    """

    source: Path
    names: Sequence[str]
    others: Sequence[str]
    read: Callable[[str], bytes]
    mark: str


def find_pictures(path: Path) -> Pictures:
    """The pictures of a folder, searched to any depth, or of a zip file.

    Hidden files and folders are passed over. Raises `UserError` for a path that is neither or
    cannot be read, and for fewer than eight pictures.
    """
    try:
        pictures = _pictures(path)
    except OSError as error:
        raise UserError(
            f"{error.filename or path} cannot be read: {error.strerror}. Check its permissions, "
            "or the disk."
        ) from None
    check_enough(path, len(pictures.names), f"{', '.join(sorted(SUFFIXES))} are read")
    return pictures


def holds_pictures(path: Path) -> bool:
    """Whether some of the first files of a folder are pictures by name; quick in a large one."""
    try:
        files = islice(_walk(path), GLANCE)
        return any(file.suffix.lower() in SUFFIXES for file in files)
    except OSError:
        return False


def check_enough(source: Path | str, count: int, why: str) -> None:
    """Raise `UserError` for fewer pictures than can be trained on."""
    if count >= FEWEST:
        return
    found = {0: "no pictures", 1: "one picture only"}.get(count, f"{count} pictures only")
    raise UserError(
        f"{source} holds {found} that can be used ({why}). Training needs {FEWEST} at the very "
        "least, and hundreds to make new ones: add pictures, or try 'portraits'."
    )


def _pictures(path: Path) -> Pictures:
    if path.is_dir():
        return _in_folder(path)
    if path.is_file() and zipfile.is_zipfile(path):
        return _in_zip(path)
    if path.exists():
        raise UserError(f"{path} is neither a folder nor a zip file of pictures.")
    raise UserError(
        f"There is no folder or zip file {path}. A data source is 'portraits', "
        "'portraits:COUNT', 'portraits:COUNT:FACTOR', a folder of pictures or a zip file of "
        "pictures."
    )


def _in_folder(path: Path) -> Pictures:
    files = {file.relative_to(path).as_posix(): file.stat() for file in _walk(path)}
    names, others = _sorted_apart(files)
    info = ((name, files[name]) for name in names)
    marks = [f"{name} {s.st_size} {s.st_mtime_ns} {s.st_mode}" for name, s in info]
    return Pictures(path, names, others, lambda name: (path / name).read_bytes(), _digest(marks))


def _walk(path: Path) -> Iterator[Path]:
    """All files, links followed, each folder once. Raises OSError where a folder is closed."""

    def refuse(error: OSError) -> None:
        raise error

    entered = set()
    for folder, below, files in os.walk(path, onerror=refuse, followlinks=True):
        place = os.path.realpath(folder)
        if place in entered:
            below.clear()
            continue
        entered.add(place)
        below[:] = sorted(name for name in below if not _is_hidden(name))
        present = (Path(folder, name) for name in files if not _is_hidden(name))
        yield from (file for file in present if file.is_file())


def _in_zip(path: Path) -> Pictures:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise UserError(f"{path} is a damaged zip file: {error}.") from None
    members = {
        member.filename: member
        for member in archive.infolist()
        if not member.is_dir() and not any(map(_is_hidden, member.filename.split("/")))
    }

    def read(name: str) -> bytes:
        if members[name].file_size > LARGEST_FILE:
            raise ValueError("too large")
        return archive.read(name)

    names, others = _sorted_apart(members)
    marks = [f"{name} {members[name].file_size} {members[name].CRC}" for name in names]
    return Pictures(path, names, others, read, _digest(marks))


def _sorted_apart(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """(pictures, other files), each in order of name."""
    ordered = sorted(names)
    pictures = [name for name in ordered if PurePosixPath(name).suffix.lower() in SUFFIXES]
    return pictures, sorted(set(ordered) - set(pictures))


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name in ("__MACOSX", "Thumbs.db")


def _digest(marks: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(marks).encode("utf-8", "surrogateescape")).hexdigest()[:16]
