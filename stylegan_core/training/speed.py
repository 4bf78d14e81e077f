"""What makes training faster on this machine without changing its results."""

import ctypes
import sys

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD = -1, -2, -3  # of glibc's mallopt(3)
LARGEST_MMAP_THRESHOLD = 32 << 20  # the most that glibc takes
KEPT_BYTES = 1 << 30


def keep_freed_memory() -> bool:
    """Ask glibc to keep memory that is freed instead of giving it back to the system.

    Every step allocates the same large tensors anew; without this each of their pages is faulted
    in and zeroed again, some ten thousand times in a step. Returns whether it was possible.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:  # another C library
        return False
    settings = (
        (M_MMAP_THRESHOLD, LARGEST_MMAP_THRESHOLD),
        (M_TRIM_THRESHOLD, KEPT_BYTES),
        (M_TOP_PAD, LARGEST_MMAP_THRESHOLD),
    )
    return all(mallopt(name, value) == 1 for name, value in settings)
