"""What is typed on a command line is advised there, and nowhere else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import stylegan_core
from stylegan_core.advice import FROM_WINDOW
from stylegan_core.errors import UserError
from stylegan_core.exit_codes import BAD_INPUT, exit_code_of

ROOT = Path(stylegan_core.__file__).parent
OPTION = re.compile(r"(?<![\w-])--[a-z]|Ctrl-")
COMMANDS = ROOT / "cli"  # a window starts none of them but `train`


@pytest.fixture
def modules() -> list[Path]:
    """The modules that a training run uses."""
    return [path for path in ROOT.rglob("*.py") if COMMANDS not in path.parents]


def test_messages_of_what_a_window_runs_name_no_options(modules: list[Path]) -> None:
    assert len(modules) > 100
    found = [(path.name, text) for path in modules for text in texts(path) if OPTION.search(text)]
    assert found == [], "these belong into UserError(options=...)"


def texts(path: Path) -> Iterator[str]:
    """Yield the texts of a module, without docstrings and the options of errors."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    left_out: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            left_out.add(id(node.value))
        elif isinstance(node, ast.keyword) and node.arg == "options":
            left_out.update(id(part) for part in ast.walk(node.value))
        elif id(node) in left_out:
            continue
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_a_command_adds_options_unless_a_window_started_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise UserError("The folder is taken.", options="Resume it with --resume.")

    assert exit_code_of(fail) == BAD_INPUT
    assert capsys.readouterr().err == "The folder is taken. Resume it with --resume.\n"
    monkeypatch.setenv(FROM_WINDOW, "1")
    assert exit_code_of(fail) == BAD_INPUT
    assert capsys.readouterr().err == "The folder is taken.\n"
