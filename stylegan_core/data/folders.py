"""The pictures of a folder or zip file: their names, and a function that reads their bytes."""

import hashlib
import os
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path, PurePosixPath

from stylegan_core.data.archive import Archive
from stylegan_core.errors import UserError
from stylegan_core.picture_files.errors import TOO_LARGE, PictureError, picture_errors
from stylegan_core.picture_files.kinds import START_BYTES, kind_of

SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".avif", ".gif", ".bmp", ".tif", ".tiff"}
    | {".tga", ".jp2", ".j2k", ".dds", ".ppm", ".pgm"}
)
"""Files with the names of pictures are looked into when they are decoded, all others at once."""

MAX_FILE_BYTES = 1 << 29
MIN_PICTURES = 8
GLANCE = 1000  # files that are enough to see what a folder holds


@dataclass(frozen=True)
class Pictures:
    """The pictures of a folder or zip file, in the order of their names.

    Names are paths within it, with slashes. `others` says why each of the other files is left out.
    `read` returns the bytes of any file, or raises `PictureError`.
    """

    path: Path
    names: Sequence[str]
    others: Mapping[str, str]
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
    check_enough(path, len(pictures.names), _what_else(pictures.others))
    return pictures


def holds_pictures(path: Path) -> bool:
    """Tell whether the first files of a folder include a picture."""
    try:
        files = islice(_walk(path), GLANCE)
        return any(_why_left_out(file.name, partial(_start_of, file)) is None for file in files)
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
    names, others = _split(files, lambda name: _start_of(path / name))
    stats = ((name, files[name]) for name in names)
    versions = [f"{name} {s.st_size} {s.st_mtime_ns} {s.st_mode}" for name, s in stats]
    return Pictures(path, names, others, lambda name: _read(path / name), _digest(versions))


def _start_of(path: Path) -> bytes:
    with picture_errors(), path.open("rb") as file:
        return file.read(START_BYTES)


def _read(path: Path) -> bytes:
    with picture_errors(), path.open("rb") as file:
        content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise PictureError(TOO_LARGE)
    return content


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
    archive = Archive(path)
    visible = {name for name in archive.names if not any(map(_is_hidden, name.split("/")))}
    names, others = _split(visible, archive.start_of)
    versions = [archive.version_of(name) for name in names]
    return Pictures(path, names, others, archive.read, _digest(versions))


def _split(
    files: Iterable[str], start_of: Callable[[str], bytes]
) -> tuple[list[str], dict[str, str]]:
    """Return the names of the pictures, sorted, and why each of the other files is none."""
    pictures, others = [], {}
    for name in sorted(files):
        reason = _why_left_out(name, partial(start_of, name))
        if reason is None:
            pictures.append(name)
        else:
            others[name] = reason
    return pictures, others


def _why_left_out(name: str, start: Callable[[], bytes]) -> str | None:
    """Return why a file is not a picture to be decoded, or None if it may be one.

    `start` returns the first bytes, which tell it, if the name does not.
    """
    if PurePosixPath(name).suffix.lower() in SUFFIXES:
        return None
    try:
        kind = kind_of(start(), name)
    except PictureError as error:
        return error.reason
    return None if kind.pillow_format else kind.reason


def _what_else(others: Mapping[str, str]) -> str:
    """Say what lies there instead of pictures."""
    counts = Counter(others.values()).most_common()
    return ", ".join(f"{count} {reason}" for reason, count in counts) or "there is nothing else"


def _is_hidden(name: str) -> bool:
    return (name.startswith(".") and name != "..") or name in ("__MACOSX", "Thumbs.db")


def _digest(versions: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(versions).encode("utf-8", "surrogateescape")).hexdigest()[:16]
