"""A few hundred hostile files of every kind are refused in a sentence, or read; `make fuzz` 10,000.

A file that hangs, takes too much memory, crashes or raises anything but a `UserError` is named by
its seed: `python -m tests.fuzz 1 SEED` repeats it.
"""

import sys
from pathlib import Path
from random import Random

import pytest

from tests.fuzz import child, run
from tests.fuzz.targets import TARGETS

FILES_OF_EACH_KIND = 25


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="bounds a process's memory as Linux does")
def test_hostile_files_of_every_kind_end_in_a_sentence() -> None:
    report = run.run(first=0, count=FILES_OF_EACH_KIND * len(TARGETS))
    assert report.faults == {}
    assert report.counts["read"] > len(TARGETS)  # some are harmless, and no file is refused unread
    assert report.counts["refused"] > FILES_OF_EACH_KIND


def test_what_is_not_a_user_error_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(chance: Random, folder: Path) -> None:
        raise KeyError("x")

    monkeypatch.setattr(child, "TARGETS", {"one": fail})
    assert child.outcome(5).startswith("fault: Traceback")
    assert "KeyError: 'x'" in child.outcome(5)


def test_a_file_that_ends_the_process_is_named_by_its_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others of its batch are read by another process."""
    program = (
        "import os, sys\n"
        "for seed in range(int(sys.argv[1]), int(sys.argv[2])):\n"
        "    print('{\"seed\": %d}' % seed, flush=True)\n"
        "    if seed == 3: os._exit(7)\n"
        '    print(\'{"result": "read", "seconds": 0.1}\', flush=True)\n'
    )
    monkeypatch.setattr(run, "COMMAND", (sys.executable, "-c", program))
    report = run.run(first=0, count=6)
    assert report.counts == {"read": 5, "ended the process": 1}
    assert list(report.faults) == [3]
    assert report.faults[3].startswith("ended with 7")
