"""`stylegan card`: measure a model trained on portraits and write its card."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from stylegan_core.devices import choose_device
from stylegan_core.durations import duration
from stylegan_core.errors import UserError
from stylegan_core.files import make_folder

if TYPE_CHECKING:
    from stylegan_core.networks import Generator

FEWEST_IMAGES, FEWEST_READER_IMAGES = 2, 64


def card(
    file: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="FILE")],
    out: Path,
    name: str = "",
    description: str = "",
    hardware: str = "",
    licence: str = "",
    note: str = "",
    images: int = 5000,
    reader_images: int = 20_000,
    workers: int = 1,
    device: str = "auto",
) -> None:
    """Measure a model trained on portraits; write OUT.safetensors and its card in the folder OUT.

    The measures go into the header of the checkpoint too, and how long the training took where the
    file lies in the folder of its run. Portraits that are needed are rendered once and kept.

    For example:
    - stylegan card run/snapshots/000500.safetensors --out checkpoints/portraits-64

    Args:
        file: A checkpoint, such as a snapshot of a training run.
        out: The folder of the card; the checkpoint is written beside it.
        name: What the model is called; the folder's name unless given.
        description: One sentence on what the model shows.
        hardware: What the model was trained on.
        licence: Under which licence the model may be used.
        note: What else is to be known of the training.
        images: How many pictures the distance from the data is measured on.
        reader_images: How many labelled portraits the reading network is trained on.
        workers: Processes that render portraits.
        device: cpu, cuda, mps, or auto for the best one here.
    """
    if images < FEWEST_IMAGES or reader_images < FEWEST_READER_IMAGES:
        raise UserError(
            f"--images must be {FEWEST_IMAGES} or more and --reader-images "
            f"{FEWEST_READER_IMAGES} or more."
        )
    out = out.resolve()  # its name is the model's
    from stylegan_core import checkpoint
    from stylegan_core.card import read_card, read_header
    from stylegan_core.metrics import report
    from stylegan_core.training.config import changed_settings

    has_discriminator = any(n.startswith("discriminator.") for n in read_header(file).tensors)
    generator = checkpoint.load(file, choose_device(device))
    check_portraits(file, generator)
    make_folder(out)
    quality = report.measure(generator, images, reader_images, workers, print)
    facts = {
        **generator.card,
        "name": name or out.name,
        "description": description or generator.card.get("description", ""),
        "licence": licence or generator.card.get("licence", "not stated"),
        "training": training_facts(file, generator.card, hardware=hardware, note=note),
        "quality": quality.to_json(),
    }
    target = out.parent / f"{out.name}.safetensors"
    discriminator = checkpoint.load_discriminator(file) if has_discriminator else None
    checkpoint.save(target, generator, facts, discriminator)  # type: ignore[arg-type]
    report.write_pictures(generator, out)
    settings = facts["training"].get("config")
    changed = changed_settings(settings) if isinstance(settings, Mapping) else {}
    (out / "card.md").write_text(report.card_page(read_card(target), changed), encoding="utf-8")
    print(f"Wrote {target} and {out / 'card.md'}.")


def training_facts(file: Path, card: Mapping[str, Any], **told: str) -> dict[str, Any]:
    """What a card says of the training, with what else is told of it, the time that the log of the
    run tells where the file is one of its snapshots, and how long the models were trained that it
    began with.
    """
    from stylegan_core.training.run_folder import RunFolder

    found = card.get("training")
    facts = dict(found) if isinstance(found, Mapping) else {}
    kimg, folder = facts.get("kimg"), file.resolve().parent
    if folder.name == "snapshots" and isinstance(kimg, int | float):
        seconds = RunFolder(folder.parent).working_seconds(kimg)
        facts |= {"time": duration(seconds)} if seconds else {}
    before = kimg_before(facts)
    facts |= {"kimg_before": before} if before else {}
    config = facts.get("config")
    if isinstance(config, Mapping) and config.get("init_from"):
        name = Path(str(config["init_from"])).name  # whose folders are nobody's business
        facts["config"] = {**config, "init_from": name}
    return facts | {name: words for name, words in told.items() if words}


def kimg_before(training: Mapping[str, Any]) -> float:
    """How long the models were trained that a run began with, one after the other, as far as
    their files are still there.
    """
    total, seen = 0.0, set[str]()
    while True:
        told = training.get("kimg_before")
        if isinstance(told, int | float):
            return total + told
        config = training.get("config")
        origin = str(config.get("init_from") or "") if isinstance(config, Mapping) else ""
        training = _training_of(origin) if origin and origin not in seen else {}
        kimg = training.get("kimg")
        if not isinstance(kimg, int | float):
            return total
        total += kimg
        seen.add(origin)


def _training_of(file: str) -> Mapping[str, Any]:
    """What the card of a checkpoint says of its training; nothing for any other file."""
    from stylegan_core.card import CheckpointError, read_card

    try:
        found = read_card(file).get("training")
    except (CheckpointError, OSError):
        return {}
    return found if isinstance(found, Mapping) else {}


def check_portraits(file: Path, generator: "Generator") -> None:
    """Raise `UserError` for a model that cannot be measured against portraits."""
    from stylegan_core.card import lod_of
    from stylegan_core.data.portraits import world_of

    if generator.c_dim:
        raise UserError(f"{file.name} has classes; only models without classes are measured.")
    if lod_of(generator.card, generator.resolution):
        raise UserError(
            f"{file.name} has not grown to its {generator.resolution} px yet; measure a snapshot "
            "of later on."
        )
    data = generator.card.get("data")
    if isinstance(data, str) and world_of(data) is None:
        raise UserError(
            f"{file.name} was trained on {data}; the measures compare with portraits "
            "and mean nothing for it."
        )
