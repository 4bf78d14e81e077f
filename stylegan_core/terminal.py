"""Everything that the programs print goes through here.

Names, cards, settings and errors come from files, and a terminal obeys the control characters in
them: they are shown as escapes instead. `make check` finds a `print` anywhere else.
"""

from __future__ import annotations

import sys
from typing import TextIO

from stylegan_core.readable import escaped


def say(text: object, stream: TextIO | None = None) -> None:
    """Print lines on the standard output, or on another stream."""
    print(escaped(str(text)), file=stream, flush=True)


def complain(text: object) -> None:
    """Print lines on the standard error."""
    say(text, sys.stderr)


def rewrite(text: str, stream: TextIO) -> None:
    """Write a line in place of the last one on a terminal."""
    stream.write("\r" + escaped(text))
    stream.flush()
