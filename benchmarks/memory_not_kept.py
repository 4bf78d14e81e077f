"""Time textbook code in a process of its own, in which freed memory is not kept.

`python -m benchmarks.memory_not_kept pass|training RESOLUTION ROUNDS DEVICE` prints milliseconds.
"""

import statistics
import subprocess
import sys
from typing import Literal

import torch

from benchmarks import networks, textbook_training
from benchmarks.clock import medians_ms
from benchmarks.training_cases import case_at

Work = Literal["pass", "training"]


def textbook_ms(work: Work, resolution: int, rounds: int, device: str) -> float:
    """Start the process; return the milliseconds of a pass over one picture or a training step."""
    command = [sys.executable, "-m", "benchmarks.memory_not_kept", work]
    command += [str(resolution), str(rounds), device]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _pass_ms(resolution: int, rounds: int, device: str) -> float:
    with torch.inference_mode():
        case = networks.textbook_case(networks.published(resolution, device), 1, device)
        return medians_ms({"textbook": case}, rounds, device)["textbook"]


def _training_ms(resolution: int, rounds: int, device: str) -> float:
    case = case_at(resolution, device)
    step = textbook_training.stepper(case.config, device)
    times = [case.step_seconds(lambda: step(case.images())) for _ in range(rounds + 1)]
    return 1000 * statistics.median(times[1:])


if __name__ == "__main__":
    measure = {"pass": _pass_ms, "training": _training_ms}[sys.argv[1]]
    print(measure(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))
