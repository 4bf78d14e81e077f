"""The cache makes each set once, continues what was interrupted, and survives a full disk."""

import errno
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from filelock import FileLock

from stylegan_core.data import cache as cache_module
from stylegan_core.data import portraits, rendering
from stylegan_core.data.dataset import ImageDataset, open_dataset
from stylegan_core.errors import UserError
from stylegan_core.files import digest_of
from stylegan_core.write_errors import WriteError

draw = portraits.portraits


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The indices of rendered portraits in their order, rendered four at once."""
    indices_rendered: list[int] = []

    def watched(seed: int, indices: range, *rest: object) -> torch.Tensor:
        indices_rendered.extend(indices)
        return draw(seed, indices, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(rendering, "CHUNK", 4)
    monkeypatch.setattr(portraits, "portraits", watched)
    return indices_rendered


DIGEST = [*range(4)]  # rendered to see whether the renderer has changed


def interrupt(done: int, total: int) -> None:
    raise KeyboardInterrupt


def test_an_interrupted_rendering_continues(cache: Path, rendered: list[int]) -> None:
    with pytest.raises(KeyboardInterrupt):
        open_dataset("portraits:10", 8, progress=interrupt)
    with next(cache.glob("*.partial")).open("ab") as file:
        file.write(b"half a picture")
    rendered.clear()

    data = open_dataset("portraits:10", 8)

    assert rendered == [*DIGEST, *range(4, 10)]
    assert np.array_equal(data.images, draw(0, range(10), 8).numpy())


def test_an_interrupted_decoding_leaves_nothing(greys: Path, cache: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        open_dataset(str(greys), 8, progress=interrupt)
    assert [file.suffix for file in cache.iterdir()] == [".lock"]

    assert open_dataset(str(greys), 8).images[:, 0, 0, 7].tolist() == list(range(1, 11))


def test_a_finished_set_is_not_made_again(rendered: list[int]) -> None:
    open_dataset("portraits:8:hat", 8)
    rendered.clear()

    open_dataset("portraits:8:hat", 8)
    open_dataset("portraits:8:beard", 8)

    assert rendered == [*DIGEST, *DIGEST]


def test_concurrent_requests_make_a_set_once(rendered: list[int]) -> None:
    opened: list[ImageDataset] = []
    start = threading.Barrier(3)

    def prepare() -> None:
        start.wait()
        opened.append(open_dataset("portraits:12", 8))

    threads = [threading.Thread(target=prepare) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(rendered) == sorted([*DIGEST, *DIGEST, *DIGEST, *range(12)])
    assert len(opened) == 3
    assert all(np.array_equal(data.images, draw(0, range(12), 8).numpy()) for data in opened)


@pytest.mark.slow
def test_a_killed_process_leaves_no_finished_set(cache: Path, rendered: list[int]) -> None:
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
    assert len(rendered) < 4 + 40  # the rest was there already


@pytest.mark.slow
def test_worker_processes_draw_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "CHUNK", 2)
    alone = open_dataset("portraits:4", 8).images.copy()
    monkeypatch.setenv("STYLEGAN_CACHE", str(tmp_path / "other"))

    assert np.array_equal(open_dataset("portraits:4", 8, workers=2).images, alone)


def test_labelled_portraits_are_copied_where_links_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(first: Path, second: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", refuse)

    plain, labelled = open_dataset("portraits:8", 8), open_dataset("portraits:8:hat", 8)

    assert not labelled.path.samefile(plain.path)
    assert np.array_equal(labelled.images, plain.images)


# A full disk ----------------------------------------------------------------------------------

needs_full_device = pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="only Linux has a device that is always full"
)


def full_at(partial: Path) -> None:
    """Replace a partial file by the device that answers every write with "no space left"."""
    partial.parent.mkdir(parents=True, exist_ok=True)
    partial.unlink(missing_ok=True)
    partial.symlink_to("/dev/full")


@needs_full_device
@pytest.mark.parametrize("labels", ["", ":glasses"])
@pytest.mark.usefixtures("rendered")  # four at once
def test_a_full_disk_while_rendering_is_reported_and_leaves_nothing(
    cache: Path, labels: str
) -> None:
    with pytest.raises(KeyboardInterrupt):
        open_dataset("portraits:12", 8, progress=interrupt)
    full_at(next(cache.glob("*.partial")))

    with pytest.raises(UserError, match=r"No space left on device\. Make room, name another disk"):
        open_dataset("portraits:12" + labels, 8)

    assert [file.suffix for file in cache.iterdir()] == [".lock"]
    assert len(open_dataset("portraits:12" + labels, 8)) == 12


@needs_full_device
def test_a_full_disk_while_decoding_is_not_a_damaged_picture(greys: Path, cache: Path) -> None:
    path = open_dataset(str(greys), 8).path
    path.unlink()
    path.with_suffix(".json").unlink()
    full_at(path.with_name(path.name + ".partial"))

    with pytest.raises(UserError, match=r"need 1\.9 kB in .* No space left on device"):
        open_dataset(str(greys), 8)

    assert [file.suffix for file in cache.iterdir()] == [".lock"]


def test_a_disk_without_enough_space_is_refused_at_once(cache: Path, rendered: list[int]) -> None:
    count = 10**9  # 3 PB

    with pytest.raises(UserError, match=r"need 3145728.0 GB in .* GB are free. Make room"):
        open_dataset(f"portraits:{count}", 1024)

    assert rendered == DIGEST
    assert [file.suffix for file in cache.iterdir()] == [".lock"]


def test_a_cache_that_cannot_be_written_is_an_error(greys: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file in the way")

    with pytest.raises(UserError, match="is a file, where a folder is needed"):
        open_dataset(str(greys), 8)


def test_the_environment_names_the_cache_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STYLEGAN_CACHE", "/somewhere")
    assert cache_module.datasets_folder() == Path("/somewhere/datasets")
    monkeypatch.delenv("STYLEGAN_CACHE")
    assert cache_module.datasets_folder().name == "datasets"


# A set that changed ---------------------------------------------------------------------------


def change_a_byte(path: Path) -> None:
    with path.open("r+b") as file:
        first = file.read(1)[0]
        file.seek(0)
        file.write(bytes([first ^ 255]))


def test_a_changed_set_is_noticed_when_it_is_opened() -> None:
    path = open_dataset("portraits:8:hat", 8).path
    change_a_byte(path)
    with pytest.raises(UserError, match=rf"{path} has changed .* Delete {path.stem}\.u8 and"):
        ImageDataset(path)


def test_changed_labels_are_noticed() -> None:
    path = open_dataset("portraits:8:hat", 8).path
    description = path.with_suffix(".json")
    info = json.loads(description.read_text())
    info["labels"][0] = 1 - min(info["labels"][0], 1)
    description.write_text(json.dumps(info))
    with pytest.raises(UserError, match="has changed since its pictures were prepared"):
        ImageDataset(path)


def test_a_copied_set_is_read_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy has another time; so has a set of a former version, which knows no time."""
    path = open_dataset("portraits:8", 8).path
    os.utime(path, ns=(1, 1))
    read = []

    def watched(path: Path, first: bytes = b"") -> str:
        read.append(path)
        return digest_of(path, first)

    monkeypatch.setattr(cache_module, "digest_of", watched)
    for _ in range(3):
        ImageDataset(path)
    assert read == [path]


def test_an_unchanged_set_on_a_read_only_disk_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    path = open_dataset("portraits:8", 8).path
    os.utime(path, ns=(1, 1))

    def refuse(path: Path, content: bytes) -> None:
        raise WriteError("The disk is read-only.", errno.EROFS)

    monkeypatch.setattr(cache_module, "replace_content", refuse)
    assert len(ImageDataset(path)) == 8


def test_a_read_only_cache_says_how_to_name_another(
    greys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", "x.lock")

    monkeypatch.setattr(FileLock, "acquire", refuse)
    with pytest.raises(UserError, match=r"is read-only\. Choose another folder\. STYLEGAN_CACHE="):
        open_dataset(str(greys), 8)
