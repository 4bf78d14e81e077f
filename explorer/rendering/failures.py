"""Errors as sentences for people, in the window and on the command line."""

import logging

from stylegan_core.errors import UserError


def message_of(error: Exception) -> str:
    """Return a sentence that says what went wrong."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.strerror or error}" + (f": {error.filename}" if error.filename else "")
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return "There is not enough memory for this on the chosen device."
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0]}" if text else type(error).__name__


def reported(error: Exception) -> str:
    """Return `message_of` an error; an unexpected one is also logged, with its traceback."""
    if not isinstance(error, UserError | OSError | MemoryError):
        logging.getLogger(__name__).error("unexpected error", exc_info=error)
    return message_of(error)
