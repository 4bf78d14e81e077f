"""Following a run: real files of the trainer, also cut, damaged, replaced and deleted."""

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
from PIL import EpsImagePlugin, Image

from explorer.runs.log import in_order
from explorer.runs.run_state import RunState
from explorer.runs.snapshot import MAX_SHEET_WIDTH, Sheet, Snapshot
from explorer.runs.watch import RunReader, Watcher, is_run
from stylegan_core import sample_sheet
from stylegan_core.contact_sheet import contact_sheet
from stylegan_core.log_record import parsed
from stylegan_core.training.run_folder import RunFolder

NOW_S = 1_700_000_000.0


def write_log(folder: Path, *kimgs: float, mode: str = "a") -> None:
    with (folder / "log.jsonl").open(mode) as file:
        file.writelines(
            json.dumps({"kimg": k, "loss_g": k / 2, "seconds": k}) + "\n" for k in kimgs
        )


def kimgs(state: RunState) -> list[float]:
    return [line["kimg"] for line in state.records]


def put(path: Path, content: bytes = b"x") -> Path:
    """Write a file, with the folder around it."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


def put_sheet(folder: Path, name: str, resolution: int = 16) -> Path:
    """Write a sheet as the trainer lays it out, each cell of one shade, 6 times its seed."""
    count = len(sample_sheet.SEEDS)
    cells = np.repeat(np.array(sample_sheet.SEEDS, np.uint8) * 6, 3 * resolution**2)
    images = cells.reshape(count, 3, resolution, resolution)
    (folder / "samples").mkdir(exist_ok=True)
    path = folder / "samples" / name
    contact_sheet(torch.from_numpy(images), sample_sheet.COLUMNS).save(path)
    return path


def test_sheets_keep_the_layout_that_older_runs_have() -> None:
    assert range(40) == sample_sheet.SEEDS
    assert (sample_sheet.COLUMNS, sample_sheet.PSI) == (8, 0.7)


def test_new_lines_are_added_and_a_half_written_one_waits(tmp_path: Path) -> None:
    reader = RunReader(tmp_path)
    assert reader.poll().records == ()
    write_log(tmp_path, 1, 2)
    assert kimgs(reader.poll()) == [1, 2]
    with (tmp_path / "log.jsonl").open("a") as file:
        file.write('{"kimg": 3, "lo')
        file.flush()
        assert kimgs(reader.poll()) == [1, 2]
        file.write('ss_g": 7}\n')
    assert reader.poll().records[-1] == {"kimg": 3, "loss_g": 7}


def test_a_log_that_a_resumed_run_cuts_is_read_from_the_start(tmp_path: Path) -> None:
    """Afterwards it has more lines than before, so that its length alone does not tell."""
    reader = RunReader(tmp_path)
    write_log(tmp_path, 1, 2, 3, 4)
    assert kimgs(reader.poll()) == [1, 2, 3, 4]
    RunFolder(tmp_path).log.cut(2)
    write_log(tmp_path, 2.5, 3.5, 4.5, 5.5)
    assert kimgs(reader.poll()) == [1, 2, 2.5, 3.5, 4.5, 5.5]


def test_a_log_truncated_in_place_is_read_from_the_start(tmp_path: Path) -> None:
    reader = RunReader(tmp_path)
    write_log(tmp_path, 1, 2, 3, 4)
    reader.poll()
    write_log(tmp_path, 1, mode="w")
    assert kimgs(reader.poll()) == [1]
    (tmp_path / "log.jsonl").unlink()
    assert reader.poll().records == ()


def test_lines_written_again_replace_older_ones(tmp_path: Path) -> None:
    write_log(tmp_path, 1, 2, 3, 2, 2.5)
    assert kimgs(RunReader(tmp_path).poll()) == [1, 2, 2.5]


@given(st.lists(st.one_of(st.binary(max_size=40), st.floats(0, 100).map(lambda k: b"%r" % k))))
def test_whatever_a_log_holds_its_lines_are_numbers_in_order(lines: list[bytes]) -> None:
    for line in lines:
        record = parsed(b'{"kimg": ' + line + b', "a": [], "b": true, "c": NaN}')
        assert record is None or set(record) == {"kimg"} or b'"' in line
        parsed(line)
    good = [p for line in lines if (p := parsed(b'{"kimg":' + line + b"}")) is not None]
    ordered = [line["kimg"] for line in in_order((), good)]
    assert ordered == sorted(set(ordered))


def test_damaged_lines_are_left_out(tmp_path: Path) -> None:
    write_log(tmp_path, 1)
    with (tmp_path / "log.jsonl").open("ab") as file:
        file.write(b'\xff\xfe\n[]\n{"kimg": "2"}\n{"kimg": 1e999}\n\n{"kimg": 2, "x": NaN}\n')
        file.write(b"[" * 100_000 + b"\n")
    assert RunReader(tmp_path).poll().records[1:] == ({"kimg": 2},)


def test_snapshots_are_found_in_order_until_they_are_deleted(tmp_path: Path) -> None:
    reader = RunReader(tmp_path)
    folder = tmp_path / "snapshots"
    for name in ("000120", "000020", ".000130.ab12.partial", "latest", "1" * 30):
        put(folder / f"{name}.safetensors")
    put(folder / "000140.txt")
    assert [s.kimg for s in reader.poll().snapshots] == [20, 120]
    (folder / "000120.safetensors").unlink()
    assert [s.path.name for s in reader.poll().snapshots] == ["000020.safetensors"]


def test_a_snapshot_that_is_written_again_is_another_one(tmp_path: Path) -> None:
    path = put(tmp_path / "snapshots" / "000010.safetensors")
    os.utime(path, ns=(10**18, 10**18))
    reader = RunReader(tmp_path)
    before = reader.poll()
    os.utime(path, ns=(2 * 10**18, 2 * 10**18))
    assert reader.poll() != before


def test_the_newest_sheet_is_read_and_a_damaged_one_left_out(tmp_path: Path) -> None:
    reader = RunReader(tmp_path)
    assert reader.poll().sheet is None
    whole = put_sheet(tmp_path, "000010.png")
    first = reader.poll().sheet
    assert first is not None
    assert first.file.kimg == 10
    assert first.picture.dtype == np.uint8
    put(tmp_path / "samples" / "000020.png", whole.read_bytes()[:300])
    assert reader.poll().sheet == first
    put_sheet(tmp_path, "000020.png")
    second = reader.poll().sheet
    assert second is not None
    assert second.file.kimg == 20


@pytest.mark.parametrize("resolution", [8, 16, 256])
def test_each_cell_of_a_sheet_knows_its_seed(tmp_path: Path, resolution: int) -> None:
    put_sheet(tmp_path, "000000.png", resolution)
    sheet = RunReader(tmp_path).poll().sheet
    assert sheet is not None
    height, width = sheet.picture.shape[:2]
    assert width <= MAX_SHEET_WIDTH
    for seed in range(40):
        u, v = (seed % 8 + 0.5) / 8, (seed // 8 + 0.5) / 5
        assert sheet.seed_at(u, v) == seed
        assert sheet.picture[int(v * height), int(u * width), 0] == pytest.approx(seed * 6, abs=1)
    assert sheet.seed_at(1.0, 0.5) is None
    assert sheet.seed_at(0.5, -0.1) is None


def test_a_sheet_with_more_rows_has_no_seed_beyond_the_last() -> None:
    tall = Sheet(Snapshot(0, Path("0.png"), 0), np.zeros((80, 80, 3), np.uint8))
    assert tall.seed_at(0.99, 0.99) is None


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"total_kimg": "x"}', b"\xff" * 9])
def test_a_damaged_configuration_leaves_the_length_unknown(tmp_path: Path, content: bytes) -> None:
    put(tmp_path / "config.json", content)
    write_log(tmp_path, 1)
    state = RunReader(tmp_path).poll()
    assert state.total_kimg is None
    assert state.kimg == 1


def set_times(folder: Path, seconds: Mapping[str, float]) -> None:
    """Set when files were written, in seconds from NOW_S."""
    for name, s in seconds.items():
        os.utime(folder / name, (NOW_S + s, NOW_S + s))


def test_a_run_is_waiting_running_quiet_or_complete(
    tmp_path: Path,
) -> None:
    reader = RunReader(tmp_path)
    assert reader.poll(NOW_S).status == "waiting"
    put(tmp_path / "config.json", b'{"total_kimg": 300}')
    write_log(tmp_path, 1, 2)
    set_times(tmp_path, {"config.json": -500, "log.jsonl": -30})
    assert reader.poll(NOW_S).status == "running"
    assert reader.poll(NOW_S + 60).status == "quiet"
    write_log(tmp_path, 102)  # a line each 100 s: five minutes without one are usual
    set_times(tmp_path, {"log.jsonl": 0})
    assert reader.poll(NOW_S + 300).status == "running"
    assert reader.poll(NOW_S + 500).status == "quiet"
    write_log(tmp_path, 300)
    assert reader.poll(NOW_S).status == "complete"


def test_a_run_has_come_as_far_as_its_newest_snapshot_says(run_folder: Path) -> None:
    """The log has a line every few images: the end of a run may lie between two lines."""
    reader = RunReader(run_folder)
    state = reader.poll()
    assert (state.status, state.kimg) == ("complete", 2.0)
    assert state.records[-1]["kimg"] <= 2.0
    assert [snapshot.kimg for snapshot in state.snapshots] == [0, 1, 2]


def test_the_name_of_a_damaged_snapshot_tells_its_kimg(tmp_path: Path) -> None:
    put(tmp_path / "snapshots" / "000120.safetensors")
    assert RunReader(tmp_path).poll().kimg == 120


def test_a_long_curve_is_averaged_down() -> None:
    records = tuple(
        {"kimg": float(k), "r1": 2.0 * k} | ({"p": 1.0} if k > 7 else {}) for k in range(10)
    )
    state = RunState(Path(), records=records)
    assert state.curve("r1") == ([float(k) for k in range(10)], [2.0 * k for k in range(10)])
    assert state.curve("r1", points=5) == ([0.5, 2.5, 4.5, 6.5, 8.5], [1, 5, 9, 13, 17])
    assert state.curve("p") == ([8.0, 9.0], [1.0, 1.0])
    assert state.curve("absent") == ([], [])


def test_a_folder_with_a_log_is_a_run(tmp_path: Path) -> None:
    assert not is_run(tmp_path)
    assert not is_run(tmp_path / "absent")
    write_log(tmp_path, 1)
    assert is_run(tmp_path)
    assert not is_run(tmp_path / "log.jsonl")


def test_the_thread_reports_changes_until_it_is_closed(tmp_path: Path) -> None:
    states: list[RunState] = []
    reported = threading.Semaphore(0)

    def take(state: RunState) -> None:
        states.append(state)
        reported.release()

    watcher = Watcher(tmp_path, take)
    watcher.start()
    assert reported.acquire(timeout=10)
    write_log(tmp_path, 1)
    assert reported.acquire(timeout=10)
    watcher.close()
    watcher.join(10)
    assert not watcher.is_alive()
    assert [kimgs(state) for state in states][:2] == [[], [1]]


def test_a_sheet_in_postscript_is_never_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[object] = []
    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", lambda *arguments: runs.append(arguments))
    put(tmp_path / "samples" / "000001.png", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    assert RunReader(tmp_path).poll().sheet is None
    assert runs == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes")
def test_a_pipe_in_place_of_a_sheet_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "samples").mkdir()
    os.mkfifo(tmp_path / "samples" / "000001.png")
    assert RunReader(tmp_path).poll().sheet is None


def test_a_huge_picture_is_not_read_as_a_sheet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_sheet(tmp_path, "000000.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    assert RunReader(tmp_path).poll().sheet is None
