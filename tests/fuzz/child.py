"""Read the files of some seeds in this process, whose memory is bounded.

Prints one line of JSON for each seed: when it begins, and what came of it.
"""

from __future__ import annotations

import faulthandler
import json
import resource
import sys
import tempfile
import time
import traceback
from pathlib import Path
from random import Random

from stylegan_core.errors import UserError
from stylegan_core.readable import MAX_SHOWN
from tests.fuzz.targets import TARGETS

MEMORY_BYTES = 300 * 2**20  # beyond what the process holds before the first file
SECONDS = 20  # for one file: it hangs
ESCAPES_AT_MOST = 12  # characters of the message for one of a file


def target_of(seed: int) -> str:
    """Return the name of the target that a seed's file is for."""
    return list(TARGETS)[seed % len(TARGETS)]


def outcome(seed: int) -> str:
    """Make the file of a seed and read it; return what came of it, a fault with its traceback."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            TARGETS[target_of(seed)](Random(seed), Path(folder))
        except UserError as error:
            message = str(error)
            is_bounded = len(message) <= ESCAPES_AT_MOST * MAX_SHOWN
            return "refused" if message.isprintable() and is_bounded else f"message: {message!r}"
        except Exception:
            return f"fault: {traceback.format_exc()}"
    return "read"


def main(first: int, last: int) -> None:
    outcome(0)  # imports what is needed
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    bound = pages * resource.getpagesize() + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (bound, bound))
    for seed in range(first, last):
        print(json.dumps({"seed": seed}), flush=True)
        faulthandler.dump_traceback_later(SECONDS, exit=True)
        begun_s = time.monotonic()
        result = outcome(seed)
        print(json.dumps({"result": result, "seconds": time.monotonic() - begun_s}), flush=True)
    faulthandler.cancel_dump_traceback_later()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
