"""`stylegan dataset`: prepared pictures, portraits as files, and contact sheets."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stylegan_core.cli.dataset import Portraits, Prepare, Sheet, dataset
from stylegan_core.contact_sheet import to_image
from stylegan_core.data import portraits
from stylegan_core.errors import UserError
from tests.pixels import pixels
from tests.stylegan_core.cli.in_process import stylegan


def test_portraits_come_with_their_labels(tmp_path: Path) -> None:
    dataset(Portraits(tmp_path / "faces", count=3, resolution=16, seed=5))

    text = (tmp_path / "faces" / "labels.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["file"] for row in rows] == ["000000.png", "000001.png", "000002.png"]
    assert rows[0].keys() == {"file", *(factor.name for factor in portraits.FACTORS)}
    expected = to_image(portraits.portraits(5, [1], 16)[0])
    assert np.array_equal(pixels(tmp_path / "faces" / "000001.png"), np.asarray(expected))


def test_a_sheet_has_rows_and_columns(tmp_path: Path) -> None:
    dataset(Sheet(tmp_path / "sheet.png", count=5, resolution=16, columns=4))

    assert pixels(tmp_path / "sheet.png").shape == (2 * 18 + 2, 4 * 18 + 2, 3)


@pytest.mark.parametrize(
    ("job", "message"),
    [
        (Portraits(Path("a"), count=0), "--count"),
        (Portraits(Path("a"), resolution=4), "--resolution"),
        (Portraits(Path("a"), seed=-1), "--seed"),
        (Prepare("portraits:8", resolution=4), "--resolution"),
        (Prepare("portraits:8", resolution=100), "power of two"),
        (Prepare("portraits:8", workers=0), "--workers"),
        (Sheet(Path("a.png"), columns=0), "--columns"),
        (Sheet(Path("a.jpg")), "must end in .png"),
    ],
)
def test_impossible_options_are_refused(job: Portraits | Prepare | Sheet, message: str) -> None:
    with pytest.raises(UserError, match=message):
        dataset(job)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "faces").write_text("a file")

    with pytest.raises(UserError, match="is a file"):
        dataset(Portraits(tmp_path / "faces", count=1, resolution=8))


def test_preparing_reports_what_was_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STYLEGAN_CACHE", str(tmp_path / "cache"))
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for k in range(10):
        Image.new("RGB", (20, 16 + k), (k, 0, 0)).save(pictures / f"{k}.png")
    (pictures / "notes.txt").write_text("no picture")
    Image.new("RGB", (9, 9)).save(pictures / "small.png")
    labels = {"labels": [[f"{k}.png", k % 2] for k in range(9)]}
    (pictures / "dataset.json").write_text(json.dumps(labels))
    command = ("dataset", "prepare", pictures, "--resolution", 16, "--labels", "dataset.json")

    first, again = stylegan(*command), stylegan(*command, "--workers=2")

    assert first.returncode == again.returncode == 0
    assert first.stdout.splitlines()[-6:-1] == [
        f"9 pictures of {pictures} at 16 px",
        "2 classes: 0 (5), 1 (4)",
        "3 files left out:",
        "  2 without a label: 9.png, small.png",
        "  1 not a picture: notes.txt",
    ]
    assert again.stdout == "".join(first.stdout.splitlines(keepends=True)[-6:])
    assert "Ready in" in again.stdout


def test_too_few_pictures_are_refused(tmp_path: Path) -> None:
    for k in range(5):
        Image.new("RGB", (16, 16)).save(tmp_path / f"{k}.png")

    done = stylegan("dataset", "prepare", tmp_path, "--resolution", 16)

    assert done.returncode == 2
    assert "holds 5 pictures only" in done.stderr
    assert "add pictures" in done.stderr
