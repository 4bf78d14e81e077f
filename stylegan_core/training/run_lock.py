"""The lock of a run's folder: one process at a time trains in it.

That process holds RUN/train.lock; the system releases it however the process ends. No torch.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from stylegan_core.errors import UserError

LOCK: Final = "train.lock"


@contextmanager
def held(run: Path) -> Iterator[None]:
    """Keep other processes from training in an existing folder. UserError if one does already."""
    lock = FileLock(run / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise UserError(
            f"Another process is training in {run}. Wait until it ends, or stop it (it saves its "
            "state), then resume the run."
        ) from None
    try:
        yield
    finally:
        lock.release()
