"""Read the hostile files of many seeds in processes of their own, and collect what was found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMMAND: Sequence[str] = (sys.executable, "-m", "tests.fuzz.child")
BATCH = 500  # seeds of one process
SLOW_S = 3.0


@dataclass
class Report:
    """What came of the seeds; faults and slow files by seed."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: dict[int, str] = field(default_factory=dict)
    slow: dict[int, float] = field(default_factory=dict)

    def add(self, other: Report) -> None:
        self.counts.update(other.counts)
        self.faults.update(other.faults)
        self.slow.update(other.slow)


def run(first: int, count: int, workers: int = 1) -> Report:
    """Read the files of `count` seeds from `first` on."""
    report, end = Report(), first + count
    starts = range(first, end, BATCH)
    with ThreadPoolExecutor(workers) as pool:
        for part in pool.map(lambda start: _batch(start, min(start + BATCH, end)), starts):
            report.add(part)
    return report


def _batch(first: int, end: int) -> Report:
    """Read the files of some seeds; after one that ends the process, go on with the next."""
    report = Report()
    while first < end:
        seed, error = first, ""
        for seed, result, seconds in _results(first, end):
            if seconds is None:
                error = result
                break
            kind = result.partition(":")[0]
            report.counts[kind] += 1
            if kind not in ("read", "refused"):
                report.faults[seed] = result
            if seconds > SLOW_S:
                report.slow[seed] = seconds
        if error:
            report.counts["ended the process"] += 1
            report.faults[seed] = error
        first = seed + 1
    return report


def _results(first: int, end: int) -> Iterator[tuple[int, str, float | None]]:
    """Yield each seed with its result; without seconds for one that ended the process."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}
    done = subprocess.run(
        [*COMMAND, str(first), str(end)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    seed, is_open = -1, True
    for line in done.stdout.splitlines():
        values = json.loads(line)
        seed, is_open = values.get("seed", seed), "seed" in values
        if "result" in values:
            yield seed, values["result"], values["seconds"]
    if seed < 0:
        raise RuntimeError(f"the process never began: {done.stderr}")
    if done.returncode or is_open:
        yield seed, f"ended with {done.returncode}: {done.stderr[-3000:]}", None
