"""Records of a training run's log: each line of log.jsonl holds one moment's numbers by name."""

import math
from collections.abc import Mapping

from stylegan_core.json_text import parsed_json

LogRecord = Mapping[str, float]


def parsed(text: str | bytes) -> LogRecord | None:
    """Return the finite numbers of a line, `kimg` among them, or None if the line is damaged."""
    try:
        values = parsed_json(text)
    except ValueError:
        return None
    if not isinstance(values, dict) or not is_number(values.get("kimg")):
        return None
    return {name: float(value) for name, value in values.items() if is_number(value)}


def is_number(value: object) -> bool:
    """Tell whether a value is a finite number that fits into 64 bits."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) if isinstance(value, float) else abs(value) < 2**63
