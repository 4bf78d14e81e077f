"""Read ahead in a thread, so that the next batch is ready when it is asked for."""

import queue
import threading
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TypeVar

Item = TypeVar("Item")


@contextmanager
def prefetched(items: Iterator[Item], ahead: int = 2) -> Iterator[Iterator[Item]]:
    """Yield the same items in the same order, up to `ahead` of them drawn early by a thread.

    An exception of `items` is raised after the items before it. Leaving the block ends the thread
    once the item that it draws is done.
    """
    ready: queue.SimpleQueue[Item | _End] = queue.SimpleQueue()
    free_places = threading.Semaphore(ahead)
    has_left = threading.Event()

    def draw() -> None:
        try:
            while free_places.acquire() and not has_left.is_set():
                ready.put(next(items))
        except StopIteration:
            ready.put(_End())
        except Exception as error:
            ready.put(_End(error))

    def hand_over() -> Generator[Item, None, None]:
        while not isinstance(item := ready.get(), _End):
            free_places.release()
            yield item
        if item.error is not None:
            raise item.error

    thread = threading.Thread(target=draw, name="prefetch", daemon=True)
    thread.start()
    try:
        with closing(hand_over()) as drawn:
            yield drawn
    finally:
        has_left.set()
        free_places.release()
        thread.join()


@dataclass(frozen=True)
class _End:
    """Marks the end of the items, or the error that ended them."""

    error: Exception | None = None
