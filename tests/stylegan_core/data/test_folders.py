"""Pictures are found in folders and zip files."""

import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stylegan_core.data.folders import find_pictures, holds_pictures
from stylegan_core.errors import UserError
from tests.stylegan_core.data.greys import write_greys

NAMES = ["a.PNG", "deep/b.webp", *(f"deep/er/{k}.png" for k in range(7))]


def zip_folder(folder: Path, path: Path) -> Path:
    """Write the files of a folder into a zip file and return its path."""
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder))
    return path


def test_folders_and_zips_are_searched_alike_to_any_depth(tmp_path: Path) -> None:
    folder = write_greys(tmp_path / "in", [*NAMES, ".hidden.png", ".git/c.png", "__MACOSX/d.png"])
    (folder / "deep" / "notes.txt").write_text("no picture")

    for path in (folder, zip_folder(folder, tmp_path / "all.zip")):
        pictures = find_pictures(path)
        assert pictures.names == sorted(NAMES)
        assert pictures.others == {"deep/notes.txt": "not a picture"}
        assert pictures.read("deep/b.webp") == (folder / "deep" / "b.webp").read_bytes()


def test_a_folder_holds_pictures_if_a_file_is_named_like_one(tmp_path: Path) -> None:
    below = tmp_path / "deep" / "er"
    below.mkdir(parents=True)
    (below / "notes.txt").write_text("no picture")
    (below / ".hidden.png").write_text("passed over")
    assert not holds_pictures(tmp_path)
    assert not holds_pictures(tmp_path / "absent")
    (below / "a.JPG").write_text("only the name counts")
    assert holds_pictures(tmp_path)


def test_pictures_are_known_by_their_content(greys: Path, tmp_path: Path) -> None:
    (greys / "photo.HEIC").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    for name, other in (("0.png", "noext"), ("1.png", "b.dat"), ("2.png", "deep.jfif")):
        (greys / name).rename(greys / other)

    for path in (greys, zip_folder(greys, tmp_path / "all.zip")):
        pictures = find_pictures(path)
        assert {"noext", "b.dat", "deep.jfif", "3.png"} < set(pictures.names)
        assert pictures.others == {"photo.HEIC": "HEIC (convert to JPEG first)"}

    alone = tmp_path / "alone"
    alone.mkdir()
    (greys / "noext").rename(alone / "noext")
    assert holds_pictures(alone)


def test_linked_folders_are_entered_once(greys: Path, tmp_path: Path) -> None:
    folder = tmp_path / "links"
    folder.mkdir()
    (folder / "greys").symlink_to(greys)
    (folder / "same").symlink_to(greys)
    (greys / "back").symlink_to(folder)

    assert find_pictures(folder).names == [f"greys/{k}.png" for k in range(10)]


@pytest.mark.parametrize(
    ("count", "text"), [(0, "no pictures"), (1, "one picture only"), (5, "5 pictures only")]
)
def test_too_few_pictures_say_how_many_are_needed(tmp_path: Path, count: int, text: str) -> None:
    tmp_path.joinpath("few").mkdir()
    folder = write_greys(tmp_path / "few", [f"{k}.png" for k in range(count)])

    with pytest.raises(UserError, match=f"holds {text}.* needs 8 at the very least"):
        find_pictures(folder)


def test_unusable_paths_are_refused(greys: Path, tmp_path: Path) -> None:
    (tmp_path / "text.zip").write_text("no zip")
    damaged = zip_folder(greys, tmp_path / "damaged.zip")
    damaged.write_bytes(damaged.read_bytes().replace(b"PK\x01\x02", b"PK\x09\x09"))

    for name, message in (
        ("missing", "no folder or zip file"),
        ("text.zip", "neither a folder nor a zip"),
        ("damaged.zip", "damaged zip file"),
    ):
        with pytest.raises(UserError, match=message):
            find_pictures(tmp_path / name)


@contextmanager
def without_root() -> Iterator[None]:
    """Become a user who may not read everything, if this one may."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="the permissions are those of POSIX")
@pytest.mark.parametrize("closed", [".", "deep"])
def test_a_closed_folder_is_an_error(closed: str) -> None:
    with tempfile.TemporaryDirectory() as name:  # not tmp_path, which other users cannot enter
        folder = write_greys(Path(name) / "pictures", NAMES)
        os.chmod(name, 0o755)
        (folder / closed).chmod(0)
        with (
            without_root(),
            pytest.raises(UserError, match="cannot be read: Permission denied"),
        ):
            find_pictures(folder)
        (folder / closed).chmod(0o755)


def test_a_changed_file_changes_the_digest(greys: Path) -> None:
    before = find_pictures(greys).digest
    (greys / "3.png").write_bytes((greys / "4.png").read_bytes() + b" ")
    changed = find_pictures(greys).digest
    (greys / "5.png").chmod(0o400)  # its content may be readable only now

    assert len({before, changed, find_pictures(greys).digest}) == 3
