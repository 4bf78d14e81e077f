"""Reading ahead in a thread, so that the next batch is there before it is asked for."""

import queue
import threading
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TypeVar

Item = TypeVar("Item")


@contextmanager
def prefetched(items: Iterator[Item], ahead: int = 2) -> Iterator[Iterator[Item]]:
    """The same items in the same order, up to `ahead` of them drawn in a thread before their turn.

    An exception of `items` comes after the items before it. Leaving the block ends the thread,
    once the item it is drawing is done.
    """
    ready: queue.SimpleQueue[Item | _End] = queue.SimpleQueue()
    places = threading.Semaphore(ahead)
    left = threading.Event()

    def draw() -> None:
        try:
            while places.acquire() and not left.is_set():
                ready.put(next(items))
        except StopIteration:
            ready.put(_End())
        except Exception as error:
            ready.put(_End(error))

    def handed_over() -> Generator[Item, None, None]:
        while not isinstance(item := ready.get(), _End):
            places.release()
            yield item
        if item.error is not None:
            raise item.error

    thread = threading.Thread(target=draw, name="prefetch", daemon=True)
    thread.start()
    try:
        with closing(handed_over()) as drawn:
            yield drawn
    finally:
        left.set()
        places.release()
        thread.join()


@dataclass(frozen=True)
class _End:
    """Comes after the last item."""

    error: Exception | None = None
