"""The speed of training, also when its process was suspended in between."""

from __future__ import annotations

import signal
import threading

from stylegan_core.training.clock import Clock, working_clock


class Time:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_a_pause_is_no_time_of_training() -> None:
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


def test_being_woken_is_noticed_and_the_signal_given_back() -> None:
    before = signal.getsignal(signal.SIGCONT)
    with working_clock(0) as clock:
        skipped: list[bool] = []
        clock.skip = lambda: skipped.append(True)  # type: ignore[method-assign]
        signal.raise_signal(signal.SIGCONT)
        assert skipped == [True]
    assert signal.getsignal(signal.SIGCONT) == before


def test_another_thread_can_train_too() -> None:
    read: list[float] = []

    def work() -> None:
        with working_clock(0) as clock:
            read.append(clock.read(0)[0])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert read == [0.0]
