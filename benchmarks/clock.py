"""Timing that tells ratios apart from the machine's moods: alternate, and take the median."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch

Run = Callable[[], object]


@dataclass(frozen=True)
class Case:
    """What is timed, and what is done before each time without being timed."""

    run: Run
    prepare: Run = lambda: None


def medians_ms(cases: Mapping[str, Case], rounds: int, device: str) -> dict[str, float]:
    """Milliseconds of each case: the median over rounds in which each runs once."""
    times: dict[str, list[float]] = {name: [] for name in cases}
    for round_ in range(rounds + 1):
        for name, case in cases.items():
            case.prepare()
            wait(device)
            start = time.perf_counter()
            case.run()
            wait(device)
            if round_:  # the first one warms up
                times[name].append(1000 * (time.perf_counter() - start))
    return {name: statistics.median(values) for name, values in times.items()}


def wait(device: str) -> None:
    """Until the device has done what it was told."""
    if device.startswith("cuda"):
        torch.cuda.synchronize()
