"""Paths within runs, where another one was meant."""

from pathlib import Path

import pytest

from stylegan_core.advice import FROM_WINDOW
from stylegan_core.errors import UserError
from stylegan_core.training.run_files import check_resumable, model_to_start_from
from tests.stylegan_core.cli.in_process import stylegan


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    (folder / "snapshots").mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    for kimg in (100, 200):
        (folder / "snapshots" / f"{kimg:06d}.safetensors").write_bytes(b"")
    return folder


def test_a_run_s_folder_stands_for_its_newest_snapshot(run: Path) -> None:
    newest = run / "snapshots" / "000200.safetensors"
    assert model_to_start_from(run) == newest
    assert model_to_start_from(run / "snapshots") == newest
    assert model_to_start_from(newest) == newest


def test_folders_without_a_model_are_named(run: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="folder without a training run: name the file"):
        model_to_start_from(tmp_path / "empty")
    for snapshot in (run / "snapshots").iterdir():
        snapshot.unlink()
    with pytest.raises(UserError, match="has saved no snapshot yet"):
        model_to_start_from(run)


def test_resuming_a_part_of_a_run_names_the_run(run: Path, tmp_path: Path) -> None:
    snapshot = run / "snapshots" / "000100.safetensors"
    with pytest.raises(UserError) as caught:
        check_resumable(snapshot)
    assert str(caught.value).endswith("resume that run, or start a new one from this snapshot.")
    assert (
        caught.value.options == f"Resume it with --resume {run}, or start with --from {snapshot}."
    )
    for part in ("snapshots", "state.pt"):
        with pytest.raises(UserError, match=r"resume that run\.$") as caught:
            check_resumable(run / part)
        assert caught.value.options == f"Resume it with --resume {run}."
    check_resumable(run)
    check_resumable(tmp_path / "nowhere")


def test_the_command_says_the_right_path(run: Path) -> None:
    result = stylegan("train", "--resume", run / "snapshots" / "000100.safetensors")
    assert result.returncode == 2
    assert f"--resume {run}" in result.stderr


def test_a_taken_folder_is_named_with_an_option_for_those_who_typed_the_command(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = ("train", "--device=cpu", "--data=portraits:4", "--resolution=8", "--out", run)
    typed = stylegan(*again)
    assert typed.returncode == 2
    assert typed.stderr.endswith(f"or resume that run. Resume it with --resume {run}.\n")
    monkeypatch.setenv(FROM_WINDOW, "1")
    assert stylegan(*again).stderr.endswith("choose another folder, or resume that run.\n")
