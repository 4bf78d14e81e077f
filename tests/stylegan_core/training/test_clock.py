"""The clock of a run measures training only, also when the process is suspended."""

from __future__ import annotations

import signal
import threading

import pytest

from stylegan_core.training.clock import Clock, working_clock


class Time:
    """A clock that shows the time that the test sets."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_a_pause_does_not_count_as_training() -> None:
    time = Time()
    clock = Clock(1000, time)
    time.now_s = 104.0
    clock.tick()
    time.now_s = 4104.0
    clock.skip()
    time.now_s = 4110.0
    assert clock.read(1040) == (4.0, 10.0)
    time.now_s = 4115.0
    assert clock.read(1050) == (2.0, 15.0)


def test_waking_up_skips_the_pause_and_the_signal_handler_is_restored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = signal.getsignal(signal.SIGCONT)
    with working_clock(0) as clock:
        skipped: list[bool] = []
        monkeypatch.setattr(clock, "skip", lambda: skipped.append(True))
        signal.raise_signal(signal.SIGCONT)
        assert skipped == [True]
    assert signal.getsignal(signal.SIGCONT) == before


def test_the_clock_works_outside_the_main_thread() -> None:
    speeds: list[float] = []

    def work() -> None:
        with working_clock(0) as clock:
            speeds.append(clock.read(0)[0])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert speeds == [0.0]
