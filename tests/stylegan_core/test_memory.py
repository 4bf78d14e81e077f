"""Freed memory is kept: large tensors stop costing fresh pages."""

import platform
import subprocess
import sys

import pytest

FAULTS = """
import resource, sys, threading
from stylegan_core.memory import keep_freed_memory

if sys.argv[1] == "kept":
    assert keep_freed_memory()
import torch

count = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_minflt
faults = []

def work():
    torch.ones(2**24)  # 64 MB
    before = count()
    for _ in range(4):
        torch.ones(2**24)
    faults.append(count() - before)

work()
thread = threading.Thread(target=work)
thread.start()
thread.join()
print(*faults)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="of the GNU C library alone")
def test_large_tensors_reuse_their_pages() -> None:
    faults = {
        how: [
            int(n)
            for n in subprocess.run(
                [sys.executable, "-c", FAULTS, how], check=True, capture_output=True, text=True
            ).stdout.split()
        ]
        for how in ("kept", "as usual")
    }
    pages = 4 * 2**26 // 4096
    assert max(faults["kept"]) < pages / 100, "on the main thread and on another"
    assert min(faults["as usual"]) > 10 * max(faults["kept"])
