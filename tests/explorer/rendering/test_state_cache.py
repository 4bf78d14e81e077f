"""The cache of states: what the next picture shares with the newest one, within memory."""

import numpy as np

from explorer.rendering.state_cache import StateCache

PICTURE = np.zeros((4, 4, 3), np.uint8)
KEYS = ("start", "a", "b", "c")


def filled(*keeps: bool) -> StateCache:
    """Return a cache that has seen `KEYS`, with states 0 to 3."""
    cache = StateCache(keeps)
    assert cache.resume(KEYS) is None
    for state in range(4):
        cache.append(KEYS, state)
    cache.finish(KEYS, PICTURE)
    return cache


def test_a_finished_picture_is_found_by_equal_keys() -> None:
    cache = filled(True, True, True)
    assert cache.picture(("start", "a", "b", "c")) is PICTURE
    assert cache.picture(("start", "a", "b", "d")) is None
    cache.resume(("start", "a", "b", "d"))
    assert cache.picture(KEYS) is None


def test_the_next_picture_resumes_after_the_common_prefix() -> None:
    cache = filled(True, True, True)
    keys = ("start", "a", "other", "c")
    assert cache.resume(keys) == (1, 1)
    cache.append(keys, "new")
    assert cache.resume(("start", "a", "other", "d")) == (2, "new")
    assert cache.resume(("elsewhere", "a", "other", "d")) is None


def test_states_that_are_not_kept_run_again() -> None:
    changed_at_the_end = ("start", "a", "b", "d")
    assert filled(True, True, True).resume(changed_at_the_end) == (2, 2)
    assert filled(True, False, True).resume(changed_at_the_end) == (1, 1)
    assert filled(False, False, False).resume(changed_at_the_end) == (0, 0)


def test_an_overtaken_picture_keeps_nothing() -> None:
    cache = filled(True, True, True)
    newer = ("start", "x", "y", "z")
    assert cache.resume(newer) == (0, 0)
    cache.append(KEYS, "late")
    cache.finish(KEYS, PICTURE)
    assert cache.picture(newer) is None
    cache.append(newer, "x state")
    assert cache.resume(("start", "x", "w", "z")) == (1, "x state")


def test_a_picture_that_was_dropped_half_way_leaves_its_states() -> None:
    cache = StateCache((True, True, True))
    cache.resume(KEYS)
    cache.append(KEYS, 0)
    cache.append(KEYS, 1)
    again = ("start", "a", "b", "c")
    assert cache.picture(again) is None
    assert cache.resume(again) == (1, 1)
