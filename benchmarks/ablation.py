"""`python -m benchmarks.ablation FOLDER`: small configurations B to F of table 1, on portraits.

Each sees the same pictures in the same order. A second start continues the runs; at the end a table
is printed.
"""

import argparse
from pathlib import Path

from stylegan_core.memory import keep_freed_memory

keep_freed_memory()

import numpy as np  # noqa: E402  after keep_freed_memory
import torch  # noqa: E402
from torch import Tensor  # noqa: E402

from stylegan_core import checkpoint  # noqa: E402
from stylegan_core.data.dataset import ImageDataset, open_dataset  # noqa: E402
from stylegan_core.data.portraits import World  # noqa: E402
from stylegan_core.devices import choose_device  # noqa: E402
from stylegan_core.labels.network import COLUMNS, LabelNetwork, train_on_portraits  # noqa: E402
from stylegan_core.metrics import figures  # noqa: E402
from stylegan_core.metrics.evaluate import READER_SEED  # noqa: E402
from stylegan_core.metrics.metric import HELD_OUT_SEED  # noqa: E402
from stylegan_core.metrics.swd import sliced_wasserstein  # noqa: E402
from stylegan_core.networks.contract import Generator  # noqa: E402
from stylegan_core.picture import broadcast  # noqa: E402
from stylegan_core.training import loop, run_setup  # noqa: E402
from stylegan_core.training.run_files import holds_run  # noqa: E402

RESOLUTION = 32
WORLD: World = "portraits-small"
SIZES = {
    "resolution": RESOLUTION,
    "fmap_base": 512,
    "fmap_max": 64,
    "z_dim": 64,
    "w_dim": 64,
    "mapping_width": 64,
    "mbstd_features": 16,
    "start_resolution": 8,
    "batch": 8,
    "generator_lr": 4e-3,
    "discriminator_lr": 4e-3,
    "r1_gamma": [[4, 0.1], [16, 0.4], [32, 1.5]],
    "r1_interval": 4,
    "ema_half_life_kimg": 5,
}
STYLED = {"mapping_depth": 4, "mapping_lr_multiplier": 0.1}
MEASURED = 2000  # pictures
SPREAD_FACTORS = {"yaw": "yaw_deg", "roll": "roll_deg", "skin": "skin_tone", "mouth": "mouth_open"}


def train(letter: str, folder: Path, kimg: float, device: str) -> Path:
    """Train a configuration up to `kimg`; return its newest snapshot."""
    run, host = folder / f"config-{letter}", run_setup.Host(device, say=print)
    if holds_run(run):
        training = run_setup.resume(run, {"total_kimg": kimg}, host)
    else:
        schedule = {"phase_kimg": kimg / 5, "fade_kimg": kimg / 5, "total_kimg": kimg}
        changes = {"data": f"{WORLD}:20000", **SIZES, **schedule}
        changes |= STYLED if letter > "b" else {}
        training = run_setup.new_run(run, f"config-{letter}", changes, host)
    loop.run(training.trainer, training.dataset, training.folder)
    return max((run / "snapshots").iterdir())


def measure(generator: Generator, reals: Tensor, reader: LabelNetwork) -> dict[str, float]:
    """Return sliced Wasserstein distances x 1000 and the spread of factors relative to `reals`."""
    made = figures.samples(generator, range(MEASURED), psi=1.0)
    distances = {f"{s} px": d for s, d in sliced_wasserstein(made, reals).items()}
    if generator.num_layers > 1:
        distances["two people mixed"] = _mean(sliced_wasserstein(_mixed(generator), reals))
    return distances | _spread(reader.read(made), reader.read(reals))


def _mixed(generator: Generator) -> Tensor:
    """Mix the styles of two people at random crossovers: uint8 [N, 3, R, R]."""
    ws = broadcast(generator, figures.latents(generator, range(2 * MEASURED)), 1.0)
    first, second = ws.chunk(2)
    crossovers = np.random.default_rng(0).integers(1, generator.num_layers, MEASURED)
    below = torch.arange(generator.num_layers) < torch.from_numpy(crossovers)[:, None]
    return figures.pictures(generator, torch.where(below.to(ws.device)[..., None], first, second))


def _spread(made: Tensor, reals: Tensor) -> dict[str, float]:
    columns = {name: COLUMNS.slices[factor] for name, factor in SPREAD_FACTORS.items()}
    return {name: (made[:, c].std() / reals[:, c].std()).item() for name, c in columns.items()}


def _mean(distances: dict[int, float]) -> float:
    return sum(distances.values()) / len(distances)


def _pictures(count: int, seed: int) -> ImageDataset:
    return open_dataset(f"{WORLD}:{count}", RESOLUTION, seed)


def main() -> None:
    """Train, measure and print the table."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.ablation", description=__doc__)
    options.add_argument("folder", type=Path, help="where the runs are kept")
    options.add_argument("--kimg", type=float, default=60.0)
    options.add_argument("--device", default="auto", help="cpu, cuda, mps or auto")
    chosen = options.parse_args()
    device = choose_device(chosen.device)
    torch.set_num_threads(1)
    snapshots = {k: train(k, chosen.folder, chosen.kimg, device) for k in "bcdef"}
    reader = train_on_portraits(_pictures(10_000, READER_SEED).images, READER_SEED, WORLD)
    held_out = torch.from_numpy(_pictures(2 * MEASURED, HELD_OUT_SEED).images.copy())
    first, second = held_out.chunk(2)
    floor = {f"{s} px": d for s, d in sliced_wasserstein(second, first).items()}
    rows = {"reals": floor | _spread(reader.read(second), reader.read(first))}
    for letter, snapshot in snapshots.items():
        rows[letter.upper()] = measure(checkpoint.load(snapshot), first, reader)
    columns = list(rows["F"])
    print(f"| {chosen.kimg:g} kimg | {' | '.join(columns)} |")
    print("|---|" + "---|" * len(columns))
    for name, row in rows.items():
        cells = (f"{row[c]:.2f}" if c in row else "" for c in columns)
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
