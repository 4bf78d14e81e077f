"""What killed processes left half-written is removed by the next start, and nothing else."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stylegan_core.files import replacing
from stylegan_core.leftovers import noted, notes_folder, remove_leftovers

WRITE_SLOWLY = """
import sys
from pathlib import Path
from stylegan_core.files import replacing
from stylegan_core.leftovers import noted
with replacing(Path(sys.argv[1])) as partial, noted(partial):
    partial.write_text("half")
    print("writing", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def _own_notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@contextmanager
def being_written(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Let another process write a file until it is killed, or its standard input is closed."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITE_SLOWLY, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        yield process


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_only_the_leftovers_of_killed_processes_are_removed(tmp_path: Path) -> None:
    films = tmp_path / "films"
    films.mkdir()
    (films / ".other.0123abcd.partial").mkdir()  # of a program that made no note
    with being_written(films / "alive.mp4") as alive, being_written(films / "dead.mp4") as dead:
        dead.kill()
        dead.wait()
        assert len(left_in(films)) == 3

        remove_leftovers()

        assert [name.split(".")[1] for name in left_in(films)] == ["alive", "other"]
        alive.communicate("")
        assert alive.returncode == 0
    assert left_in(films) == [".other.0123abcd.partial", "alive.mp4"]
    assert list(notes_folder().glob("*.json")) == []


def test_an_end_without_a_kill_leaves_no_note(tmp_path: Path) -> None:
    with replacing(tmp_path / "a") as partial, noted(partial):
        assert len(list(notes_folder().glob("*.json"))) == 1
        remove_leftovers()
        partial.write_text("all")
    assert (tmp_path / "a").read_text() == "all"
    assert list(notes_folder().iterdir()) == []


@pytest.mark.parametrize(
    "note",
    ["", "{", "5", '["elsewhere", "PATH"]', '["HERE", "PLAIN"]', '["HERE", 5]', '["HERE"]'],
)
def test_a_note_of_another_computer_or_a_damaged_one_removes_nothing(
    tmp_path: Path, note: str
) -> None:
    import platform

    path, plain = tmp_path / ".a.mp4.0123abcd.partial", tmp_path / "a.mp4"
    path.mkdir()
    plain.touch()
    text = note.replace("HERE", platform.node()).replace("PLAIN", str(plain))
    notes_folder().mkdir(parents=True)
    (notes_folder() / "x.json").write_text(text.replace("PATH", str(path)))
    remove_leftovers()
    assert path.exists()
    assert plain.exists()


def test_leftovers_wait_for_their_disk(tmp_path: Path) -> None:
    import platform

    stick = tmp_path / "stick"
    partial = stick / ".a.mp4.0123abcd.partial"
    notes_folder().mkdir(parents=True)
    note = notes_folder() / "x.json"
    note.write_text(json.dumps([platform.node(), str(partial)]))
    remove_leftovers()
    assert note.exists()
    partial.mkdir(parents=True)
    remove_leftovers()
    assert not note.exists()
    assert left_in(stick) == []


def test_without_a_folder_for_notes_files_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with replacing(tmp_path / "a") as partial, noted(partial):
        partial.write_text("all")
    remove_leftovers()
    assert (tmp_path / "a").read_text() == "all"
