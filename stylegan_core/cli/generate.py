"""`stylegan generate`: write the pictures of seeds."""

import json
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, get_args

import tyro

from stylegan_core import conventions
from stylegan_core.cli.progress import ProgressLine
from stylegan_core.conventions import SeedConvention
from stylegan_core.devices import choose_device
from stylegan_core.errors import UserError
from stylegan_core.files import make_folder, remove_partials, replace_content, save_picture
from stylegan_core.memory import keep_freed_memory
from stylegan_core.waiting import wait_briefly

Integer = Annotated[int | None, tyro.conf.arg(metavar="INT", help_behavior_hint="")]
NoiseWord = Literal["stored", "none", "official"]
MAX_SEEDS = 1_000_000
OFFICIAL_SEEDS = 2**32  # numpy's RandomState takes smaller ones only


def generate(
    file: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="FILE")],
    out: Path,
    seeds: Annotated[str, tyro.conf.arg(metavar="SEEDS", help_behavior_hint="")] = "",
    count: Integer = None,
    psi: float = conventions.USUAL_PSI,
    cutoff: Integer = None,
    noise: str = "stored",
    class_: Annotated[
        int | None, tyro.conf.arg(name="class", metavar="INT", help_behavior_hint="")
    ] = None,
    seed_convention: Annotated[
        SeedConvention | None, tyro.conf.arg(metavar="{ours,official}", help_behavior_hint="")
    ] = None,
    device: str = "auto",
) -> None:
    """Write the pictures of seeds as OUT/seed0000.png and so on.

    For example:
    - stylegan generate checkpoints/portraits.safetensors --seeds 0-7 --out faces
    - stylegan generate model.safetensors --seeds 3,5,8-12 --psi 1 --noise none --out faces
    - torchrun --nproc-per-node 8 -m stylegan_core generate model.pkl --count 50000 --out many

    Args:
        file: A checkpoint of this program, or a model file of another one.
        seeds: Seeds and ranges of seeds, as in 0-7 or 1,5,9-12.
        count: The number of seeds, from 0 up, instead of --seeds. A second run continues where
            the first one stopped; under torchrun the processes share the pictures.
        out: The folder for the pictures; it is created if it does not exist.
        psi: Truncation: 1 is the full variety, 0 the average picture.
        cutoff: The number of layers that truncation acts on, counted from the coarsest. By default
            8, or what the official tools do for models of others.
        noise: The noise stored in the file (stored), no noise (none), the seed of fresh noise, or
            noise drawn after the latent as in StyleGAN 2's TensorFlow script (official).
        class_: The class of a conditional model.
        seed_convention: How latents are drawn: as in this program, or as in the official scripts.
            By default as in the program that the model comes from.
        device: cpu, cuda, mps, or auto for the best one here.
    """
    if bool(seeds) == (count is not None):
        raise UserError("Give either --seeds, as in 0-7, or --count.")
    chosen_seeds = parse_seeds(seeds) if count is None else first_seeds(count)
    noise_seed = parse_noise(noise)
    if seed_convention == "official" or noise_seed == "official":
        check_official(chosen_seeds)
    if not math.isfinite(psi) or (cutoff is not None and cutoff < 0):
        raise UserError("--psi must be a number and --cutoff 0 or more.")
    keep_freed_memory()
    wait_briefly()
    from stylegan_core import contact_sheet, load, picture  # torch, slow to load
    from stylegan_core.networks.inference.for_inference import for_inference
    from stylegan_core.training import distributed

    ranks, device = distributed.this_process(choose_device(device))
    generator = for_inference(load(str(file), device))
    if seed_convention is None and conventions.seed_convention(generator.card) == "official":
        check_official(chosen_seeds)
    make_folder(out)
    paths = {seed: out / f"seed{seed:04d}.png" for seed in chosen_seeds[ranks.rank :: ranks.size]}
    remove_partials(out, {path.name for path in paths.values()})
    if count is not None:
        model = generator.card.get("content_hash", file.name)
        check_settings(out, [str(model), psi, cutoff, noise, class_, seed_convention])
        paths = {seed: path for seed, path in paths.items() if not path.exists()}
    line = ProgressLine()
    for done, (seed, path) in enumerate(paths.items()):
        image = picture.of_seed(
            generator, seed, psi, cutoff, noise_seed, class_, convention=seed_convention
        )
        save_picture(contact_sheet.to_image(image), path)
        if ranks.leads and count is not None:
            line.count("pictures", done + 1, len(paths))
    line.end()


def first_seeds(count: int) -> Sequence[int]:
    """Return the seeds 0 .. count - 1. Raises `UserError`."""
    if count < 1:
        raise UserError("--count must be 1 or more.")
    return parse_seeds(f"0-{count - 1}")


def check_settings(out: Path, settings: list[object]) -> None:
    """Store the settings beside a folder's pictures, or compare them with those stored there.

    Raises `UserError` if they differ.
    """
    path, text = out / "settings.json", json.dumps(settings)
    if not path.exists():
        replace_content(path, text.encode())
    elif path.read_text(encoding="utf-8") != text:
        raise UserError(
            f"{out} holds pictures of another model or with other settings: choose another folder."
        )


def check_official(seeds: Sequence[int]) -> None:
    """Raise `UserError` for seeds that numpy's RandomState does not take."""
    if max(seeds) >= OFFICIAL_SEEDS:
        raise UserError(f"The official scripts take seeds below {OFFICIAL_SEEDS} only.")


def parse_seeds(text: str) -> Sequence[int]:
    """Parse seeds and ranges: "0-2,7" -> (0, 1, 2, 7). Raises `UserError`."""
    seeds: list[int] = []
    for item in text.split(","):
        match = re.fullmatch(r"([0-9]{1,18})(?:-([0-9]{1,18}))?", item.strip())
        if match is None:
            raise UserError(f"'{text}' is not a list of seeds; write them as in 0-7 or 1,5,9-12.")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first:
            raise UserError(f"'{item.strip()}' ends before it begins; write {last}-{first}.")
        if len(seeds) + last - first >= MAX_SEEDS:
            raise UserError(f"'{text}' is more than {MAX_SEEDS:,} seeds: ask for fewer at a time.")
        seeds += range(first, last + 1)
    return tuple(seeds)


def parse_noise(text: str) -> int | NoiseWord:
    """Parse the seed of the noise, or one of three words. Raises `UserError`."""
    words = {word: word for word in get_args(NoiseWord)}
    if text in words:
        word: NoiseWord = words[text]
        return word
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise UserError(
            f"The noise '{text}' is not one of: stored, none, official, or a seed such as 5."
        )
    return int(text)
