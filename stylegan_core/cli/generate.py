"""`stylegan generate`: pictures of seeds."""

import json
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, get_args

import tyro

from stylegan_core import conventions
from stylegan_core.cli.progress import LiveLine
from stylegan_core.conventions import SeedConvention
from stylegan_core.devices import choose_device
from stylegan_core.errors import UserError
from stylegan_core.files import make_folder, remove_partials, replacing
from stylegan_core.memory import keep_freed_memory

NoiseWord = Literal["stored", "none", "official"]
MOST_SEEDS = 1_000_000
OFFICIAL_SEEDS = 2**32  # numpy's RandomState takes those below


def generate(
    file: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="FILE")],
    out: Path,
    seeds: Annotated[str, tyro.conf.arg(metavar="SEEDS", help_behavior_hint="")] = "",
    count: Annotated[int | None, tyro.conf.arg(metavar="INT", help_behavior_hint="")] = None,
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
    - torchrun --nproc-per-node 8 -m stylegan_core generate model.pkl --count 50000 --out many

    Args:
        file: A checkpoint, or a file that somebody else has published.
        seeds: Seeds and ranges of seeds, as in 0-7 or 1,5,9-12.
        count: Instead of seeds: the first so many. Started again it goes on where it was; under
            torchrun the processes share them.
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
    if bool(seeds) == (count is not None):
        raise UserError("Give either --seeds, as in 0-7, or --count.")
    numbers = parse_seeds(seeds if count is None else _first(count))
    noise_seed = parse_noise(noise)
    if seed_convention == "official" or noise_seed == "official":
        check_official(numbers)
    if not math.isfinite(psi) or (cutoff is not None and cutoff < 0):
        raise UserError("--psi must be a number and --cutoff 0 or more.")
    keep_freed_memory()
    from stylegan_core import (  # torch, only once the options make sense
        contact_sheet,
        load,
        picture,
    )
    from stylegan_core.networks.inference.for_inference import for_inference
    from stylegan_core.training import distributed

    ranks, device = distributed.placed(choose_device(device))
    generator = for_inference(load(str(file), device))
    if seed_convention is None and conventions.seed_convention(generator.card) == "official":
        check_official(numbers)
    make_folder(out)
    wanted = {seed: out / f"seed{seed:04d}.png" for seed in numbers[ranks.rank :: ranks.size]}
    remove_partials(out, {path.name for path in wanted.values()})
    if count is not None:
        model = generator.card.get("content_hash", file.name)
        check_settings(out, [str(model), psi, cutoff, noise, class_, seed_convention])
        wanted = {seed: path for seed, path in wanted.items() if not path.exists()}
    line = LiveLine()
    for done, (seed, path) in enumerate(wanted.items()):
        image = picture.of_seed(
            generator, seed, psi, cutoff, noise_seed, class_, convention=seed_convention
        )
        with replacing(path) as aside:
            contact_sheet.to_image(image).save(aside)
        if ranks.leads and count is not None:
            line.count("pictures", done + 1, len(wanted))
    line.end()


def _first(count: int) -> str:
    if count < 1:
        raise UserError("--count must be 1 or more.")
    return f"0-{count - 1}"


def check_settings(out: Path, settings: list[object]) -> None:
    """Remember what a folder's pictures are made with. `UserError` if those there are others."""
    path, wanted = out / "settings.json", json.dumps(settings)
    if not path.exists():
        with replacing(path) as aside:
            aside.write_text(wanted, encoding="utf-8")
    elif path.read_text(encoding="utf-8") != wanted:
        raise UserError(
            f"{out} holds pictures of another model or with other settings: choose another folder."
        )


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
