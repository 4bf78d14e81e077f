"""`python -m benchmarks.training [--device D]`: how fast the trainer trains, and on what.

Images per second at 64 and 256 px, beside a textbook loop on the same networks, both in rounds that
alternate; and the shares of a step's time.
"""

import argparse
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from unittest.mock import patch

from stylegan_core.memory import keep_freed_memory

keep_freed_memory()

import torch  # noqa: E402  once memory is settled
from torch import Tensor  # noqa: E402

from benchmarks import textbook_training  # noqa: E402
from benchmarks.clock import wait  # noqa: E402
from stylegan_core.cli import choose_device  # noqa: E402
from stylegan_core.data.dataset import ImageDataset, open_dataset  # noqa: E402
from stylegan_core.training.config import TrainConfig  # noqa: E402
from stylegan_core.training.forward import Forward  # noqa: E402
from stylegan_core.training.presets import PRESETS  # noqa: E402
from stylegan_core.training.trainer import Trainer  # noqa: E402

CASES = {64: "portraits-cpu", 256: "portraits-gpu"}
PICTURES = 64


@dataclass(frozen=True)
class Speed:
    """Seconds of a step."""

    ours: float
    textbook: float
    shares: Mapping[str, float]


def measure(config: TrainConfig, data: ImageDataset, device: str, rounds: int) -> Speed:
    """The medians over rounds of as many steps as lie from one penalty to the next."""
    trainer = Trainer(config, device)
    batch = trainer.prepare().batch
    textbook = textbook_training.stepper(config, device)
    shown = 0

    def images() -> Tensor:
        nonlocal shown
        shown += batch
        return data.batch(shown, batch, config.seed, config.mirror).images

    def ours() -> None:
        trainer.prepare()
        trainer.step(images())

    times: dict[str, list[float]] = defaultdict(list)
    shares: list[Mapping[str, float]] = []
    for _ in range(rounds + 1):
        times["textbook"].append(_seconds(lambda: textbook(images()), config.r1_interval, device))
        times["ours"].append(_seconds(ours, config.r1_interval, device))
        shares.append(_shares(trainer, images, config.r1_interval, device))
    middle = {name: statistics.median(values[1:]) for name, values in times.items()}
    names = shares[0].keys()
    return Speed(
        middle["ours"],
        middle["textbook"],
        {name: statistics.median(one[name] for one in shares[1:]) for name in names},
    )


def _seconds(step: Callable[[], None], steps: int, device: str) -> float:
    """Of one step, the mean over some."""
    wait(device)
    start = time.perf_counter()
    for _ in range(steps):
        step()
    wait(device)
    return (time.perf_counter() - start) / steps


def _shares(
    trainer: Trainer, images: Callable[[], Tensor], interval: int, device: str
) -> dict[str, float]:
    """Of the time of some steps: data, forward, backward, what the penalty adds, and the rest."""
    spent: dict[str, float] = defaultdict(float)
    plain = penalised = 0.0
    with _timed(spent, device):
        for _ in range(interval):
            trainer.prepare()
            before = spent["data"]
            start = time.perf_counter()
            with _clock(spent, "data", device):
                batch = images()
            has_penalty = trainer.iteration % interval == 0
            trainer.step(batch)
            wait(device)
            seconds = time.perf_counter() - start - (spent["data"] - before)
            penalised, plain = (seconds, plain) if has_penalty else (penalised, plain + seconds)
    total = penalised + plain + spent["data"]
    spent["regularisation"] = max(0.0, penalised - plain / max(interval - 1, 1))
    spent["backward"] = max(0.0, spent["backward"] - spent["regularisation"])
    names = ("data", "forward", "backward", "regularisation")
    shares = {name: spent[name] / total for name in names}
    return {**shares, "rest": 1 - sum(shares.values())}


@contextmanager
def _timed(spent: dict[str, float], device: str) -> Iterator[None]:
    """Add up the time of what runs forward and backward in a trainer."""

    def timed(name: str, function: Callable[..., object]) -> Callable[..., object]:
        def run(*args: object, **kwargs: object) -> object:
            with _clock(spent, name, device):
                return function(*args, **kwargs)

        return run

    with (
        patch.object(Forward, "fakes", timed("forward", Forward.fakes)),
        patch.object(Forward, "scores", timed("forward", Forward.scores)),
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
    torch.set_num_threads(1)
    columns = ("training", "images/s", "textbook loop", "ratio", "data", "forward", "backward")
    print(f"| {' | '.join((*columns, 'regularisation', 'rest'))} |")
    print("|---|---|---|---|---|---|---|---|---|")
    for size, preset in CASES.items():
        config = replace(
            PRESETS[preset].config,
            start_resolution=size,
            label_critic_weight=0.0,
            noise_from_kimg=0.0,
            batch=((4, 32 if device.startswith("cuda") else 8),),
            r1_interval=4,
            amp="bfloat16" if device.startswith("cuda") else "off",
        )
        data = open_dataset(f"portraits:{PICTURES}", size, device=device)
        speed = measure(
            config, data, device, chosen.rounds if size == 64 else max(chosen.rounds // 3, 1)
        )
        batch = config.batch[0][1]
        shares = " | ".join(f"{share:.0%}" for share in speed.shares.values())
        print(
            f"| {size} px, {preset} | {batch / speed.ours:.1f} | {batch / speed.textbook:.1f} | "
            f"{speed.textbook / speed.ours:.2f} | {shares} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
