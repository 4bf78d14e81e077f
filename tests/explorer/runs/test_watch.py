"""Following a run: real files as the trainer writes them, cut, damaged, replaced and gone."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from explorer.runs import log
from explorer.runs.watch import (
    SHEET_CELLS,
    SHEET_COLUMNS,
    SHEET_PSI,
    SHEET_WIDTH,
    RunState,
    RunWatch,
    Sheet,
    Snapshot,
    Watcher,
    is_run,
)
from stylegan_core.contact_sheet import contact_sheet
from stylegan_core.log_record import parsed
from stylegan_core.training import loop
from stylegan_core.training.run_folder import RunFolder

NOW_S = 1_700_000_000.0


def write_log(folder: Path, *kimgs: float, mode: str = "a") -> None:
    with (folder / "log.jsonl").open(mode) as file:
        file.writelines(
            json.dumps({"kimg": k, "loss_g": k / 2, "seconds": k}) + "\n" for k in kimgs
        )


def kimgs(state: RunState) -> list[float]:
    return [line["kimg"] for line in state.lines]


def put(path: Path, content: bytes = b"x") -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


def put_sheet(folder: Path, name: str, resolution: int = 16) -> Path:
    """40 cells of one shade each, laid out as the trainer lays them out."""
    cells = np.repeat(np.arange(40, dtype=np.uint8) * 6, 3 * resolution**2)
    images = cells.reshape(40, 3, resolution, resolution)
    (folder / "samples").mkdir(exist_ok=True)
    path = folder / "samples" / name
    contact_sheet(torch.from_numpy(images), loop.SAMPLE_COLUMNS).save(path)
    return path


def test_the_sheet_is_the_trainers() -> None:
    assert range(SHEET_CELLS) == loop.SAMPLE_SEEDS
    assert SHEET_COLUMNS == loop.SAMPLE_COLUMNS
    assert SHEET_PSI == loop.SAMPLE_PSI


def test_new_lines_are_added_and_a_half_written_one_waits(tmp_path: Path) -> None:
    watch = RunWatch(tmp_path)
    assert watch.poll().lines == ()
    write_log(tmp_path, 1, 2)
    assert kimgs(watch.poll()) == [1, 2]
    with (tmp_path / "log.jsonl").open("a") as file:
        file.write('{"kimg": 3, "lo')
        file.flush()
        assert kimgs(watch.poll()) == [1, 2]
        file.write('ss_g": 7}\n')
    assert watch.poll().lines[-1] == {"kimg": 3, "loss_g": 7}


def test_a_log_cut_by_a_resumed_run_is_read_anew(tmp_path: Path) -> None:
    """As the trainer cuts it, with more lines afterwards than were there before."""
    watch = RunWatch(tmp_path)
    write_log(tmp_path, 1, 2, 3, 4)
    assert kimgs(watch.poll()) == [1, 2, 3, 4]
    RunFolder(tmp_path).cut_log(2)
    write_log(tmp_path, 2.5, 3.5, 4.5, 5.5)
    assert kimgs(watch.poll()) == [1, 2, 2.5, 3.5, 4.5, 5.5]


def test_a_log_truncated_in_place_is_read_anew(tmp_path: Path) -> None:
    watch = RunWatch(tmp_path)
    write_log(tmp_path, 1, 2, 3, 4)
    watch.poll()
    write_log(tmp_path, 1, mode="w")
    assert kimgs(watch.poll()) == [1]
    (tmp_path / "log.jsonl").unlink()
    assert watch.poll().lines == ()


def test_lines_written_again_take_the_place_of_older_ones(tmp_path: Path) -> None:
    write_log(tmp_path, 1, 2, 3, 2, 2.5)
    assert kimgs(RunWatch(tmp_path).poll()) == [1, 2, 2.5]


@given(st.lists(st.one_of(st.binary(max_size=40), st.floats(0, 100).map(lambda k: b"%r" % k))))
def test_whatever_stands_in_a_log_the_lines_are_numbers_in_order(lines: list[bytes]) -> None:
    for line in lines:
        found = parsed(b'{"kimg": ' + line + b', "a": [], "b": true, "c": NaN}')
        assert found is None or set(found) == {"kimg"} or b'"' in line
        parsed(line)
    good = [p for line in lines if (p := parsed(b'{"kimg":' + line + b"}")) is not None]
    ordered = [line["kimg"] for line in log.in_order((), good)]
    assert ordered == sorted(set(ordered))


def test_damaged_lines_are_passed_over(tmp_path: Path) -> None:
    write_log(tmp_path, 1)
    with (tmp_path / "log.jsonl").open("ab") as file:
        file.write(b'\xff\xfe\n[]\n{"kimg": "2"}\n{"kimg": 1e999}\n\n{"kimg": 2, "x": NaN}\n')
        file.write(b"[" * 100_000 + b"\n")
    assert RunWatch(tmp_path).poll().lines[1:] == ({"kimg": 2},)


def test_snapshots_are_found_in_order_and_missed_when_gone(tmp_path: Path) -> None:
    watch = RunWatch(tmp_path)
    folder = tmp_path / "snapshots"
    for name in ("000120", "000020", ".000130.ab12.partial", "latest", "1" * 30):
        put(folder / f"{name}.safetensors")
    put(folder / "000140.txt")
    assert [s.kimg for s in watch.poll().snapshots] == [20, 120]
    (folder / "000120.safetensors").unlink()
    assert [s.path.name for s in watch.poll().snapshots] == ["000020.safetensors"]


def test_a_snapshot_written_again_is_another_one(tmp_path: Path) -> None:
    path = put(tmp_path / "snapshots" / "000010.safetensors")
    os.utime(path, ns=(10**18, 10**18))
    watch = RunWatch(tmp_path)
    before = watch.poll()
    os.utime(path, ns=(2 * 10**18, 2 * 10**18))
    assert watch.poll() != before


def test_the_newest_sheet_is_read_and_a_broken_one_passed_over(tmp_path: Path) -> None:
    watch = RunWatch(tmp_path)
    assert watch.poll().sheet is None
    whole = put_sheet(tmp_path, "000010.png")
    first = watch.poll().sheet
    assert first is not None
    assert first.file.kimg == 10
    assert first.picture.dtype == np.uint8
    put(tmp_path / "samples" / "000020.png", whole.read_bytes()[:300])
    assert watch.poll().sheet == first
    put_sheet(tmp_path, "000020.png")
    second = watch.poll().sheet
    assert second is not None
    assert second.file.kimg == 20


@pytest.mark.parametrize("resolution", [8, 16, 256])
def test_each_cell_of_a_sheet_knows_its_seed(tmp_path: Path, resolution: int) -> None:
    put_sheet(tmp_path, "000000.png", resolution)
    sheet = RunWatch(tmp_path).poll().sheet
    assert sheet is not None
    height, width = sheet.picture.shape[:2]
    assert width <= SHEET_WIDTH
    for seed in range(40):
        u, v = (seed % 8 + 0.5) / 8, (seed // 8 + 0.5) / 5
        assert sheet.seed_at(u, v) == seed
        assert sheet.picture[int(v * height), int(u * width), 0] == pytest.approx(seed * 6, abs=1)
    assert sheet.seed_at(1.0, 0.5) is None
    assert sheet.seed_at(0.5, -0.1) is None


def test_a_sheet_with_other_rows_has_no_seeds_beyond_the_last() -> None:
    tall = Sheet(Snapshot(0, Path("0.png"), 0), np.zeros((80, 80, 3), np.uint8))
    assert tall.seed_at(0.99, 0.99) is None


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"total_kimg": "x"}', b"\xff" * 9])
def test_a_damaged_configuration_leaves_the_length_unknown(tmp_path: Path, content: bytes) -> None:
    put(tmp_path / "config.json", content)
    write_log(tmp_path, 1)
    state = RunWatch(tmp_path).poll()
    assert state.total_kimg is None
    assert state.kimg == 1


def at(folder: Path, seconds: Mapping[str, float]) -> None:
    for name, s in seconds.items():
        os.utime(folder / name, (NOW_S + s, NOW_S + s))


def test_how_a_run_stands(tmp_path: Path) -> None:
    watch = RunWatch(tmp_path)
    assert watch.poll(NOW_S).status == "waiting"
    put(tmp_path / "config.json", b'{"total_kimg": 300}')
    write_log(tmp_path, 1, 2)
    at(tmp_path, {"config.json": -500, "log.jsonl": -30})
    assert watch.poll(NOW_S).status == "running"
    assert watch.poll(NOW_S + 60).status == "quiet"
    write_log(tmp_path, 102)  # a line each 100 s: nothing new for five minutes is nothing unusual
    at(tmp_path, {"log.jsonl": 0})
    assert watch.poll(NOW_S + 300).status == "running"
    assert watch.poll(NOW_S + 500).status == "quiet"
    write_log(tmp_path, 300)
    assert watch.poll(NOW_S).status == "complete"


def test_a_run_is_as_far_as_its_newest_snapshot_says(run_folder: Path) -> None:
    """The log has a line per so many images: the end of a run may lie between two."""
    watch = RunWatch(run_folder)
    state = watch.poll()
    assert (state.status, state.kimg) == ("complete", 2.0)
    assert state.lines[-1]["kimg"] <= 2.0
    assert [snapshot.kimg for snapshot in state.snapshots] == [0, 1, 2]


def test_a_damaged_snapshot_counts_by_its_name(tmp_path: Path) -> None:
    put(tmp_path / "snapshots" / "000120.safetensors")
    assert RunWatch(tmp_path).poll().kimg == 120


def test_a_long_curve_is_averaged_down() -> None:
    lines = tuple(
        {"kimg": float(k), "r1": 2.0 * k} | ({"p": 1.0} if k > 7 else {}) for k in range(10)
    )
    state = RunState(Path(), lines=lines)
    assert state.curve("r1") == ([float(k) for k in range(10)], [2.0 * k for k in range(10)])
    assert state.curve("r1", points=5) == ([0.5, 2.5, 4.5, 6.5, 8.5], [1, 5, 9, 13, 17])
    assert state.curve("p") == ([8.0, 9.0], [1.0, 1.0])
    assert state.curve("absent") == ([], [])


def test_what_is_a_run(tmp_path: Path) -> None:
    assert not is_run(tmp_path)
    assert not is_run(tmp_path / "absent")
    write_log(tmp_path, 1)
    assert is_run(tmp_path)
    assert not is_run(tmp_path / "log.jsonl")


def test_the_thread_tells_what_changes_and_ends(tmp_path: Path) -> None:
    states: list[RunState] = []
    came = threading.Semaphore(0)

    def take(state: RunState) -> None:
        states.append(state)
        came.release()

    watcher = Watcher(tmp_path, take)
    watcher.start()
    assert came.acquire(timeout=10)
    write_log(tmp_path, 1)
    assert came.acquire(timeout=10)
    watcher.close()
    watcher.join(10)
    assert not watcher.is_alive()
    assert [kimgs(state) for state in states][:2] == [[], [1]]


def test_a_huge_picture_is_no_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_sheet(tmp_path, "000000.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    assert RunWatch(tmp_path).poll().sheet is None
