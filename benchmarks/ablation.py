"""`python -m benchmarks.ablation FOLDER`: configurations B to F of table 1, small, on portraits.

Each sees the same pictures in the same order; started again it goes on where it was. What is
printed at the end is a table.
"""

import argparse
from pathlib import Path

from stylegan_core.memory import keep_freed_memory

keep_freed_memory()

import torch  # noqa: E402  once memory is settled

from stylegan_core import checkpoint, figures  # noqa: E402
from stylegan_core.cli import choose_device  # noqa: E402
from stylegan_core.data.dataset import open_dataset  # noqa: E402
from stylegan_core.metrics.swd import sliced_wasserstein  # noqa: E402
from stylegan_core.training import loop, setup  # noqa: E402

RESOLUTION = 32
SIZES = {
    "resolution": RESOLUTION,
    "fmap_base": 512,
    "fmap_max": 64,
    "z_dim": 64,
    "w_dim": 64,
    "mapping_width": 64,
    "start_resolution": 16,
    "batch": 16,
    "generator_lr": 2e-3,
    "discriminator_lr": 2e-3,
    "r1_gamma": 2.0,
    "r1_interval": 4,
    "ema_half_life_kimg": 5,
}
STYLED = {"mapping_depth": 4, "mapping_lr_multiplier": 0.1}
HELD_OUT_SEED = 102
MEASURED = 2000


def train(letter: str, folder: Path, kimg: float, device: str) -> Path:
    """The newest snapshot of a configuration, trained as far as wanted."""
    run, machine = folder / f"config-{letter}", setup.Machine(device, say=print)
    if (run / "config.json").exists():
        made = setup.resume(run, {"total_kimg": kimg}, machine)
    else:
        schedule = {"phase_kimg": kimg / 5, "fade_kimg": kimg / 5, "total_kimg": kimg}
        changes = {"data": "portraits-small:20000", **SIZES, **schedule}
        changes |= STYLED if letter > "b" else {}
        made = setup.begin(run, f"config-{letter}", changes, machine)
    loop.run(made.trainer, made.dataset, made.folder)
    return max((run / "snapshots").iterdir())


def main() -> None:
    """Train, measure and print."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.ablation", description=__doc__)
    options.add_argument("folder", type=Path, help="where the runs are kept")
    options.add_argument("--kimg", type=float, default=100.0)
    options.add_argument("--device", default="auto", help="cpu, cuda, mps or auto")
    chosen = options.parse_args()
    device = choose_device(chosen.device)
    torch.set_num_threads(1)
    real = open_dataset(f"portraits-small:{2 * MEASURED}", RESOLUTION, HELD_OUT_SEED)
    first, second = torch.from_numpy(real.images.copy()).chunk(2)
    rows = {"real against real": sliced_wasserstein(second, first)}
    for letter in "bcdef":
        generator = checkpoint.load(train(letter, chosen.folder, chosen.kimg, device))
        made = figures.samples(generator, range(MEASURED), psi=1.0)
        rows[letter.upper()] = sliced_wasserstein(made, first)
    print(f"| {chosen.kimg:g} kimg | {' | '.join(map(str, next(iter(rows.values()))))} |")
    print("|---|" + "---|" * len(next(iter(rows.values()))))
    for name, distances in rows.items():
        print(f"| {name} | {' | '.join(f'{d:.1f}' for d in distances.values())} |")


if __name__ == "__main__":
    main()
