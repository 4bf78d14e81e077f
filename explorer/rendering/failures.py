"""Errors as sentences for people, in the window and on the command line."""

import logging

from stylegan_core.devices import device_failure, is_device_failure
from stylegan_core.errors import UserError


def message_of(error: Exception) -> str:
    """Return a sentence that says what went wrong."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.strerror or error}" + (f": {error.filename}" if error.filename else "")
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return "There is not enough memory for this on the chosen device."
    if is_device_failure(error):
        return device_failure(error)
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0]}" if text else type(error).__name__


def reported(error: Exception) -> str:
    """Return `message_of` an error; an unexpected one is also logged, with its traceback."""
    is_expected = isinstance(error, UserError | OSError | MemoryError) or is_device_failure(error)
    if not is_expected:
        logging.getLogger(__name__).error("unexpected error", exc_info=error)
    return message_of(error)
