"""What a file may cost, and who may stop its reading."""

import pytest

from stylegan_core.json_text import MAX_JSON_DEPTH, parsed_json
from stylegan_core.limits import (
    AT_LEAST,
    ENTRIES_PER_BYTE,
    MAX_STEPS,
    READS_PER_BYTE,
    STEPS_BETWEEN_LOOKS,
    STEPS_PER_BYTE,
    Budget,
    LimitExceeded,
    Reports,
    budget,
    reading,
)


def steps_of(size: int) -> int:
    """Return how many steps a file of a size may take."""
    spent = Budget(size)
    for count in range(MAX_STEPS + 1):
        try:
            spent.step()
        except LimitExceeded:
            return count
    return MAX_STEPS + 1


def budget_spent(steps: int) -> None:
    for _ in range(steps):
        budget().step()


def test_a_budget_grows_with_the_file_up_to_a_bound() -> None:
    assert steps_of(0) == AT_LEAST
    assert steps_of(1000) == AT_LEAST + 1000 * STEPS_PER_BYTE
    assert steps_of(10**9) == MAX_STEPS


def test_entries_and_bytes_are_counted_too() -> None:
    spent = Budget(100)
    spent.entries(AT_LEAST + 100 * ENTRIES_PER_BYTE)
    with pytest.raises(LimitExceeded, match="repeats"):
        spent.entries(1)
    spent.read(AT_LEAST + 100 * READS_PER_BYTE)
    with pytest.raises(LimitExceeded, match="numbers"):
        spent.read(1)


def test_all_that_reads_a_file_shares_its_budget() -> None:
    with reading(0):
        budget().entries(AT_LEAST)
        with pytest.raises(LimitExceeded):
            budget().entries(1)
        with reading(0):
            budget().entries(AT_LEAST)
    assert budget() is not budget()  # outside, each use has a fresh one


def test_who_waits_can_stop_the_reading_between_two_reports() -> None:
    class Stopped(Exception):
        pass

    told: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> None:
        told.append((done, total))
        if len(told) == 3:
            raise Stopped

    reports = Reports(progress)
    reports.report(2, 5)
    with reading(10**6, reports.look), pytest.raises(Stopped):
        budget_spent(3 * STEPS_BETWEEN_LOOKS)
    assert told == [(2, 5)] * 3


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[" * 100_000, "not JSON|nested"),
        ("[" * 300 + "]" * 300, "nested"),
        ("1" * 31, "31 digits"),
        ("[" + "0," * 500_000 + "0]", "500,000 values"),
        (b"\xff\xff\xff", "UTF"),
        (b"\x80", "UTF-8"),
        ("", "not JSON"),
    ],
)
def test_json_beyond_its_bounds_is_refused(text: str | bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parsed_json(text)


def test_usual_json_is_read() -> None:
    assert parsed_json('{"a": [1, 2.5, null, "é"]}'.encode()) == {"a": [1, 2.5, None, "é"]}
    assert parsed_json(b"\xef\xbb\xbf7") == 7
    deepest = "[" * MAX_JSON_DEPTH + "]" * MAX_JSON_DEPTH
    assert parsed_json(deepest)
    assert parsed_json("9" * 30) == int("9" * 30)
