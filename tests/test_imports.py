"""Who may import whom: the contracts in pyproject.toml, and what starting the program loads."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parent.parent


def test_all_contracts_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """`make check` runs the same; docs/design.md draws the contracts."""
    monkeypatch.chdir(ROOT)
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0


def test_a_forbidden_import_is_found(tmp_path: Path) -> None:
    """The contracts can fail: in this copy a network imports the trainer."""
    for package in ("stylegan_core", "explorer"):
        for source in (ROOT / package).rglob("*.py"):
            copy = tmp_path / source.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    with (tmp_path / "stylegan_core/networks/ops.py").open("a", encoding="utf-8") as file:
        file.write("\nfrom stylegan_core.training import losses  # noqa\n")
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    check = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"
    result = subprocess.run(
        [sys.executable, "-c", check],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1, result.stdout + result.stderr
    assert "stylegan_core.networks is not allowed to import stylegan_core.training" in result.stdout


@pytest.mark.parametrize("module", ["explorer.gui.app", "explorer.cli", "stylegan_core"])
def test_start_up_loads_no_torch(module: str) -> None:
    """The window opens before torch is loaded: only the worker's thread imports it."""
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_the_command_line_works_without_dear_pygui(tmp_path: Path) -> None:
    """A package that cannot be imported takes Dear PyGui's place."""
    blocked = tmp_path / "dearpygui"
    blocked.mkdir()
    (blocked / "__init__.py").write_text("raise ImportError('not installed')")
    for module in ("stylegan_core.cli", "explorer"):
        result = subprocess.run(
            [sys.executable, "-m", module, "--help"],
            cwd=ROOT,
            env={"PYTHONPATH": str(tmp_path), "PATH": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stderr
        assert "usage" in result.stdout
