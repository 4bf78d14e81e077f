"""The requests that wait for the worker: the newest of each kind, served by priority."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from explorer.rendering.messages import REQUEST_KINDS, Rendered, Request
from explorer.rendering.pausable import Pausable

MAX_PASSED_OVER = 8
"""How often a waiting kind may be passed over before it comes first."""


@dataclass
class Work:
    """A request that is being served, pause by pause."""

    request: Request
    rendering: Pausable[Rendered]
    spent_s: float = 0.0


class RequestQueue:
    """Holds at most one waiting and one half-served request of each kind.

    It is not thread-safe: the worker guards it with its own lock.
    """

    def __init__(self) -> None:
        self._waiting: dict[type[Request], Request] = {}
        self._half_served: dict[type[Request], Work] = {}
        self._passed_over: Counter[type[Request]] = Counter()

    def put(self, request: Request) -> None:
        """Add a request, in place of a waiting one of its kind. TypeError for any other object."""
        if type(request) not in REQUEST_KINDS:
            raise TypeError(f"{request!r} is not a request")
        self._waiting[type(request)] = request

    def has_any(self, *kinds: type[Request]) -> bool:
        """Tell whether a request of these kinds waits or is half served; by default, of any."""
        return any(
            kind in self._waiting or kind in self._half_served for kind in kinds or REQUEST_KINDS
        )

    def next(self, begin: Callable[[Request], Pausable[Rendered]]) -> Work | None:
        """Pick the next request: by priority, unless a kind has starved; None if none waits.

        A newer request takes the place of a half-served one of its kind.
        """
        present = [kind for kind in REQUEST_KINDS if self.has_any(kind)]
        if not present:
            return None
        starved = [kind for kind in present if self._passed_over[kind] >= MAX_PASSED_OVER]
        chosen = (starved or present)[0]
        if chosen in self._waiting:  # resuming after a pause does not count as passing over
            self._passed_over.update(present)
            request = self._waiting.pop(chosen)
            self._half_served[chosen] = Work(request, begin(request))
        self._passed_over[chosen] = 0
        return self._half_served[chosen]

    def finish(self, work: Work) -> None:
        """Remove a request that was served, or has failed."""
        del self._half_served[type(work.request)]

    def clear(self) -> None:
        """Drop everything."""
        self._waiting.clear()
        self._half_served.clear()
