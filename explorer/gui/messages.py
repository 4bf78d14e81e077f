"""The messages of the status bar, each of which belongs to an action or to something that lasts.

The message of an action fades after a while and gives way to the next action. The message of
something that lasts, such as an export, stays until that has ended.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from explorer.gui.toolkit.letters import shown

_SHOWN_S: Final = 5.0
_SHOWN_S_PER_LETTER: Final = 0.05
_WARNING_FACTOR: Final = 2.5  # warnings stay longer
_LEAST_S: Final = 1.5  # however soon the next action comes
_FADE_S: Final = 0.5
_FADE_STEPS: Final = 5


@dataclass(frozen=True)
class Message:
    """A text, and until when it is shown at full strength."""

    text: str
    is_warning: bool
    said_s: float
    until_s: float

    def opacity(self, now: float) -> float:
        """Return 1 until the message fades, then less, in steps down to 0."""
        left = min(max(1 - (now - self.until_s) / _FADE_S, 0.0), 1.0)
        return math.ceil(left * _FADE_STEPS) / _FADE_STEPS


class Messages:
    """Holds the message of the last action above that of something that lasts.

    `clock` returns seconds of a steady clock, as all times here are.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._action: Message | None = None
        self._lasting: tuple[Message, Callable[[], bool]] | None = None
        self._seen: tuple[str, float] = ("", 0.0)

    def say(
        self, text: str, *, is_warning: bool = False, during: Callable[[], bool] | None = None
    ) -> None:
        """Show a message; an empty one clears the last action's.

        `during` tells whether the thing that the message speaks of still lasts.
        """
        now = self._clock()
        shown_s = _SHOWN_S + _SHOWN_S_PER_LETTER * len(text)
        until_s = now + shown_s * (_WARNING_FACTOR if is_warning else 1.0)
        message = Message(shown(text), is_warning, now, until_s)
        if during is not None:
            self._action = None
            self._lasting = (replace(message, until_s=math.inf), during)
        else:
            self._action = message if text else None

    def give_way(self) -> None:
        """Let the last action's message fade, because the user did something else."""
        message = self._action
        if message is not None:
            least_s = _LEAST_S * (_WARNING_FACTOR if message.is_warning else 1.0)
            until_s = min(message.until_s, max(self._clock(), message.said_s + least_s))
            self._action = replace(message, until_s=until_s)

    def shown(self) -> tuple[Message | None, float]:
        """Return the message to show, or None, and its opacity."""
        now = self._clock()
        if self._action is not None and self._action.opacity(now):
            return self._action, self._action.opacity(now)
        if self._lasting is not None and self._lasting[1]():
            return self._lasting[0], 1.0
        return None, 0.0

    @property
    def text(self) -> str:
        """The text of the message that is shown, or nothing."""
        message, _ = self.shown()
        return message.text if message is not None else ""

    def changes(self) -> bool:
        """Tell whether other text, or text of another opacity, is due since the last call."""
        message, opacity = self.shown()
        if message is None or message is not self._action:
            self._action = None
        if self._lasting is not None and not self._lasting[1]():
            self._lasting = None
        seen = (message.text if message is not None else "", opacity)
        is_new = seen != self._seen
        self._seen = seen
        return is_new

    def rest_s(self) -> float:
        """Return for how long nothing will change by itself."""
        if self._action is None:
            return math.inf
        left_s = self._action.until_s - self._clock()
        return left_s if left_s > 0 else _FADE_S / _FADE_STEPS
