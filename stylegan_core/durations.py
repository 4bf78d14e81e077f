"""Durations in the form that people read."""


def duration(seconds: float) -> str:
    """Format seconds as 0:07, 12:34 or 1:02:03."""
    whole = int(seconds)
    hours, minutes = divmod(whole // 60, 60)
    if hours:
        return f"{hours}:{minutes:02d}:{whole % 60:02d}"
    return f"{minutes}:{whole % 60:02d}"


_MINUTE, _HOUR, _DAY, _MONTH, _YEAR = 60, 3600, 86_400, 2_629_800, 31_557_600


def about(seconds: float) -> str:
    """Name a duration that is known roughly: "a minute", "25 minutes", "3 hours", "5 days"."""
    units = ((_YEAR, "year"), (_MONTH, "month"), (_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute"))
    for length, name in units:
        count = round(seconds / length)
        if seconds >= 1.5 * length or (seconds >= 0.95 * length and count == 1):
            if name == "minute" and count > 10:
                count = 5 * round(count / 5)
            return f"{count} {name}s" if count > 1 else f"{'an' if name == 'hour' else 'a'} {name}"
    return "a minute"
