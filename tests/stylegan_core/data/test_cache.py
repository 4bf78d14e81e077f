import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from stylegan_core.data import cache as cache_module
from stylegan_core.data import portraits, rendering
from stylegan_core.data.dataset import ImageDataset, open_dataset
from stylegan_core.errors import UserError

draw = portraits.portraits


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The portraits that are rendered, in order, four at once."""
    indices_asked: list[int] = []

    def watched(seed: int, indices: range, *rest: object) -> torch.Tensor:
        indices_asked.extend(indices)
        return draw(seed, indices, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(rendering, "CHUNK", 4)
    monkeypatch.setattr(portraits, "portraits", watched)
    return indices_asked


MARK = [*range(4)]  # what is drawn to see whether the renderer has changed


def interrupt(done: int, total: int) -> None:
    raise KeyboardInterrupt


def test_an_interrupted_rendering_continues(cache: Path, asked: list[int]):
    with pytest.raises(KeyboardInterrupt):
        open_dataset("portraits:10", 8, progress=interrupt)
    with next(cache.glob("*.partial")).open("ab") as file:
        file.write(b"half a picture")
    asked.clear()

    data = open_dataset("portraits:10", 8)

    assert asked == [*MARK, *range(4, 10)]
    assert np.array_equal(data.images, draw(0, range(10), 8).numpy())


def test_an_interrupted_reading_leaves_nothing(greys: Path, cache: Path):
    with pytest.raises(KeyboardInterrupt):
        open_dataset(str(greys), 8, progress=interrupt)
    assert [file.suffix for file in cache.iterdir()] == [".lock"]

    assert open_dataset(str(greys), 8).images[:, 0, 0, 7].tolist() == list(range(1, 11))


def test_a_finished_set_is_not_made_again(asked: list[int]):
    open_dataset("portraits:8:hat", 8)
    asked.clear()

    open_dataset("portraits:8:hat", 8)
    open_dataset("portraits:8:beard", 8)

    assert asked == [*MARK, *MARK]


def test_two_at_once_make_a_set_once(asked: list[int]):
    opened: list[ImageDataset] = []
    begun = threading.Barrier(3)

    def prepare() -> None:
        begun.wait()
        opened.append(open_dataset("portraits:12", 8))

    threads = [threading.Thread(target=prepare) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(asked) == sorted([*MARK, *MARK, *MARK, *range(12)])
    assert len(opened) == 3
    assert all(np.array_equal(data.images, draw(0, range(12), 8).numpy()) for data in opened)


def test_a_killed_process_leaves_nothing_under_the_names(cache: Path, asked: list[int]):
    killed = (
        "import os, signal\n"
        "from stylegan_core.data import rendering\n"
        "from stylegan_core.data.dataset import open_dataset\n"
        "rendering.CHUNK = 4\n"
        "kill = lambda done, total: done > 16 and os.kill(os.getpid(), signal.SIGKILL)\n"
        "open_dataset('portraits:40', 16, progress=kill)\n"
    )

    assert subprocess.run([sys.executable, "-c", killed]).returncode == -9

    assert sorted(file.suffix for file in cache.iterdir()) == [".lock", ".partial"]
    data = open_dataset("portraits:40", 16)
    assert np.array_equal(data.images, draw(0, range(40), 16).numpy())
    assert len(asked) < 4 + 40  # some were there


def test_worker_processes_draw_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rendering, "CHUNK", 2)
    alone = open_dataset("portraits:4", 8).images.copy()
    monkeypatch.setenv("STYLEGAN_CACHE", str(tmp_path / "other"))

    assert np.array_equal(open_dataset("portraits:4", 8, workers=2).images, alone)


def test_where_a_second_name_is_refused_labelled_portraits_are_copied(
    monkeypatch: pytest.MonkeyPatch,
):
    def refuse(first: Path, second: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", refuse)

    plain, labelled = open_dataset("portraits:8", 8), open_dataset("portraits:8:hat", 8)

    assert not labelled.path.samefile(plain.path)
    assert np.array_equal(labelled.images, plain.images)


# A full disk ----------------------------------------------------------------------------------

needs_full_device = pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="a device that is always full is Linux's"
)


def full_at(partial: Path) -> None:
    """Have a partial file be the device that answers every write with "no space left"."""
    partial.parent.mkdir(parents=True, exist_ok=True)
    partial.unlink(missing_ok=True)
    partial.symlink_to("/dev/full")


@needs_full_device
@pytest.mark.parametrize("labels", ["", ":glasses"])
def test_a_full_disk_while_rendering(cache: Path, asked: list[int], labels: str):
    with pytest.raises(KeyboardInterrupt):
        open_dataset("portraits:12", 8, progress=interrupt)
    full_at(next(cache.glob("*.partial")))

    with pytest.raises(UserError, match=r"No space left on device\. Make room, name another disk"):
        open_dataset("portraits:12" + labels, 8)

    assert [file.suffix for file in cache.iterdir()] == [".lock"]
    assert len(open_dataset("portraits:12" + labels, 8)) == 12


@needs_full_device
def test_a_full_disk_while_reading_is_no_damaged_picture(greys: Path, cache: Path):
    path = open_dataset(str(greys), 8).path
    path.unlink()
    path.with_suffix(".json").unlink()
    full_at(path.with_name(path.name + ".partial"))

    with pytest.raises(UserError, match=r"need 0.0 GB in .* No space left on device"):
        open_dataset(str(greys), 8)

    assert [file.suffix for file in cache.iterdir()] == [".lock"]


def test_a_disk_that_cannot_hold_the_pictures_is_refused_at_once(cache: Path, asked: list[int]):
    count = 10**9  # 3 PB

    with pytest.raises(UserError, match=r"need 3145728.0 GB in .* GB are free. Make room"):
        open_dataset(f"portraits:{count}", 1024)

    assert asked == MARK
    assert [file.suffix for file in cache.iterdir()] == [".lock"]


def test_a_cache_that_cannot_be_written_to(greys: Path, tmp_path: Path):
    (tmp_path / "cache").write_text("a file in the way")

    with pytest.raises(UserError, match="is a file, where a folder is needed"):
        open_dataset(str(greys), 8)


def test_the_cache_lies_where_the_environment_says(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STYLEGAN_CACHE", "/somewhere")
    assert cache_module.cache_folder() == Path("/somewhere/datasets")
    monkeypatch.delenv("STYLEGAN_CACHE")
    assert cache_module.cache_folder().name == "datasets"
