import csv
from pathlib import Path

import pytest
from PIL import Image

from stylegan_core.cli.dataset import Portraits, Sheet, dataset
from stylegan_core.data import portraits
from stylegan_core.errors import UserError
from stylegan_core.images import to_image


def test_portraits_come_with_their_labels(tmp_path: Path):
    dataset(Portraits(tmp_path / "faces", count=3, resolution=16, seed=5))

    text = (tmp_path / "faces" / "labels.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["file"] for row in rows] == ["000000.png", "000001.png", "000002.png"]
    assert rows[0].keys() == {"file", *(factor.name for factor in portraits.FACTORS)}
    expected = to_image(portraits.portraits(5, [1], 16)[0])
    with Image.open(tmp_path / "faces" / "000001.png") as written:
        assert written.tobytes() == expected.tobytes()


def test_a_sheet_holds_rows_and_columns(tmp_path: Path):
    dataset(Sheet(tmp_path / "sheet.png", count=5, resolution=16, columns=4))

    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (4 * 18 + 2, 2 * 18 + 2)


@pytest.mark.parametrize(
    ("job", "message"),
    [
        (Portraits(Path("a"), count=0), "--count"),
        (Portraits(Path("a"), resolution=4), "--resolution"),
        (Portraits(Path("a"), seed=-1), "--seed"),
        (Sheet(Path("a.png"), columns=0), "--columns"),
        (Sheet(Path("a.jpg")), "must end in .png"),
    ],
)
def test_unfit_options_are_user_errors(job: Portraits | Sheet, message: str):
    with pytest.raises(UserError, match=message):
        dataset(job)


def test_a_file_in_the_way_is_named(tmp_path: Path):
    (tmp_path / "faces").write_text("a file")

    with pytest.raises(UserError, match="is a file"):
        dataset(Portraits(tmp_path / "faces", count=1, resolution=8))
