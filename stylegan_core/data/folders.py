"""The pictures of a folder or zip file: their names, and a function that reads their bytes."""

import hashlib
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath

from stylegan_core.errors import UserError

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm"}
MAX_FILE_BYTES = 1 << 29  # a zip member may claim any size
MIN_PICTURES = 8
GLANCE = 1000  # files that are enough to see what a folder holds


@dataclass(frozen=True)
class Pictures:
    """The pictures of a folder or zip file, in the order of their names.

    Names are paths within it, with slashes. `others` are files that do not have the name of a
    picture. `read` returns the bytes of any file, or raises one of `images.UNREADABLE`.
    """

    path: Path
    names: Sequence[str]
    others: Sequence[str]
    read: Callable[[str], bytes]
    digest: str  # changes when one of the picture files does


def find_pictures(path: Path) -> Pictures:
    """Find the pictures of a folder, searched to any depth, or of a zip file.

    Hidden files and folders are passed over. Raises `UserError` for a path that is neither or
    cannot be read, and for fewer than MIN_PICTURES pictures.
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
    """Tell whether the first files of a folder include a picture, judged by name."""
    try:
        files = islice(_walk(path), GLANCE)
        return any(file.suffix.lower() in SUFFIXES for file in files)
    except OSError:
        return False


def check_enough(data: Path | str, count: int, why: str) -> None:
    """Raise `UserError` if there are too few usable pictures to train on."""
    if count >= MIN_PICTURES:
        return
    found = {0: "no pictures", 1: "one picture only"}.get(count, f"{count} pictures only")
    raise UserError(
        f"{data} holds {found} that can be used ({why}). Training needs {MIN_PICTURES} at the very "
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
        f"There is no folder or zip file {path}. Data is 'portraits', 'portraits:COUNT', "
        "'portraits:COUNT:FACTOR', a folder of pictures or a zip file of pictures."
    )


def _in_folder(path: Path) -> Pictures:
    files = {file.relative_to(path).as_posix(): file.stat() for file in _walk(path)}
    names, others = _split_by_suffix(files)
    stats = ((name, files[name]) for name in names)
    versions = [f"{name} {s.st_size} {s.st_mtime_ns} {s.st_mode}" for name, s in stats]
    digest = _digest(versions)
    return Pictures(path, names, others, lambda name: (path / name).read_bytes(), digest)


def _walk(path: Path) -> Iterator[Path]:
    """Yield all files, following links but entering each folder once.

    Raises OSError if a folder cannot be entered.
    """

    def refuse(error: OSError) -> None:
        raise error

    entered = set()
    for folder, below, files in os.walk(path, onerror=refuse, followlinks=True):
        real_path = os.path.realpath(folder)
        if real_path in entered:
            below.clear()
            continue
        entered.add(real_path)
        below[:] = sorted(name for name in below if not _is_hidden(name))
        visible = (Path(folder, name) for name in files if not _is_hidden(name))
        yield from (file for file in visible if file.is_file())


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
        if members[name].file_size > MAX_FILE_BYTES:
            raise ValueError("too large")
        return archive.read(name)

    names, others = _split_by_suffix(members)
    versions = [f"{name} {members[name].file_size} {members[name].CRC}" for name in names]
    return Pictures(path, names, others, read, _digest(versions))


def _split_by_suffix(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return (pictures, other files), each sorted by name."""
    ordered = sorted(names)
    pictures = [name for name in ordered if PurePosixPath(name).suffix.lower() in SUFFIXES]
    return pictures, sorted(set(ordered) - set(pictures))


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name in ("__MACOSX", "Thumbs.db")


def _digest(versions: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(versions).encode("utf-8", "surrogateescape")).hexdigest()[:16]
