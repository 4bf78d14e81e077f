"""`python -m benchmarks.training [--device D]`: the trainer's speed and where its time goes.

Prints images per second at 64 and 256 px beside a textbook loop on the same networks, measured in
alternating rounds, and the shares of a step's time.
"""

import argparse
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

from stylegan_core.memory import keep_freed_memory

keep_freed_memory()

import torch  # noqa: E402  after keep_freed_memory
from torch import Tensor  # noqa: E402

from benchmarks import memory_not_kept, textbook_training  # noqa: E402
from benchmarks.clock import wait  # noqa: E402
from benchmarks.training_cases import PRESET_OF, TrainingCase, case_at  # noqa: E402
from stylegan_core.devices import choose_device  # noqa: E402
from stylegan_core.training.passes import TrainingPasses  # noqa: E402
from stylegan_core.training.trainer import Trainer  # noqa: E402


@dataclass(frozen=True)
class Speed:
    """Seconds of a step, and the shares of its time."""

    ours: float
    textbook: float
    textbook_memory_not_kept: float
    shares: Mapping[str, float]


def measure(case: TrainingCase, rounds: int) -> Speed:
    """Time both loops in alternating rounds; return the medians."""
    trainer = Trainer(case.config, case.device)
    trainer.prepare()
    textbook = textbook_training.stepper(case.config, case.device)

    def ours() -> None:
        trainer.prepare()
        trainer.step(case.images())

    times: dict[str, list[float]] = defaultdict(list)
    shares: list[Mapping[str, float]] = []
    for _ in range(rounds + 1):
        times["textbook"].append(case.step_seconds(lambda: textbook(case.images())))
        times["ours"].append(case.step_seconds(ours))
        shares.append(_shares(trainer, case))
    medians = {name: statistics.median(values[1:]) for name, values in times.items()}
    not_kept_ms = memory_not_kept.textbook_ms(
        "training", case.config.resolution, rounds, case.device
    )
    return Speed(
        **medians,
        textbook_memory_not_kept=not_kept_ms / 1000,
        shares={
            name: statistics.median(of_round[name] for of_round in shares[1:]) for name in shares[0]
        },
    )


def _shares(trainer: Trainer, case: TrainingCase) -> dict[str, float]:
    """Return the shares of data, forward, backward, regularisation and the rest in a few steps."""
    interval, device = case.config.r1_interval, case.device
    spent: dict[str, float] = defaultdict(float)
    plain_s = penalised_s = 0.0
    with _timed(spent, device):
        for _ in range(interval):
            trainer.prepare()
            before = spent["data"]
            start = time.perf_counter()
            with _clock(spent, "data", device):
                batch = case.images()
            has_penalty = trainer.iteration % interval == 0
            trainer.step(batch)
            wait(device)
            seconds = time.perf_counter() - start - (spent["data"] - before)
            if has_penalty:
                penalised_s = seconds
            else:
                plain_s += seconds
    total = penalised_s + plain_s + spent["data"]
    spent["regularisation"] = max(0.0, penalised_s - plain_s / max(interval - 1, 1))
    spent["backward"] = max(0.0, spent["backward"] - spent["regularisation"])
    names = ("data", "forward", "backward", "regularisation")
    shares = {name: spent[name] / total for name in names}
    return {**shares, "rest": 1 - sum(shares.values())}


@contextmanager
def _timed(spent: dict[str, float], device: str) -> Iterator[None]:
    """Add up the time that a trainer spends in forward and backward passes."""

    def timed(name: str, function: Callable[..., object]) -> Callable[..., object]:
        def run(*args: object, **kwargs: object) -> object:
            with _clock(spent, name, device):
                return function(*args, **kwargs)

        return run

    with (
        patch.object(TrainingPasses, "fakes", timed("forward", TrainingPasses.fakes)),
        patch.object(TrainingPasses, "scores", timed("forward", TrainingPasses.scores)),
        patch.object(Tensor, "backward", timed("backward", Tensor.backward)),
        patch.object(torch.autograd, "grad", timed("backward", torch.autograd.grad)),
    ):
        yield


@contextmanager
def _clock(spent: dict[str, float], name: str, device: str) -> Iterator[None]:
    wait(device)
    start = time.perf_counter()
    yield
    wait(device)
    spent[name] += time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__)
    options.add_argument("--device", default="auto", help="cpu, cuda, mps or auto")
    options.add_argument("--rounds", type=int, default=5, help="at 64 px; a third of it at 256")
    chosen = options.parse_args()
    device = choose_device(chosen.device)
    print("| training | images/s | textbook | ratio | textbook, memory not kept | ratio | ", end="")
    print("data | forward | backward | regularisation | rest |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for resolution, preset in PRESET_OF.items():
        case = case_at(resolution, device)
        speed = measure(case, chosen.rounds if resolution == 64 else max(chosen.rounds // 3, 1))
        ratios = (
            f"{case.batch / seconds:.1f} | {seconds / speed.ours:.2f}"
            for seconds in (speed.textbook, speed.textbook_memory_not_kept)
        )
        shares = (f"{share:.0%}" for share in speed.shares.values())
        cells = (
            f"{resolution} px, {preset}",
            f"{case.batch / speed.ours:.1f}",
            *ratios,
            *shares,
        )
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
