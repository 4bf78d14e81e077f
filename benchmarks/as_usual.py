"""A textbook's code in a process in which freed memory is not kept: prints milliseconds.

`python -m benchmarks.as_usual pass|training RESOLUTION ROUNDS DEVICE`
"""

import statistics
import subprocess
import sys

import torch

from benchmarks import networks, textbook_training
from benchmarks.clock import medians_ms
from benchmarks.training_cases import case_at


def in_its_own_process(what: str, resolution: int, rounds: int, device: str) -> float:
    """Milliseconds of a `pass` over one picture, or of a step of `training`."""
    command = [sys.executable, "-m", "benchmarks.as_usual", what]
    command += [str(resolution), str(rounds), device]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _pass(resolution: int, rounds: int, device: str) -> float:
    with torch.inference_mode():
        case = networks.textbook_pass(networks.published(resolution, device), 1, device)
        return medians_ms({"textbook": case}, rounds, device)["textbook"]


def _training(resolution: int, rounds: int, device: str) -> float:
    case = case_at(resolution, device)
    textbook = textbook_training.stepper(case.config, device)
    times = [case.seconds(lambda: textbook(case.images())) for _ in range(rounds + 1)]
    return 1000 * statistics.median(times[1:])


if __name__ == "__main__":
    measure = {"pass": _pass, "training": _training}[sys.argv[1]]
    print(measure(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))
