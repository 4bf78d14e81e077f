"""Numbers as people type and read them: one rule for every field of the window."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from stylegan_core.errors import UserError
from stylegan_core.readable import shown

_WHOLE: Final = re.compile(r"[+-]?\d+", re.ASCII)
_DECIMAL: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_TYPED_DIGITS: Final = 4  # after the point, in a field that is being edited
_LONGEST_QUOTE: Final = 24
_SAME_SIGN: Final = str.maketrans({",": ".", "\N{MINUS SIGN}": "-"})


@dataclass(frozen=True)
class Numbers:
    """The numbers that a field takes, and how it writes them.

    `digits` are shown after the point. A slider sticks to the numbers in `snaps` for a moment.
    """

    low: float
    high: float
    digits: int = 2
    unit: str = ""
    whole: bool = False
    snaps: tuple[float, ...] = ()

    def text(self, value: float) -> str:
        """Return a number as it is shown, such as "0.35" or "2.0 s"."""
        return f"{value:.{self.digits}f}{self.unit}"

    def plain(self, value: float) -> str:
        """Return a number as it is edited: with all its digits, without a unit."""
        if self.whole:
            return str(round(value))
        return f"{value:.{_TYPED_DIGITS}f}".rstrip("0").rstrip(".")

    def read(self, text: str) -> float:
        """Return a typed number. Raises UserError for anything that the field does not take."""
        typed = text.strip().translate(_SAME_SIGN)
        if (_WHOLE if self.whole else _DECIMAL).fullmatch(typed):
            value = float(typed)
            if self.low <= value <= self.high:
                return value
        quoted = shown(text.strip(), _LONGEST_QUOTE)
        raise UserError(f"{quoted} was not taken: type {self._description()}.")

    def snapped(self, value: float, reach: float) -> float:
        """Return the number to snap to that lies within reach, else the value as it is shown."""
        near = (snap for snap in self.snaps if abs(value - snap) <= reach)
        return next(near, round(value, self.digits))

    def share(self, value: float) -> float:
        """Return where a number lies between the lowest (0) and the highest (1)."""
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)

    def _description(self) -> str:
        kind = "a whole number" if self.whole else "a number"
        return f"{kind} from {self.plain(self.low)} to {self.plain(self.high)}"
