"""Advice that names the options of a command: for those who typed it, not for those at a window.

A message says what was found and what to do, in words that fit both. What to type is kept apart
from it, and added where a command prints the message, unless a window started that command.
"""

import os
from typing import Final

FROM_WINDOW: Final = "STYLEGAN_FROM_WINDOW"  # set in the environment of a window's processes


def with_options(message: str, options: str) -> str:
    """Return a message with advice on options after it, if a person typed the command."""
    return message if os.environ.get(FROM_WINDOW) or not options else f"{message} {options}"
