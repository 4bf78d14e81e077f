"""`stylegan figure`: draw the paper's figures with any model."""

import math
from pathlib import Path
from typing import Annotated, Literal

import tyro

from stylegan_core.cli.generate import check_official, parse_seeds
from stylegan_core.cli.progress import ProgressLine
from stylegan_core.conventions import seed_convention
from stylegan_core.devices import choose_device
from stylegan_core.errors import UserError
from stylegan_core.files import check_writable, save_picture
from stylegan_core.memory import keep_freed_memory
from stylegan_core.terminal import say
from stylegan_core.waiting import wait_briefly

Kind = Literal["samples", "mixing", "noise", "noise-scales", "truncation"]
SUFFIXES = (".png", ".pdf")
MAX_SEEDS = 200
DPI = 300


def figure(
    kind: Annotated[
        tyro.conf.Positional[Kind],
        tyro.conf.arg(metavar="{samples,mixing,noise,noise-scales,truncation}"),
    ],
    file: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="FILE")],
    out: Path,
    seeds: Annotated[str, tyro.conf.arg(metavar="SEEDS", help_behavior_hint="")] = "",
    psi: Annotated[float | None, tyro.conf.arg(metavar="FLOAT", help_behavior_hint="")] = None,
    class_: Annotated[
        int | None, tyro.conf.arg(name="class", metavar="INT", help_behavior_hint="")
    ] = None,
    device: str = "auto",
) -> None:
    """Draw a figure of the StyleGAN paper with a model, as PNG or PDF with captions.

    For example:
    - stylegan figure mixing checkpoints/portraits-64.safetensors --out mixing.png
    - stylegan figure truncation model.pkl --seeds 3,5,8 --out truncation.pdf

    Args:
        kind: samples (figure 2: pictures that nobody chose), mixing (3: coarse, middle and fine
            styles of two sources), noise (4: what noise changes), noise-scales (5: noise in
            coarse or fine layers only) or truncation (8: from psi 1 to -1).
        file: A checkpoint of this program, or a model file of another one.
        out: The picture to write, OUT.png or OUT.pdf.
        seeds: Seeds and ranges of seeds, as in 0-7 or 1,5,9-12. For mixing, the first six are
            source A and all others source B.
        psi: Truncation; by default 0.7 for samples and mixing, and 1 for noise, as in the paper.
            The figure of truncation shows six of its own.
        class_: The class of a conditional model.
        device: cpu, cuda, mps, or auto for the best one here.
    """
    if out.suffix.lower() not in SUFFIXES:
        raise UserError(f"'{out.name}' is neither a .png nor a .pdf: name the figure so.")
    if psi is not None and not math.isfinite(psi):
        raise UserError("--psi must be a number.")
    chosen = parse_seeds(seeds) if seeds else ()
    if len(chosen) > MAX_SEEDS:
        raise UserError(f"A figure shows at most {MAX_SEEDS} seeds, and these are {len(chosen)}.")
    check_writable(out)
    keep_freed_memory()
    wait_briefly()
    from stylegan_core import load  # torch, slow to load
    from stylegan_core.figures import KINDS, Source, draw
    from stylegan_core.networks.inference.for_inference import for_inference

    generator = for_inference(load(str(file), choose_device(device)))
    if chosen and seed_convention(generator.card) == "official":
        check_official(chosen)
    wanted, line = KINDS[kind], ProgressLine()
    source = Source(generator, wanted.psi if psi is None else psi, class_index=class_)
    page = wanted.page(
        source, chosen or wanted.seeds, lambda done, total: line.count("pictures", done, total)
    )
    line.end()
    save_picture(draw(page, source.resolution), out, resolution=DPI, dpi=(DPI, DPI))
    say(f"Wrote {out}.")
