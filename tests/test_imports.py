"""Who may import whom, as docs/design.md draws it."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WINDOWLESS = [p for p in sorted((ROOT / "explorer").rglob("*.py")) if "gui" not in p.parts]


def modules_in(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """Every absolute module name that a file imports, also within functions."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else ()
            stem = ".".join((*base, node.module or "")).strip(".")
            yield stem
            yield from (f"{stem}.{alias.name}" for alias in node.names)


def offenders(paths: list[Path], *forbidden: str) -> list[str]:
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in paths
        for name in imports(path)
        if any(name == f or name.startswith(f + ".") for f in forbidden)
    ]


def test_the_core_knows_no_window() -> None:
    assert offenders(modules_in("stylegan_core"), "explorer", "dearpygui") == []


def test_only_the_gui_knows_dear_pygui() -> None:
    assert len(WINDOWLESS) > 8
    assert offenders(WINDOWLESS, "dearpygui") == []


def test_networks_stand_alone() -> None:
    others = [f"stylegan_core.{part}" for part in ("data", "training", "metrics", "cli")]
    assert offenders(modules_in("stylegan_core/networks"), *others) == []


def test_training_and_metrics_do_not_know_the_command_line() -> None:
    for package in ("data", "training", "metrics"):
        assert offenders(modules_in(f"stylegan_core/{package}"), "stylegan_core.cli") == []


def test_panels_know_neither_each_other_nor_the_worker() -> None:
    panels = [p for p in modules_in("explorer/gui/panels") if p.name != "__init__.py"]
    assert len(panels) > 4
    assert (
        offenders(panels, "explorer.rendering.worker", "explorer.gui.panels", "explorer.gui.app")
        == []
    )


def test_the_worker_and_the_values_know_no_torch() -> None:
    files = [*modules_in("explorer/edit"), *modules_in("explorer/runs")]
    files += [
        ROOT / "explorer" / f"{name}.py"
        for name in (
            *("rendering/worker", "rendering/messages", "rendering/failures"),
            *("export/recipe", "export/snapshot_video"),
        )
    ]
    assert offenders(files, "torch") == []


@pytest.mark.parametrize("module", ["explorer.gui.app", "explorer.cli", "stylegan_core"])
def test_start_up_loads_no_torch(module: str) -> None:
    """The window opens before torch is loaded: only the worker's thread imports it."""
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_the_command_line_works_without_dear_pygui(tmp_path: Path) -> None:
    """A stand-in that cannot be imported takes Dear PyGui's place."""
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
