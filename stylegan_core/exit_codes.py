"""Exit codes of the command lines, and the sentence that explains a failure."""

from collections.abc import Callable

from stylegan_core.advice import with_options
from stylegan_core.devices import device_failure, is_device_failure
from stylegan_core.errors import UserError
from stylegan_core.terminal import complain
from stylegan_core.write_errors import WriteError

DONE, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


def exit_code_of(command: Callable[[], int | None]) -> int:
    """Run a command; return its exit code and print at most one sentence on stderr.

    0 means done, 1 failed while running, 2 bad input or more asked for than memory holds, 130
    interrupted. A command may return another code itself.
    """
    try:
        return command() or DONE
    except UserError as error:
        complain(with_options(str(error), error.options))
        ran_out_of_room = isinstance(error, WriteError) and error.is_disk_full
        return FAILED if ran_out_of_room else BAD_INPUT
    except KeyboardInterrupt:
        complain("Interrupted.")
        return INTERRUPTED
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        complain(f"Failed: {error.strerror or error}{where}.")
        return FAILED
    except (MemoryError, RuntimeError) as error:
        if is_out_of_memory(error):
            complain("Out of memory. Ask for less at once, or for smaller sizes.")
            return BAD_INPUT
        if is_device_failure(error):
            complain(f"Failed: {device_failure(error)}")
            return FAILED
        raise


def is_out_of_memory(error: Exception) -> bool:
    """Tell whether memory ran out; torch has its own exception for CUDA only."""
    signs = ("out of memory", "can't allocate memory", "not enough memory")
    return isinstance(error, MemoryError) or any(sign in str(error) for sign in signs)
