"""The file that the program starts with is checked before a window opens."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from explorer.gui.start import starting_file
from stylegan_core.readable import is_readable
from tests.golden_files import FOREIGN


def test_the_program_starts_with_a_foreign_model(tmp_path: Path) -> None:
    assert starting_file(str(FOREIGN)) == (FOREIGN, None)
    damaged = tmp_path / "damaged.pkl"
    damaged.write_bytes(FOREIGN.read_bytes()[:5000])
    path, problem = starting_file(str(damaged))
    assert path is None
    assert problem is not None
    assert "damaged.pkl is incomplete" in problem


def test_a_file_whose_name_cannot_be_shown_is_refused(tmp_path: Path) -> None:
    path, problem = starting_file(os.fsdecode(os.fsencode(tmp_path) + b"/gr\xfcn.pkl"))
    assert path is None
    assert problem is not None
    assert "gr\N{REPLACEMENT CHARACTER}n.pkl is not written in UTF-8" in problem


def test_the_program_starts_with_the_folder_of_a_run_but_with_no_other_folder(
    tmp_path: Path,
) -> None:
    path, problem = starting_file(str(tmp_path))
    assert path is None
    assert problem is not None
    assert tmp_path.name in problem
    (tmp_path / "log.jsonl").write_text("")
    assert starting_file(str(tmp_path)) == (tmp_path, None)


@pytest.mark.skipif(sys.platform != "linux", reason="names are UTF-8 or UTF-16 elsewhere")
def test_a_path_through_a_folder_whose_name_cannot_be_shown_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / os.fsdecode(b"b\xff")
    (folder / "run").mkdir(parents=True)
    monkeypatch.chdir(folder)
    path, problem = starting_file("run")
    assert path is None
    assert problem is not None
    assert "not written in UTF-8" in problem
    assert is_readable(problem)
