"""Keep freed memory for reuse, which makes large tensors on a CPU much faster."""

import ctypes
import os
import platform

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX, _M_ARENA_MAX = -1, -2, -4, -8  # malloc.h of glibc
_NEVER = 2**31 - 1
_GROWTH = 2**25


def keep_freed_memory() -> bool:
    """Keep the memory of freed tensors for the next ones; return whether that is possible.

    Call it before torch is imported. By default the C library of Linux returns each large block to
    the system and takes fresh pages for the next one, which costs as much as a convolution at
    1024 x 1024. Torch gets huge pages too, because their alignment lets blocks be reused. On other
    systems nothing changes.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
    mallopt = ctypes.CDLL(None).mallopt
    settings = (
        (_M_MMAP_MAX, 0),
        (_M_TRIM_THRESHOLD, _NEVER),
        (_M_TOP_PAD, _GROWTH),
        (_M_ARENA_MAX, 1),
    )
    done = [mallopt(name, value) == 1 for name, value in settings]
    return all(done)
