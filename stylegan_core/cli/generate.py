"""`stylegan generate`: pictures of seeds."""

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, get_args

import tyro

from stylegan_core.cli import choose_device
from stylegan_core.errors import UserError
from stylegan_core.files import make_folder
from stylegan_core.memory import keep_freed_memory

SeedConvention = Literal["ours", "official"]
NoiseWord = Literal["stored", "none", "official"]
MOST_SEEDS = 1_000_000
OFFICIAL_SEEDS = 2**32  # numpy's RandomState takes those below


def generate(
    file: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="FILE")],
    seeds: str,
    out: Path,
    psi: float = 0.7,
    cutoff: Annotated[int | None, tyro.conf.arg(metavar="INT", help_behavior_hint="")] = None,
    noise: str = "stored",
    class_: Annotated[
        int | None, tyro.conf.arg(name="class", metavar="INT", help_behavior_hint="")
    ] = None,
    seed_convention: Annotated[
        SeedConvention | None, tyro.conf.arg(metavar="{ours,official}", help_behavior_hint="")
    ] = None,
    device: str = "auto",
) -> None:
    """Write the pictures of some seeds as OUT/seed0000.png and so on.

    For example:
    - stylegan generate checkpoints/portraits.safetensors --seeds 0-7 --out faces
    - stylegan generate model.safetensors --seeds 3,5,8-12 --psi 1 --noise none --out faces

    Args:
        file: A checkpoint, or a file that somebody else has published.
        seeds: Seeds and ranges of seeds, as in 0-7 or 1,5,9-12.
        out: The folder for the pictures; it is made if it does not exist.
        psi: Truncation: 1 is the full variety, 0 the average picture.
        cutoff: The number of layers, counted from the coarsest, that truncation acts on: 8, or for
            other people's models what their own tools do.
        noise: The file's own noise (stored), no noise (none), the seed of fresh noise, or noise
            drawn after the latent as StyleGAN 2's TensorFlow script does (official).
        class_: The class of a conditional model.
        seed_convention: Latents as this program draws them, or as the official scripts do; the
            model's own convention unless told.
        device: cpu, cuda, mps, or auto for the best one here.
    """
    numbers = parse_seeds(seeds)
    noise_seed = parse_noise(noise)
    if seed_convention == "official" or noise_seed == "official":
        check_official(numbers)
    if not math.isfinite(psi) or (cutoff is not None and cutoff < 0):
        raise UserError("--psi must be a number and --cutoff 0 or more.")
    keep_freed_memory()
    from stylegan_core import images, load, picture  # torch, only once the options make sense
    from stylegan_core.networks.inference import for_inference

    generator = for_inference(load(str(file), choose_device(device)))
    if seed_convention is None and picture.seed_convention(generator) == "official":
        check_official(numbers)
    make_folder(out)
    for seed in numbers:
        image = picture.of_seed(
            generator, seed, psi, cutoff, noise_seed, class_, convention=seed_convention
        )
        images.to_image(image).save(out / f"seed{seed:04d}.png")


def check_official(seeds: Sequence[int]) -> None:
    """Raise `UserError` for seeds that numpy's RandomState does not take."""
    if max(seeds) >= OFFICIAL_SEEDS:
        raise UserError(f"The official scripts take seeds below {OFFICIAL_SEEDS} only.")


def parse_seeds(text: str) -> Sequence[int]:
    """ "0-2,7" -> (0, 1, 2, 7). Raises `UserError`."""
    seeds: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"([0-9]{1,18})(?:-([0-9]{1,18}))?", part.strip())
        if match is None:
            raise UserError(f"'{text}' is no list of seeds; write them as in 0-7 or 1,5,9-12.")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first:
            raise UserError(f"'{part.strip()}' is no range of seeds: it ends before it begins.")
        if len(seeds) + last - first >= MOST_SEEDS:
            raise UserError(f"'{text}' is more than {MOST_SEEDS:,} seeds: ask for fewer at a time.")
        seeds += range(first, last + 1)
    return tuple(seeds)


def parse_noise(text: str) -> int | NoiseWord:
    """The seed of the noise, or one of three words. Raises `UserError`."""
    words = {word: word for word in get_args(NoiseWord)}
    if text in words:
        word: NoiseWord = words[text]
        return word
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise UserError(
            f"The noise '{text}' is none of: stored, none, official, or a seed such as 5."
        )
    return int(text)
