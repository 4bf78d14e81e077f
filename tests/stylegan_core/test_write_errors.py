"""Errors of writing name the file that could not be written, and say what to do."""

import errno
import os
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file

from stylegan_core.errors import UserError
from stylegan_core.files import (
    check_writable,
    make_folder,
    replace_content,
    replacing,
    save_picture,
)
from stylegan_core.tensor_files import save_tensors
from stylegan_core.write_errors import WriteError, size_text, writing
from tests.full_disk import full_disk

TENSORS = {"weights": torch.arange(1000.0)}


def failing(code: int, *names: str) -> OSError:
    """Return an error as the system makes it, with the names of one or two files."""
    return OSError(code, os.strerror(code), *names[:1], *([None, names[1]] if names[1:] else []))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, r"the disk is full: it needs more than 7 bytes\. Free some space"),
        (errno.EDQUOT, r"your share of the disk is used up: it needs more than 7 bytes"),
        (errno.EFBIG, r"files may not be that large there: it needs more than 7 bytes"),
        (errno.EROFS, r"the disk is read-only\. Choose another folder\."),
        (errno.EACCES, r"you have no permission to write there\. Choose another folder\."),
        (errno.ENAMETOOLONG, r"the path is too long\. Choose a shorter name\."),
        (errno.ENOLCK, r"No locks available\. Choose another folder\."),
    ],
)
def test_each_error_says_what_to_do(tmp_path: Path, code: int, words: str) -> None:
    path = tmp_path / "film.mp4"

    def fail() -> None:
        with replacing(path) as partial:
            partial.write_text("written")
            raise failing(code, str(partial))

    with pytest.raises(WriteError, match=f"^{path} cannot be written: {words}") as caught:
        fail()
    assert caught.value.errno == code
    assert isinstance(caught.value, UserError)
    assert isinstance(caught.value, OSError)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_while_copying_is_not_blamed_on_the_source(tmp_path: Path) -> None:
    """`shutil.copyfile` names the file that it reads first."""
    path = tmp_path / "copy"
    with (
        pytest.raises(WriteError, match=r"copy cannot be written: the disk is full"),
        writing(path),
    ):
        raise failing(errno.ENOSPC, "model.safetensors", str(path))


def test_errors_of_other_files_pass(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="lost"), replacing(tmp_path / "a") as _:
        (tmp_path / "lost").read_text()
    with pytest.raises(PermissionError, match="elsewhere"), writing(tmp_path / "a"):
        raise failing(errno.EACCES, "/elsewhere/model.pt")


def test_a_full_disk_says_what_is_needed_and_what_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=2_900_000))

    def write(needs: int) -> None:
        with replacing(tmp_path / "a", needs=needs) as partial:
            partial.write_bytes(bytes(100_000))
            raise failing(errno.ENOSPC)

    with pytest.raises(WriteError, match=r"it needs 4\.2 MB, and 3\.0 MB are free"):
        write(4_200_000)


def test_a_place_that_cannot_be_written_is_found_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a.png").touch()
    for path, words in (
        (tmp_path / ("a" * 300 + ".mp4"), "the path is too long"),
        (tmp_path / "/".join(["a" * 200] * 30), "the path is too long"),
        (tmp_path / "file" / "a.mp4", "there is a file where a folder is needed"),
        (tmp_path / "full", "there is a folder of that name"),
        (Path("/proc/film.mp4"), "Choose another folder"),
    ):
        with pytest.raises(WriteError, match=words) as caught, replacing(path):
            pytest.fail("the work began")
        assert len(str(caught.value)) < 400
        with pytest.raises(WriteError, match=words):
            check_writable(path)
    with pytest.raises(WriteError, match="with something in it"):
        check_writable(tmp_path / "full", is_folder=True)
    with pytest.raises(WriteError, match="the path is too long"):
        make_folder(tmp_path / ("a" * 300))


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="permissions do not stop root"
)
def test_a_folder_without_permission_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(WriteError, match=r"no permission to write there"):
        check_writable(tmp_path / "a.png")


def test_trying_a_place_leaves_nothing(tmp_path: Path) -> None:
    check_writable(tmp_path / "new" / "deep" / "a.mp4")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "a.mp4").write_text("kept")
    check_writable(tmp_path / "a.mp4")
    assert (tmp_path / "a.mp4").read_text() == "kept"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_name_as_long_as_the_disk_takes_is_written(tmp_path: Path) -> None:
    for name in ("a" * 251 + ".txt", "ä" * 125 + ".txt"):
        replace_content(tmp_path / name, b"all")
        assert (tmp_path / name).read_bytes() == b"all"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no umask")
@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_files_have_the_mode_of_the_umask(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        save_tensors(tmp_path / "a.safetensors", TENSORS)
        replace_content(tmp_path / "a.json", b"{}")
    finally:
        os.umask(before)
    modes = {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {0o666 & ~mask}
    assert torch.equal(load_file(tmp_path / "a.safetensors")["weights"], TENSORS["weights"])


def test_tensors_on_a_full_disk_are_reported_and_leave_nothing(tmp_path: Path) -> None:
    with (
        full_disk(1000),
        pytest.raises(WriteError, match=r"a\.safetensors cannot be written: .* needs 4\.0 kB"),
    ):
        save_tensors(tmp_path / "a.safetensors", TENSORS)
    assert list(tmp_path.iterdir()) == []


def test_pictures_on_a_full_disk_are_reported_and_leave_nothing(tmp_path: Path) -> None:
    from PIL import Image

    noise = Image.effect_noise((64, 64), 100)
    with full_disk(1000), pytest.raises(WriteError, match=r"a\.png cannot be written: "):
        save_picture(noise, tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


def test_sizes_are_written_for_people() -> None:
    assert [size_text(size) for size in (900, 3000, 4_200_000, 1_300_000_000)] == [
        "900 bytes",
        "3.0 kB",
        "4.2 MB",
        "1.3 GB",
    ]
