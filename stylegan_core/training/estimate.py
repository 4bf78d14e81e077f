"""How long a run takes on this computer, from a few timed steps.

Steps are timed at two sizes of the schedule, the largest at which they take seconds. The cost of an
image at other sizes lies on a line through these two: a constant, and a part that grows with the
multiplications of both networks.

On a CPU, the time counts in which the processor works for a step, not that in which it works for
other programs: what else runs at this moment says little about the hours of a run.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import torch

from stylegan_core.clocks import thread_clock
from stylegan_core.devices import choose_device
from stylegan_core.errors import UserError
from stylegan_core.labels.network import LabelNetwork
from stylegan_core.memory import keep_freed_memory
from stylegan_core.training.config import LONGEST_KIMG, TrainConfig, value_at
from stylegan_core.training.fit_new_layers import BATCH as FIT_BATCH
from stylegan_core.training.networks import new_networks
from stylegan_core.training.run_cost import RunCost, Stage
from stylegan_core.training.run_setup import new_config
from stylegan_core.training.trainer import Trainer

SMALLEST_SIZE: Final = 8
SMALLEST_BATCH: Final = 4
LARGEST_STEP: Final = {"cpu": 8e9, "mps": 1e11, "cuda": 1e12}
"""How many multiplications of both forward passes over a batch are timed."""
SHORTEST_S: Final = 0.6  # the steps of a size are timed for at least this long
FIT_SHARE: Final = 0.4  # an image while new layers are fitted, beside one in training


def run_cost(config: TrainConfig, device: str) -> RunCost:
    """Time steps of a run. UserError where the run needs a pretrained network that is missing."""
    sizes = [size for size in config.network.resolutions if size >= SMALLEST_SIZE]
    work = {size: _multiplications(_at(config, size)) for size in sizes}
    limit = LARGEST_STEP[torch.device(device).type]
    short = [size for size in sizes if work[size] * SMALLEST_BATCH <= limit] or sizes[:1]
    used = [size for size in sizes if size >= config.start_resolution]
    timed = ([size for size in used if size in short] or short)[-2:]
    costs = {}
    for size in timed:
        batch = max(min(value_at(config.batch, size), int(limit / work[size])), SMALLEST_BATCH)
        costs[size] = _seconds_per_image(_at(config, size, batch), device)
    line = _line([(work[size], costs[size]) for size in timed])
    costs |= {size: line(work[size]) for size in used if size not in costs}
    return RunCost(_stages(config, costs), tuple(timed), used[-1] in timed)


def _line(points: Sequence[tuple[float, float]]) -> Callable[[float], float]:
    """Return the cost of an image by its multiplications, on a line through one point or two.

    Neither the line's slope nor its constant is below zero; one point gives no constant.
    """
    (low, low_s), (high, high_s) = points[0], points[-1]
    slope = max(high_s - low_s, 0.0) / (high - low) if high > low else high_s / high
    slope = min(slope, high_s / high)
    return lambda multiplications: high_s + slope * (multiplications - high)


def images_by_size(config: TrainConfig) -> dict[int, float]:
    """Return how many images are shown at each size; a fade belongs to the larger one.

    At the last size that is all the rest of the run.
    """
    sizes = [size for size in config.network.resolutions if size >= config.start_resolution]
    counts = {}
    for size in sizes:
        fade = value_at(config.fade_kimg, size) if size > sizes[0] else 0.0
        phase = value_at(config.phase_kimg, size) if size < sizes[-1] else LONGEST_KIMG
        counts[size] = 1000 * (fade + phase)
    return counts


def _stages(config: TrainConfig, costs: Mapping[int, float]) -> tuple[Stage, ...]:
    counts = images_by_size(config)
    fitted = FIT_BATCH * FIT_SHARE * config.growth_fit_steps
    return tuple(
        Stage(count, costs[size], fitted * costs[size] if size > config.start_resolution else 0.0)
        for size, count in counts.items()
    )


def _at(config: TrainConfig, size: int, batch: int = SMALLEST_BATCH) -> TrainConfig:
    """Return a run at one size alone, with noise if the run comes to use it."""
    has_noise = config.noise_from_kimg < config.total_kimg
    return replace(
        config,
        network=config.network.at_resolution(size),
        start_resolution=size,
        batch=((4, batch),),
        noise_from_kimg=0.0 if has_noise else config.total_kimg,
        growth_fit_steps=0,
        init_from="",
    )


def _multiplications(config: TrainConfig) -> float:
    """Count those of both networks' forward passes for one image, nearly all in convolutions."""
    with torch.device("meta"):
        networks = new_networks(config)
    return float(
        sum(
            weight.numel() * size**2
            for network in networks
            for size in config.network.resolutions
            for weight in network.weights_at(size)
        )
    )


def _seconds_per_image(config: TrainConfig, device: str) -> float:
    """Time steps with and without penalties, and return their mean, for one image."""
    trainer = Trainer(config, device, LabelNetwork() if config.reads_labels else None)
    batch, size, c_dim = trainer.prepare().batch, config.resolution, config.network.c_dim
    images = torch.randint(0, 256, (batch, 3, size, size), dtype=torch.uint8)
    labels = torch.eye(c_dim)[torch.arange(batch) % c_dim] if c_dim else None

    clock = _clock(trainer.device)

    def step(iteration: int) -> float:
        trainer.iteration = iteration
        start = clock()
        trainer.step(images, labels)
        if trainer.device.type == "cuda":
            torch.cuda.synchronize()
        return clock() - start

    with_penalties, without = 0, 1  # the iterations
    step(with_penalties)  # the first step of each kind is slower than all others
    step(without)
    slow, fast = [step(with_penalties)], [step(without)]
    while sum(slow) + sum(fast) < SHORTEST_S:
        slow.append(step(with_penalties))
        fast.append(step(without))
    interval = max(1.0, min(config.r1_interval, config.path_length_interval))
    return (min(fast) + max(min(slow) - min(fast), 0.0) / interval) / batch


def _clock(device: torch.device) -> Callable[[], float]:
    """Return the clock of steps, in seconds.

    A thread's own time is that of a step on a CPU, because threads that wait for each other sleep
    soon (`stylegan_core/waiting.py`).
    """
    return thread_clock() if device.type == "cpu" else time.perf_counter


def main(request: str) -> None:
    """Write the cost of a run as JSON; `request` is a JSON object of preset, changes, threads."""
    asked: dict[str, Any] = json.loads(request)
    torch.set_num_threads(asked["threads"])
    keep_freed_memory()  # as training does
    try:
        cost = run_cost(new_config(asked["preset"], asked["changes"]), choose_device("auto"))
    except UserError as error:
        answer: dict[str, Any] = {"problem": str(error)}
    else:
        answer = cost.to_json()
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1])
