"""Files appear whole or not at all; folders are made, or refused in one sentence."""

import os
from pathlib import Path

import pytest

from stylegan_core.errors import UserError
from stylegan_core.files import check_folder, make_folder, remove_partials, replacing


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fill_the_disk() -> None:
        with replacing(path) as partial:
            partial.write_text("half")
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        fill_the_disk()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_files_and_folders_appear_under_their_names(tmp_path: Path) -> None:
    with replacing(tmp_path / "a.txt") as partial:
        partial.write_text("new")
    with replacing(tmp_path / "frames") as partial:
        partial.mkdir()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "frames"]


def test_a_folder_replaces_an_empty_one_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This imitates Windows, which does not rename a folder to the name of another."""
    rename = os.replace

    def on_windows(source: Path, target: Path) -> None:
        if target.is_dir():
            raise PermissionError(13, "Access is denied", str(target))
        rename(source, target)

    def write(folder: Path) -> None:
        with replacing(folder, is_folder=True) as partial:
            partial.mkdir()
            (partial / "000000.png").touch()

    monkeypatch.setattr(os, "replace", on_windows)
    target = tmp_path / "frames"
    target.mkdir()
    write(target)
    assert [path.name for path in target.iterdir()] == ["000000.png"]
    with pytest.raises(OSError, match="with something in it"):
        write(target)
    assert list(tmp_path.iterdir()) == [target]


def test_checking_a_folder_does_not_make_it(tmp_path: Path) -> None:
    check_folder(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []
    make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()


@pytest.mark.parametrize("below", ["", "b", "b/c"])
def test_a_file_in_the_way_is_named(tmp_path: Path, below: str) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(UserError, match=r"a is a file, where a folder is needed"):
        make_folder(tmp_path / "a" / below)


def test_only_half_written_files_are_removed(tmp_path: Path) -> None:
    partial = [".a.0123abcd.partial.png", ".b.0123abcd.partial.png", ".c.0123abcd.partial"]
    others = ["a.png", ".a.partial.png", "a.0123abcd.partial.png", ".x.0123.partial.png"]
    for name in (*partial, *others):
        (tmp_path / name).write_text("")
    remove_partials(tmp_path, {"a.png"})
    assert {path.name for path in tmp_path.iterdir()} == {*partial[1:], *others}
    remove_partials(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(others)
    remove_partials(tmp_path / "absent")
