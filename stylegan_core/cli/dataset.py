"""`stylegan dataset`: prepare pictures for training, or write portraits as files."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from stylegan_core.cli.progress import ProgressLine
from stylegan_core.errors import UserError
from stylegan_core.files import check_writable, make_folder, save_picture
from stylegan_core.terminal import say
from stylegan_core.write_errors import writing

if TYPE_CHECKING:
    from stylegan_core.data.portraits import World

CHUNK = 32  # portraits rendered at once


@dataclass(frozen=True)
class Portraits:
    """Write portraits as OUT/000000.png and so on, and their factors as OUT/labels.csv."""

    out: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="OUT")]
    """The folder; it is created if it does not exist."""
    count: int = 1000
    """The number of portraits."""
    resolution: int = 128
    """Width and height in pixels, 8 to 1024."""
    seed: int = 0
    """Each seed has its own endless series of portraits."""
    small: bool = False
    """Draw from the small world, which varies less."""


@dataclass(frozen=True)
class Sheet:
    """Write one picture with many portraits side by side."""

    out: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="OUT.png")]
    """The PNG file."""
    count: int = 48
    """The number of portraits."""
    resolution: int = 128
    """Width and height of each portrait in pixels, 8 to 1024."""
    columns: int = 8
    """The number of portraits in a row."""
    seed: int = 0
    """Each seed has its own endless series of portraits."""
    small: bool = False
    """Draw from the small world, which varies less."""


@dataclass(frozen=True)
class Prepare:
    """Check pictures and prepare them for training; report what was left out and why.

    Training does the same by itself. Prepared pictures are kept, so that it finds them ready.
    """

    data: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="DATA")]
    """A folder or a zip file of pictures, portraits:COUNT or portraits:COUNT:FACTOR."""
    resolution: int = 128
    """Width and height in pixels, a power of two from 8 to 1024."""
    labels: str = "none"
    """Class labels: none, folders (the names of the folders), or a JSON file like dataset.json."""
    fit: Literal["crop", "pad"] = "crop"
    """Take the centre square of each picture, or all of it with white bars."""
    enlarge: bool = False
    """Enlarge pictures that are too small instead of leaving them out."""
    workers: int = 1
    """The number of pictures that are read or rendered at the same time."""


Job = (
    Annotated[Prepare, tyro.conf.subcommand("prepare", prefix_name=False)]
    | Annotated[Portraits, tyro.conf.subcommand("portraits", prefix_name=False)]
    | Annotated[Sheet, tyro.conf.subcommand("sheet", prefix_name=False)]
)


def dataset(job: Annotated[Job, tyro.conf.arg(name="")]) -> None:
    """Prepare pictures for training, or write portraits as files.

    For example:
    - stylegan dataset prepare photos.zip --resolution 256 --labels folders
    - stylegan dataset portraits faces --count 100 --resolution 128
    - stylegan dataset sheet faces.png --count 48 --columns 8
    """
    if not 8 <= job.resolution <= 1024:
        raise UserError(f"--resolution must lie between 8 and 1024, not {job.resolution}.")
    if isinstance(job, Prepare):
        prepare(job)
        return
    if job.count < 1 or not 0 <= job.seed < 2**63:
        raise UserError("--count must be 1 or more and --seed 0 or more, below 2^63.")
    if isinstance(job, Portraits):
        write_portraits(job)
    else:
        write_sheet(job)


def prepare(job: Prepare) -> None:
    """Prepare a data set and print the report. Raises `UserError` and OSError."""
    from stylegan_core.data.dataset import open_dataset
    from stylegan_core.data.decoding import Options
    from stylegan_core.data.info import report

    if job.workers < 1:
        raise UserError("--workers must be 1 or more.")
    if job.resolution & (job.resolution - 1):
        raise UserError(f"--resolution must be a power of two, not {job.resolution}.")
    line = ProgressLine()
    prepared = open_dataset(
        job.data,
        job.resolution,
        workers=job.workers,
        progress=lambda done, total: line.count("preparing pictures", done, total),
        options=Options(job.labels, job.fit, job.enlarge),
    )
    line.end()
    say(report(prepared.info))
    say(f"Ready in {prepared.path}, fingerprint {prepared.fingerprint}")


def write_portraits(job: Portraits) -> None:
    """Write a series of portraits and their labels. Raises `UserError` and OSError."""
    from stylegan_core import contact_sheet
    from stylegan_core.data import portraits

    make_folder(job.out)
    line, labels = ProgressLine(), job.out / "labels.csv"
    with writing(labels), labels.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        for first in range(0, job.count, CHUNK):
            indices = range(first, min(first + CHUNK, job.count))
            factors = portraits.sample_factors(job.seed, indices, _world(job))
            rows = portraits.labels_table(factors)
            if first == 0:
                table.writerow(["file", *rows[0]])
            pictures = portraits.render(factors, job.resolution)
            for index, picture, row in zip(indices, pictures, rows, strict=True):
                name = f"{index:06d}.png"
                save_picture(contact_sheet.to_image(picture), job.out / name)
                table.writerow([name, *row.values()])
            line.count("rendering", indices.stop, job.count)
    line.end()


def write_sheet(job: Sheet) -> None:
    """Write one contact sheet of a series of portraits. Raises `UserError` and OSError."""
    from stylegan_core import contact_sheet
    from stylegan_core.data import portraits

    if job.columns < 1:
        raise UserError("--columns must be 1 or more.")
    if job.out.suffix.lower() != ".png":
        raise UserError(f"{job.out} must end in .png.")
    check_writable(job.out)
    indices = range(job.count)
    pictures = portraits.portraits(job.seed, indices, job.resolution, world=_world(job))
    save_picture(contact_sheet.contact_sheet(pictures, job.columns), job.out)


def _world(job: Portraits | Sheet) -> "World":
    return "portraits-small" if job.small else "portraits"
