from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
import torch
from PIL import Image

from stylegan_core.data import dataset, portraits
from stylegan_core.data.dataset import ImageDataset, open_dataset
from stylegan_core.errors import UserError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STYLEGAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "datasets"


@pytest.fixture
def greys(tmp_path: Path) -> Path:
    """Ten pictures, black on the left; picture k is k grey on the right."""
    folder = tmp_path / "greys"
    folder.mkdir()
    for k in range(10):
        picture = Image.new("RGB", (8, 8))
        picture.paste((k + 1,) * 3, (4, 0, 8, 8))
        picture.save(folder / f"{k}.png")
    return folder


def test_an_epoch_shows_every_picture_once(greys: Path):
    data = open_dataset(str(greys), 8)

    first = data.batch(0, 10, seed=1, mirror=False).images[:, 0, 0, 7].tolist()
    second = data.batch(10, 10, seed=1, mirror=False).images[:, 0, 0, 7].tolist()

    assert sorted(first) == sorted(second) == list(range(1, 11))
    assert first != second


def test_batches_do_not_depend_on_how_they_are_cut(greys: Path):
    data = open_dataset(str(greys), 8)

    whole = data.batch(0, 35, seed=5, mirror=True).images
    parts = [data.batch(n, 7, seed=5, mirror=True).images for n in range(0, 35, 7)]

    assert torch.equal(whole, torch.cat(parts))


def test_mirroring_turns_about_half_of_the_pictures(greys: Path):
    data = open_dataset(str(greys), 8)

    pictures = data.batch(0, 400, seed=0, mirror=True).images

    mirrored = (pictures[:, 0, 0, 7] == 0).sum().item()
    assert 150 < mirrored < 250
    assert not (data.batch(0, 400, seed=0, mirror=False).images[:, 0, 0, 7] == 0).any()


def test_seeds_give_other_orders(greys: Path):
    data = open_dataset(str(greys), 8)

    assert not torch.equal(data.batch(0, 10, 0, False).images, data.batch(0, 10, 1, False).images)


def test_damaged_pictures_are_left_out_and_named(greys: Path):
    (greys / "3.png").write_bytes(b"no picture")
    (greys / "7.png").write_bytes((greys / "7.png").read_bytes()[:45])

    data = open_dataset(str(greys), 8)

    assert len(data) == 8
    assert data.facts.skipped == ("3.png", "7.png")
    assert data.images[:, 0, 0, 7].tolist() == [1, 2, 3, 5, 6, 7, 9, 10]


def test_nothing_but_damaged_pictures_is_an_error(greys: Path, cache: Path):
    for file in greys.iterdir():
        file.write_bytes(b"no picture")

    with pytest.raises(UserError, match="10 of 10 pictures are damaged"):
        open_dataset(str(greys), 8)
    assert not list(cache.iterdir())


@pytest.mark.parametrize("source", ["portraits:", "portraits:many", "portraits:1", "portraits:-3"])
def test_portrait_counts(source: str):
    if source == "portraits:":
        assert dataset.portrait_count(source) == dataset.PORTRAIT_COUNT
    else:
        with pytest.raises(UserError, match="does not say how many"):
            dataset.portrait_count(source)


def test_an_interrupted_rendering_continues(monkeypatch: pytest.MonkeyPatch, cache: Path):
    monkeypatch.setattr(dataset, "CHUNK", 4)
    asked: list[int] = []
    draw = portraits.portraits

    def watched(seed: int, indices: range, resolution: int, device: str) -> torch.Tensor:
        asked.extend(indices)
        return draw(seed, indices, resolution, device)

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_dataset("portraits:10", 8, progress=interrupt)
    with next(cache.glob("*.partial")).open("ab") as file:
        file.write(b"half a picture")
    monkeypatch.setattr(portraits, "portraits", watched)
    data = open_dataset("portraits:10", 8)

    assert asked == [*range(4), *range(4, 10)]  # for the renderer's mark, then what was missing
    assert np.array_equal(data.images, draw(0, range(10), 8).numpy())


def test_a_finished_rendering_is_not_repeated(cache: Path):
    path = open_dataset("portraits:4", 8).path
    made = path.stat().st_mtime_ns

    assert open_dataset("portraits:4", 8).path.stat().st_mtime_ns == made


def test_worker_processes_draw_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(dataset, "CHUNK", 2)
    alone = open_dataset("portraits:4", 8).images.copy()
    monkeypatch.setenv("STYLEGAN_CACHE", str(tmp_path / "other"))

    assert np.array_equal(open_dataset("portraits:4", 8, workers=2).images, alone)


def test_a_cut_file_is_refused(greys: Path):
    path = open_dataset(str(greys), 8).path
    path.write_bytes(path.read_bytes()[:-1])

    with pytest.raises(UserError, match="missing or cut"):
        ImageDataset(path)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"source": 1, "skipped": 3}'])
def test_damaged_facts_are_refused(greys: Path, content: str):
    path = open_dataset(str(greys), 8).path
    path.with_suffix(".json").write_text(content)

    with pytest.raises(UserError, match="damaged"):
        ImageDataset(path)


def test_a_full_disk_is_no_damaged_picture(greys: Path, monkeypatch: pytest.MonkeyPatch):
    pixels = Mock(tobytes=Mock(side_effect=OSError("No space left on device")))
    monkeypatch.setattr(dataset.images, "square", lambda content, resolution: pixels)

    with pytest.raises(OSError, match="No space left"):
        open_dataset(str(greys), 8)
