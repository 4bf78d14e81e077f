"""Settings of a run as users write them: NAME=VALUE. No torch."""

from collections.abc import Sequence
from typing import Any

from stylegan_core.errors import UserError
from stylegan_core.json_text import parsed_json

DEFAULT_PRESET = "portraits-cpu"


def parse_settings(texts: Sequence[str]) -> dict[str, Any]:
    """Parse settings: ("r1_gamma=5", "amp=off") -> {"r1_gamma": 5, "amp": "off"}.

    Raises `UserError` for a text without "=".
    """
    settings = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise UserError(f"A setting is written as NAME=VALUE, not '{text}'.")
        try:
            settings[name] = parsed_json(value)
        except ValueError:
            settings[name] = value
    return settings
