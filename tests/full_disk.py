"""A disk that is full: a limit on the size of files takes its place, which needs no privileges."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def full_disk(room: int) -> Iterator[None]:
    """Let no file of this process, and of those that it starts, grow beyond `room` bytes."""
    if sys.platform == "win32":
        pytest.skip("files have no size limit to reach")
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
