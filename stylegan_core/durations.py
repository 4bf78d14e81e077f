"""Durations in the form that people read."""

from typing import Final


def duration(seconds: float) -> str:
    """Format seconds as 0:07, 12:34 or 1:02:03."""
    whole = int(seconds)
    hours, minutes = divmod(whole // 60, 60)
    if hours:
        return f"{hours}:{minutes:02d}:{whole % 60:02d}"
    return f"{minutes}:{whole % 60:02d}"


_UNITS: Final = (
    (31_557_600, "a year", "years"),
    (2_629_800, "a month", "months"),
    (86_400, "a day", "days"),
    (3600, "an hour", "hours"),
    (60, "a minute", "minutes"),
)
_FINE_MINUTES: Final = 10  # above these, minutes are rounded to fives


def about(seconds: float) -> str:
    """Name a duration that is known roughly: "a minute", "25 minutes", "3 hours", "5 days"."""
    for length, one, many in _UNITS:
        count = round(seconds / length)
        if count > 1 and seconds >= 1.5 * length:
            is_exact = length > 60 or count <= _FINE_MINUTES
            return f"{count if is_exact else 5 * round(count / 5)} {many}"
        if 0.95 <= seconds / length < 1.25:
            return one
    return "a minute"
