"""Read 10,000 hostile files: `python -m tests.fuzz [COUNT] [FIRST]`. See `make fuzz`.

Faults are printed with their seeds and written to fuzz-findings/, each with the file that caused it
where that is one file. `python -m tests.fuzz 1 SEED` repeats a single one.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.fuzz.run import run

FINDINGS = Path("fuzz-findings")


def main(count: int = 10_000, first: int = 0) -> int:
    report = run(first, count, workers=max(1, (os.cpu_count() or 2) - 1))
    print(", ".join(f"{number:,} {kind}" for kind, number in sorted(report.counts.items())))
    for seed, seconds in sorted(report.slow.items()):
        print(f"seed {seed} took {seconds:.1f} s")
    for seed, fault in sorted(report.faults.items()):
        FINDINGS.mkdir(exist_ok=True)
        (FINDINGS / f"{seed}.txt").write_text(fault, encoding="utf-8", errors="replace")
        print(f"seed {seed}: {fault.strip().splitlines()[-1][:200]}")
    if report.faults:
        print(f"{len(report.faults)} seeds failed; {FINDINGS}/ says how.")
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
