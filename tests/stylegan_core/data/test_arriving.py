"""Portraits that are rendered while they are used: their order, and waiting for them."""

from multiprocessing.process import BaseProcess
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
import torch

from stylegan_core.data.arriving import ArrivingPortraits, open_arriving
from stylegan_core.data.dataset import ImageDataset
from stylegan_core.data.info import DatasetInfo
from stylegan_core.errors import UserError

SOURCE, COUNT, SIZE, HEAD = "portraits:40", 40, 8, 8
ROW = 3 * SIZE**2


def arriving(folder: Path, count: int, *, is_alive: bool = True) -> ArrivingPortraits:
    """Return a set of which `count` pictures exist; each pixel is the picture's number."""
    path = folder / "portraits.u8"
    path.with_name("portraits.u8.partial").write_bytes(rows(count))
    renderer = cast(BaseProcess, SimpleNamespace(is_alive=lambda: is_alive, exitcode=1))
    return ArrivingPortraits(path, DatasetInfo("portraits", SIZE, COUNT), HEAD, renderer)


def rows(count: int) -> bytes:
    return np.repeat(np.arange(count, dtype=np.uint8), ROW).tobytes()


def numbers(dataset: ImageDataset, start: int, size: int) -> list[int]:
    return dataset.batch(start, size, 3, mirror=False).images[:, 0, 0, 0].tolist()


def test_one_more_comes_into_use_for_each_one_shown(tmp_path: Path) -> None:
    dataset = arriving(tmp_path, COUNT)
    shown = [numbers(dataset, position, 1)[0] for position in range(32)]
    assert [dataset.in_use(position) for position in (0, 1, 32, 1000)] == [8, 9, COUNT, COUNT]
    assert all(row < HEAD + position for position, row in enumerate(shown))
    assert max(shown) >= HEAD
    assert len(set(shown)) > 12
    epoch = numbers(dataset, COUNT, COUNT)
    assert sorted(epoch) == list(range(COUNT)), "later each epoch shows every picture once"


def test_the_order_depends_on_the_seed_alone(tmp_path: Path) -> None:
    for name in ("complete", "early"):
        (tmp_path / name).mkdir()
    complete = arriving(tmp_path / "complete", COUNT)
    early = arriving(tmp_path / "early", HEAD + 7)
    assert numbers(complete, 0, 8) == numbers(early, 0, 8)
    assert numbers(complete, 0, 8) == numbers(complete, 0, 3) + numbers(complete, 3, 5)
    assert numbers(complete, 0, 8) != complete.batch(0, 8, 4, False).images[:, 0, 0, 0].tolist()
    two = complete.batch(0, 8, 3, mirror=False, take=[1, 4]).images[:, 0, 0, 0].tolist()
    assert two == [numbers(complete, 0, 8)[k] for k in (1, 4)]


def test_a_batch_waits_for_its_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = arriving(tmp_path, HEAD)
    waits: list[float] = []

    def more(seconds: float) -> None:
        waits.append(seconds)
        dataset.path.with_name("portraits.u8.partial").write_bytes(rows(HEAD + 10 * len(waits)))

    monkeypatch.setattr("stylegan_core.data.arriving.time.sleep", more)
    seen: list[tuple[int, int]] = []
    dataset.wait_for(HEAD + 15, lambda done, total: seen.append((done, total)))
    assert len(waits) == 2
    assert seen == [(8, 23), (18, 23), (23, 23)]
    assert dataset.available == 28


def test_a_half_written_picture_does_not_count(tmp_path: Path) -> None:
    dataset = arriving(tmp_path, HEAD)
    with dataset.path.with_name("portraits.u8.partial").open("ab") as file:
        file.write(bytes(ROW - 1))
    assert dataset.available == HEAD


def test_the_file_may_be_finished_while_it_is_read(tmp_path: Path) -> None:
    dataset = arriving(tmp_path, HEAD + 2)
    first = numbers(dataset, 0, 2)
    dataset.path.with_name("portraits.u8.partial").unlink()
    dataset.path.write_bytes(rows(COUNT))
    assert numbers(dataset, 0, 2) == first
    assert len(numbers(dataset, 20, 12)) == 12
    assert dataset.available == COUNT


def test_a_renderer_that_has_ended_is_an_error(tmp_path: Path) -> None:
    dataset = arriving(tmp_path, HEAD, is_alive=False)
    with pytest.raises(UserError, match=r"stopped at 8 of 40 .* code 1\. Resume"):
        dataset.batch(10, 4, 0, mirror=True)


@pytest.mark.slow
def test_the_rest_is_rendered_by_a_process_and_kept() -> None:
    dataset = open_arriving(SOURCE, SIZE, HEAD)
    assert isinstance(dataset, ArrivingPortraits)
    assert len(dataset) == COUNT
    batch = dataset.batch(0, COUNT, 0, mirror=True)
    assert dataset.renderer is not None
    dataset.renderer.join(60)
    assert dataset.renderer.exitcode == 0
    again = open_arriving(SOURCE, SIZE, HEAD)
    assert not isinstance(again, ArrivingPortraits)
    assert torch.equal(again.batch(0, COUNT, 0, mirror=True).images, batch.images)
    assert again.fingerprint


def test_labelled_portraits_are_opened_when_complete() -> None:
    dataset = open_arriving("portraits:12:glasses", SIZE, 4)
    assert (dataset.available, dataset.c_dim > 1) == (12, True)
