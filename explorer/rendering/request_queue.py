"""The requests that wait for the worker: the newest of each kind, served by priority."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from explorer.rendering.messages import REQUEST_KINDS, Rendered, Request
from explorer.rendering.pausable import Pausable

MAX_PASSED_OVER = 8
"""A request is passed over this many times at most before it comes first."""


@dataclass
class Work:
    """A request that is being served, part by part."""

    request: Request
    rendering: Pausable[Rendered]
    spent_s: float = 0.0


class RequestQueue:
    """At most one request of a kind waits and one is being served. The owner holds the lock."""

    def __init__(self) -> None:
        self._waiting: dict[type[Request], Request] = {}
        self._begun: dict[type[Request], Work] = {}
        self._passed_over: Counter[type[Request]] = Counter()

    def put(self, request: Request) -> None:
        """Let a request wait in place of an older one of its kind."""
        if type(request) not in REQUEST_KINDS:
            raise TypeError(f"{request!r} is not a request")
        self._waiting[type(request)] = request

    def has_any(self, *kinds: type[Request]) -> bool:
        """Tell whether a request waits or is being served, of any kind or of these."""
        return any(kind in self._waiting or kind in self._begun for kind in kinds or REQUEST_KINDS)

    def next(self, begin: Callable[[Request], Pausable[Rendered]]) -> Work | None:
        """Pick the next work: by priority, unless a kind has starved. None where nothing waits.

        A newer request takes the place of work that was begun on an older one of its kind.
        """
        present = [kind for kind in REQUEST_KINDS if self.has_any(kind)]
        if not present:
            return None
        starved = [kind for kind in present if self._passed_over[kind] >= MAX_PASSED_OVER]
        chosen = (starved or present)[0]
        if chosen in self._waiting:  # the later parts of a picture pass over nothing
            self._passed_over.update(present)
            request = self._waiting.pop(chosen)
            self._begun[chosen] = Work(request, begin(request))
        self._passed_over[chosen] = 0
        return self._begun[chosen]

    def finish(self, work: Work) -> None:
        """Forget work that has ended."""
        del self._begun[type(work.request)]

    def clear(self) -> None:
        """Drop everything."""
        self._waiting.clear()
        self._begun.clear()
