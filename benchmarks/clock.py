"""Timing that a noisy machine disturbs little: cases alternate, and medians are taken."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch

Run = Callable[[], object]


@dataclass(frozen=True)
class Case:
    """A function to time, and another one that prepares each run without being timed."""

    run: Run
    prepare: Run = lambda: None


def medians_ms(cases: Mapping[str, Case], rounds: int, device: str) -> dict[str, float]:
    """Time each case once a round; return the medians in milliseconds."""
    times: dict[str, list[float]] = {name: [] for name in cases}
    for round_ in range(rounds + 1):
        for name, case in cases.items():
            case.prepare()
            wait(device)
            start = time.perf_counter()
            case.run()
            wait(device)
            if round_:  # the first round warms up
                times[name].append(1000 * (time.perf_counter() - start))
    return {name: statistics.median(values) for name, values in times.items()}


def wait(device: str) -> None:
    """Wait until the device has finished."""
    if device.startswith("cuda"):
        torch.cuda.synchronize()
