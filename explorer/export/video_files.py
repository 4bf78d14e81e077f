"""Open videos of others: MP4, MOV and Matroska alone, and nothing that they refer to.

A container may name other files and addresses for its tracks (data references, playlists, lists of
parts). The video is handed over as an open file, and asking for any other one fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from av.container import InputContainer

FORMATS = ("mov", "matroska")  # of FFmpeg; they read MP4 and WebM too
OPTIONS = {"enable_drefs": "0", "use_absolute_path": "0", "protocol_whitelist": ""}


@contextmanager
def opened_video(path: Path, form: str) -> Iterator[InputContainer]:
    """Open a video of one of FORMATS. Raises av.FFmpegError, OSError and ValueError."""
    if form not in FORMATS:
        raise ValueError(f"videos of the format {form} are not opened")
    import av  # takes a while: the window starts without it

    with (
        path.open("rb") as file,
        av.open(file, "r", format=form, options=OPTIONS, io_open=_refuse) as container,
    ):
        yield container


def _refuse(url: str, flags: int, options: dict[str, str]) -> NoReturn:
    raise PermissionError(f"a video may not open other files ({url[:80]})")
