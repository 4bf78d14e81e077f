"""The `stylegan` command: one file for each verb."""

import sys
from collections.abc import Callable

from stylegan_core.errors import UserError

DONE, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


def exit_code_of(command: Callable[[], int | None]) -> int:
    """Run a command and turn what happened into an exit code and at most one sentence on stderr.

    0 done, 1 failed while running, 2 bad input, 130 interrupted; a command may also return its
    own code.
    """
    try:
        return command() or DONE
    except UserError as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        print(f"Failed: {error.strerror or error}{where}.", file=sys.stderr)
        return FAILED
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        print("Failed: out of memory. Ask for less at once, or for smaller sizes.", file=sys.stderr)
        return FAILED


def is_out_of_memory(error: Exception) -> bool:
    """Whether memory ran out: torch has an error of its own for CUDA only."""
    signs = ("out of memory", "can't allocate memory", "not enough memory")
    return isinstance(error, MemoryError) or any(sign in str(error) for sign in signs)


def choose_device(name: str) -> str:
    """A device of this machine: the one named, or for "auto" CUDA, Apple MPS or the CPU."""
    import torch

    available = {"cpu": True, "cuda": torch.cuda.is_available()}
    available["mps"] = torch.backends.mps.is_available()
    if name == "auto":
        return next(kind for kind in ("cuda", "mps", "cpu") if available[kind])
    kind, colon, index = name.partition(":")
    count = torch.cuda.device_count() if kind == "cuda" else 1
    is_one = not colon or (index.isdecimal() and int(index) < count)
    if not available.get(kind, False) or not is_one:
        found = ", ".join(kind for kind, here in available.items() if here)
        raise UserError(f"The device '{name}' is not available here; choose one of: auto, {found}.")
    return name
