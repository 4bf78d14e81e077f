"""Freed memory is kept, so that large tensors need no fresh pages."""

import json
import platform
import subprocess
import sys

import pytest

RESIDENT = """
import json, sys, threading
from pathlib import Path
from stylegan_core.memory import keep_freed_memory

if sys.argv[1] == "kept":
    assert keep_freed_memory()
import torch

def resident_mib():
    kib = Path("/proc/self/smaps_rollup").read_text().split("Rss:")[1].split()[0]
    return int(kib) / 1024

def use_and_free(times):
    for _ in range(times):
        torch.ones(2**24)  # 64 MiB

torch.ones(8)
start = resident_mib()
use_and_free(1)
once = resident_mib() - start
use_and_free(100)
settled = resident_mib()
use_and_free(20)
thread = threading.Thread(target=use_and_free, args=[20])
thread.start()
thread.join()
print(json.dumps({"once": once, "more": resident_mib() - settled}))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs the GNU C library")
def test_large_tensors_reuse_their_pages() -> None:
    resident = {
        how: json.loads(
            subprocess.run(
                [sys.executable, "-c", RESIDENT, how], check=True, capture_output=True, text=True
            ).stdout
        )
        for how in ("kept", "as usual")
    }
    assert resident["as usual"]["once"] < 16, "given back to the system"
    assert resident["kept"]["once"] > 48, "kept"
    # Small objects that stay may at first lie in the way of the next block: that settles.
    a_few_blocks = 4 * 64  # of forty
    assert resident["kept"]["more"] < a_few_blocks, "used again, on another thread too"
