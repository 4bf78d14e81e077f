"""`stylegan card`: measure a model trained on portraits and write its card."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from stylegan_core.devices import choose_device
from stylegan_core.durations import duration
from stylegan_core.errors import UserError
from stylegan_core.files import check_writable, make_folder, replace_content
from stylegan_core.terminal import say

if TYPE_CHECKING:
    from stylegan_core.networks import Generator

MIN_IMAGES = 2
MIN_READER_IMAGES = 64  # one batch


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

    The header of the checkpoint holds the results too, and the time that the training took if FILE
    lies in the folder of its run. Portraits to compare with are rendered once and kept.

    For example:
    - stylegan card run/snapshots/000500.safetensors --out checkpoints/portraits-64

    Args:
        file: A checkpoint, such as a snapshot of a training run.
        out: The folder of the card; the checkpoint is written beside it.
        name: The name of the model; by default that of the folder.
        description: One sentence on what the model shows.
        hardware: The hardware that the model was trained on.
        licence: The licence of the model.
        note: Anything else worth knowing about the training.
        images: How many pictures the distance from the data is measured on.
        reader_images: How many labelled portraits the reading network is trained on.
        workers: How many processes render portraits.
        device: cpu, cuda, mps, or auto for the best one here.
    """
    if images < MIN_IMAGES or reader_images < MIN_READER_IMAGES:
        raise UserError(
            f"--images must be at least {MIN_IMAGES} and --reader-images at least "
            f"{MIN_READER_IMAGES}."
        )
    out = out.resolve()  # "." has no name of its own
    from stylegan_core import checkpoint
    from stylegan_core.card import read_header
    from stylegan_core.metrics import card_pictures
    from stylegan_core.metrics.evaluate import evaluate
    from stylegan_core.networks.inference.for_inference import for_inference

    names = read_header(file).tensors
    has_discriminator = any(name.startswith(checkpoint.DISCRIMINATOR) for name in names)
    generator = checkpoint.load(file, choose_device(device))
    check_portraits(file, generator)
    make_folder(out)
    model, page = out.parent / f"{out.name}.safetensors", out / "card.md"
    check_writable(model)  # before the pictures are measured, which takes an hour
    shown = for_inference(generator)
    entries = {
        **generator.card,
        "name": name or out.name,
        "description": description or generator.card.get("description", ""),
        "licence": licence or generator.card.get("licence", "not stated"),
        "training": training_info(file, generator.card, hardware=hardware, note=note),
        "quality": evaluate(shown, images, reader_images, workers, say),
    }
    discriminator = checkpoint.load_discriminator(file) if has_discriminator else None
    features = checkpoint.load_feature_weights(file)
    checkpoint.save(model, generator, entries, discriminator, feature_weights=features)  # type: ignore[arg-type]
    card_pictures.write_pictures(shown, out)
    replace_content(page, page_of(model).encode())
    say(f"Wrote {model} and {page}.")


def page_of(model: Path) -> str:
    """Return the page of a measured checkpoint, written from its header alone."""
    from stylegan_core.card import read_card
    from stylegan_core.metrics.card_page import card_page
    from stylegan_core.training.config_json import changed_settings

    entries = read_card(model)
    config = entries.get("training", {}).get("config")
    return card_page(entries, changed_settings(config) if isinstance(config, Mapping) else {})


def training_info(file: Path, card: Mapping[str, Any], **additions: str) -> dict[str, Any]:
    """Return the card's entry on the training, completed with what can be found out.

    These are the time from the run's log, if the file is one of its snapshots; how long the models
    were trained that the run started from; and those `additions` that are not empty.
    """
    from stylegan_core.training.run_folder import RunFolder

    given = card.get("training")
    info = dict(given) if isinstance(given, Mapping) else {}
    kimg, folder = info.get("kimg"), file.resolve().parent
    if folder.name == "snapshots" and isinstance(kimg, int | float):
        seconds = RunFolder(folder.parent).working_seconds(kimg)
        info |= {"time": duration(seconds)} if seconds else {}
    earlier_kimg = kimg_before(info)
    info |= {"kimg_before": earlier_kimg} if earlier_kimg else {}
    config = info.get("config")
    if isinstance(config, Mapping) and config.get("init_from"):
        name = Path(str(config["init_from"])).name  # the folders are private
        info["config"] = {**config, "init_from": name}
    return info | {name: text for name, text in additions.items() if text}


def kimg_before(training: Mapping[str, Any]) -> float:
    """Add up the training of the models that a run started from, one after the other.

    The chain ends at a file that is gone, or at a card that states the sum up to there.
    """
    total = 0.0
    seen = set[str]()
    while True:
        stated = training.get("kimg_before")
        if isinstance(stated, int | float):
            return total + stated
        config = training.get("config")
        origin = str(config.get("init_from") or "") if isinstance(config, Mapping) else ""
        training = _training_of(origin) if origin and origin not in seen else {}
        kimg = training.get("kimg")
        if not isinstance(kimg, int | float):
            return total
        total += kimg
        seen.add(origin)


def _training_of(file: str) -> Mapping[str, Any]:
    """Return a checkpoint's entry on its training, empty for any other file."""
    from stylegan_core.card import CheckpointError, read_card

    try:
        training = read_card(file).get("training")
    except (CheckpointError, OSError):
        return {}
    return training if isinstance(training, Mapping) else {}


def check_portraits(file: Path, generator: "Generator") -> None:
    """Raise `UserError` for a model that cannot be measured against portraits."""
    from stylegan_core.card import lod_of
    from stylegan_core.data.portraits import world_of

    if generator.c_dim:
        raise UserError(f"{file.name} has classes; only models without classes are measured.")
    if lod_of(generator.card, generator.resolution):
        raise UserError(
            f"{file.name} has not grown to its {generator.resolution} px yet; measure a later "
            "snapshot."
        )
    data = generator.card.get("data")
    if isinstance(data, str) and world_of(data) is None:
        raise UserError(
            f"{file.name} was trained on {data}, but the metrics compare with portraits; only "
            "models trained on portraits can be measured."
        )
