"""Items are read ahead in a thread, in their order."""

import itertools
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from stylegan_core.data.dataset import open_dataset
from stylegan_core.data.prefetch import prefetched


def is_reading() -> bool:
    return any(thread.name == "prefetch" for thread in threading.enumerate())


def test_batches_come_in_their_order(greys: Path) -> None:
    data = open_dataset(str(greys), 8)
    sizes = [4, 4, 7, 1, 3]
    starts = [0, 4, 8, 15, 16]
    wanted = list(zip(starts, sizes, strict=True))

    with prefetched(data.batch(n, size, 1, mirror=True) for n, size in wanted) as batches:
        drawn = torch.cat([batch.images for batch in batches])

    assert torch.equal(drawn, data.batch(0, 19, 1, mirror=True).images)


@pytest.mark.parametrize("ahead", [1, 2, 5])
def test_no_more_than_the_requested_number_is_read_ahead(ahead: int) -> None:
    drawn: list[int] = []
    enough = threading.Event()

    def items() -> Iterator[int]:
        for i in itertools.count():
            drawn.append(i)
            if i == ahead + 2:
                enough.set()
            yield i

    with prefetched(items(), ahead) as batches:
        assert [next(batches) for _ in range(3)] == [0, 1, 2]
        assert enough.wait(10)  # drawn without being asked for
        assert is_reading()
        assert [thread.name for thread in threading.enumerate()].count("prefetch") == 1
    assert not is_reading()
    assert drawn == list(range(ahead + 3))
    with pytest.raises(StopIteration):
        next(batches)


def test_an_error_is_raised_after_the_items_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise OSError("the disk is gone")

    with prefetched(items(), ahead=5) as batches:
        assert [next(batches), next(batches)] == [1, 2]
        with pytest.raises(OSError, match="the disk is gone"):
            next(batches)
        with pytest.raises(StopIteration):
            next(batches)


def test_an_error_of_the_consumer_ends_the_thread() -> None:
    def consume() -> None:
        with prefetched(itertools.count()) as batches:
            next(batches)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        consume()
    assert not is_reading()


def test_an_exhausted_iterator_stays_exhausted() -> None:
    with prefetched(iter("ab"), ahead=1) as batches:
        assert list(batches) == ["a", "b"]
        assert list(batches) == []
