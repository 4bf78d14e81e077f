"""The folder of sessions: reopened, never shared, never lost, and saved as they change."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from explorer.edit.ops import with_psi
from explorer.edit.session import Session
from explorer.sessions import autosave
from explorer.sessions.autosave import Autosave
from explorer.sessions.desk import Desk, SessionInUse
from explorer.sessions.reading import SessionError, read_session
from explorer.sessions.saved import SavedModel, SavedSession
from tests.explorer.model_infos import model_info_with

PATIENCE_S = 20.0


def session_with(*psis: float, name: str = "m") -> SavedSession:
    session = Session(model_info_with(8))
    for psi in psis:
        session.change(with_psi(session.edit, psi))
    return SavedSession(session.work, SavedModel(f"/{name}.safetensors", name, "00"))


def until(condition: Callable[[], bool]) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end_s
        time.sleep(0.01)


@pytest.fixture
def desks(tmp_path: Path) -> Iterator[Callable[[], Desk]]:
    made: list[Desk] = []

    def make() -> Desk:
        made.append(Desk(tmp_path / "sessions"))
        return made[-1]

    yield make
    for desk in made:
        desk.close()


def test_the_last_session_is_reopened(desks: Callable[[], Desk]) -> None:
    desk = desks()
    assert desk.reopen() is None
    desk.begin()
    desk.keep(session_with(0.1))
    desk.keep(session_with(0.1, 0.2))
    desk.close()
    later = desks()
    assert later.reopen() == session_with(0.1, 0.2)
    assert later.path == desk.path


def test_two_windows_have_two_sessions(desks: Callable[[], Desk]) -> None:
    first, second = desks(), desks()
    first.begin()
    first.keep(session_with(0.1))
    assert second.reopen() is None
    second.begin()
    second.keep(session_with(0.2))
    until(first.path.exists)
    with pytest.raises(SessionInUse):
        second.take(first.path)
    first.close()
    second.close()
    both = [desks().reopen(), desks().reopen(), desks().reopen()]
    assert both == [session_with(0.2), session_with(0.1), None]


def test_a_session_that_was_left_is_kept_but_not_reopened(desks: Callable[[], Desk]) -> None:
    desk = desks()
    desk.begin()
    desk.keep(session_with(0.1))
    left = desk.path
    desk.begin()
    desk.keep(session_with(0.2))
    assert list(desk.others()) == [left]
    assert desk.others()[left].steps == 1
    desk.close()
    later = desks()
    assert later.reopen() == session_with(0.2)
    assert later.take(left) == session_with(0.1)


def test_an_untouched_session_is_not_kept_beside_others(desks: Callable[[], Desk]) -> None:
    for _ in range(3):
        desk = desks()
        desk.begin()
        desk.keep(session_with())
        desk.close()
    assert len(list(desk.folder.glob("*.session"))) == 1
    later = desks()
    assert later.reopen() == session_with()
    later.keep(session_with())
    later.begin()
    assert later.others() == {}


@pytest.mark.parametrize("content", [b"", b"{", b"\x00" * 4000])
def test_a_damaged_session_is_kept_aside_and_named(
    desks: Callable[[], Desk], content: bytes
) -> None:
    desk = desks()
    desk.begin()
    desk.keep(session_with(0.1))
    desk.close()
    older = desk.path
    damaged = desk.folder / "damaged.session"
    damaged.write_bytes(content)
    os.utime(damaged, (time.time() + 10,) * 2)
    later = desks()
    assert later.reopen() == session_with(0.1)
    assert later.path == older
    aside = damaged.with_suffix(".damaged")
    assert aside.read_bytes() == content
    assert str(aside) in later.notes.get_nowait()


def test_a_session_of_a_later_version_is_left_alone(desks: Callable[[], Desk]) -> None:
    desk = desks()
    desk.begin()
    desk.keep(session_with(0.1))
    desk.close()
    newer = desk.path.read_bytes().replace(b'"version":1', b'"version":2', 1)
    desk.path.write_bytes(newer)
    later = desks()
    assert later.reopen() is None
    assert "update StyleGAN Explorer" in later.notes.get_nowait()
    assert desk.path.read_bytes() == newer


def test_taking_a_damaged_session_keeps_the_present_one(desks: Callable[[], Desk]) -> None:
    desk = desks()
    desk.begin()
    desk.keep(session_with(0.1))
    present = desk.path
    damaged = desk.folder / "damaged.session"
    damaged.write_bytes(b"{")
    with pytest.raises(SessionError):
        desk.take(damaged)
    desk.keep(session_with(0.2))
    desk.close()
    assert desk.path == present
    assert read_session(present) == session_with(0.2)


def test_a_folder_that_cannot_be_used_is_said_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    desk = Desk(tmp_path / "file" / "sessions")
    assert desk.reopen() is None
    desk.begin()
    desk.keep(session_with(0.1))
    assert "not being saved" in desk.notes.get(timeout=PATIENCE_S)
    desk.close()
    assert desk.notes.empty()


def test_saving_goes_on_once_there_is_room_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(autosave, "_RETRY_S", 0.01)
    blocked, messages = tmp_path / "sessions", list[str]()
    blocked.touch()
    saver = Autosave(blocked / "a.session", messages.append)
    saver.keep(session_with(0.1))
    until(lambda: bool(messages))
    blocked.unlink()
    until((blocked / "a.session").exists)
    saver.close()
    assert read_session(blocked / "a.session") == session_with(0.1)
    assert len(messages) == 1


WORKER = """
import sys, time
from pathlib import Path
from explorer.sessions.desk import Desk
from tests.explorer.sessions.test_desk import session_with
desk = Desk(Path(sys.argv[1]))
desk.begin()
print(desk.path, flush=True)
steps = []
while True:
    steps = [*steps[-40:], len(steps) / 1000 + time.time() % 1]
    desk.keep(session_with(*steps))
    time.sleep(0.001)
"""


@pytest.mark.slow
def test_a_killed_process_leaves_a_whole_session_that_is_reopened(tmp_path: Path) -> None:
    """The lock goes with the process, and what it was writing is cleared away."""
    for _ in range(4):
        process = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        path = Path(process.stdout.readline().strip())
        until(path.exists)
        desk = Desk(tmp_path)
        with pytest.raises(SessionInUse):
            desk.take(path)
        process.kill()
        process.wait()
        process.stdout.close()
        saved = desk.take(path)
        assert saved.work.past
        desk.close()
        assert list(tmp_path.glob(".*partial*")) == []
