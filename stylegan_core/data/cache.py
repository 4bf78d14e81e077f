"""The folder of prepared data: each set is made once, whole, whoever else asks for it meanwhile.

A set NAME is NAME.u8, the bytes of uint8 [N, 3, R, R], with NAME.json beside it, which is written
last. While it is made it is NAME.u8.partial, and NAME.lock is held, which the system lets go of
however the process ends.
"""

import errno
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import platformdirs
from filelock import FileLock

from stylegan_core.data.info import DatasetInfo
from stylegan_core.errors import UserError
from stylegan_core.files import digest_of, make_folder, replacing

Progress = Callable[[int, int], None]  # how many are done, of how many

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def cache_folder() -> Path:
    """Where prepared data lies: STYLEGAN_CACHE, or the user's cache folder."""
    named = os.environ.get("STYLEGAN_CACHE")
    return Path(named or platformdirs.user_cache_dir("stylegan-explorer", False)) / "datasets"


def make_once(path: Path, size: int, make: Callable[[Path], DatasetInfo]) -> None:
    """Have `make` write NAME.u8, of at most `size` bytes, unless it is there or comes meanwhile.

    `make` gets the partial file, which holds what an interrupted process wrote, and may continue
    it. Raises `UserError` where the disk is too full; nothing of the set is left then.
    """
    if path.with_suffix(".json").exists():
        return
    make_folder(path.parent)
    with FileLock(path.with_suffix(".lock")):
        if path.with_suffix(".json").exists():
            return
        aside = path.with_name(path.name + ".partial")
        _check_space(aside, size)
        try:
            info = make(aside)
            info = replace(info, fingerprint=_fingerprint(aside, info))
            os.replace(aside, path)
            with replacing(path.with_suffix(".json")) as described:
                described.write_text(info.to_json(), encoding="utf-8")
        except OSError as error:
            if error.errno not in FULL:
                raise
            aside.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            raise _full(path.parent, size, error.strerror) from None


def _check_space(aside: Path, size: int) -> None:
    written = aside.stat().st_size if aside.exists() else 0
    free = shutil.disk_usage(aside.parent).free
    if free < size - written:
        raise _full(aside.parent, size, f"{free / 1e9:.1f} GB are free")


def _full(folder: Path, size: int, found: str | None) -> UserError:
    return UserError(
        f"The prepared pictures need {size / 1e9:.1f} GB in {folder}, but: {found}. Make room, "
        "name another disk with STYLEGAN_CACHE=FOLDER, or ask for a lower resolution."
    )


def _fingerprint(path: Path, info: DatasetInfo) -> str:
    """A digest of all pixels and labels, in their order."""
    labels = b"" if info.labels is None else np.array(info.labels, dtype="<i8").tobytes()
    return digest_of(path, labels)[:16]
