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

def here_and_on_a_thread(times):
    use_and_free(times)
    thread = threading.Thread(target=use_and_free, args=[times])
    thread.start()
    thread.join()

torch.ones(8)
start = resident_mib()
use_and_free(1)
once = resident_mib() - start
here_and_on_a_thread(100)
settled = resident_mib()
here_and_on_a_thread(20)
print(json.dumps({"once": once, "more": resident_mib() - settled}))
"""


@pytest.mark.slow
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
    # The first blocks of a thread may find small objects in their way; later ones do not.
    assert resident["kept"]["more"] < 16, "used again, on another thread too"
