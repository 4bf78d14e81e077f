"""One process at a time trains in a run's folder.

It holds RUN/train.lock, which the system lets go of however the process ends. No torch.
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
    """Keep other processes from training in a folder that exists. UserError if one does."""
    lock = FileLock(run / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise UserError(
            f"{run} is being trained by another process: let it end, or stop it, which saves what "
            "it has learnt, and resume the run then."
        ) from None
    try:
        yield
    finally:
        lock.release()
