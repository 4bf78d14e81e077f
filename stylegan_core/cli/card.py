"""`stylegan card`: measure a model trained on portraits and write its card."""

from pathlib import Path
from typing import Annotated

import tyro

from stylegan_core.cli import choose_device


def card(
    file: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="FILE")],
    out: Path,
    name: str = "",
    description: str = "",
    images: int = 5000,
    reader_images: int = 20_000,
    workers: int = 1,
    device: str = "auto",
) -> None:
    """Measure a model trained on portraits; write OUT.safetensors and its card in the folder OUT.

    The measures go into the header of the checkpoint too. Portraits that are needed are rendered
    once and kept.

    For example:
    - stylegan card run/snapshots/000500.safetensors --out checkpoints/portraits-64

    Args:
        file: A checkpoint, such as a snapshot of a training run.
        out: The folder of the card; the checkpoint is written beside it.
        name: What the model is called; the folder's name unless given.
        description: One sentence on what the model shows.
        images: How many pictures the distance from the data is measured on.
        reader_images: How many labelled portraits the reading network is trained on.
        workers: Processes that render portraits.
        device: cpu, cuda, mps, or auto for the best one here.
    """
    from stylegan_core import checkpoint
    from stylegan_core.card import read_card, read_header
    from stylegan_core.metrics import report

    has_discriminator = any(n.startswith("discriminator.") for n in read_header(file).tensors)
    generator = checkpoint.load(file, choose_device(device))
    quality = report.measure(generator, images, reader_images, workers)
    facts = {
        **generator.card,
        "name": name or out.name,
        "description": description or generator.card.get("description", ""),
        "quality": quality.to_json(),
    }
    target = out.parent / f"{out.name}.safetensors"
    discriminator = checkpoint.load_discriminator(file) if has_discriminator else None
    checkpoint.save(target, generator, facts, discriminator)  # type: ignore[arg-type]
    report.write_pictures(generator, out)
    (out / "card.md").write_text(report.card_page(read_card(target)), encoding="utf-8")
    print(f"Wrote {target} and {out / 'card.md'}.")
