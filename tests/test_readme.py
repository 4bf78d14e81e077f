"""Run every command and program of the README; long ones at a size that takes seconds."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image

from explorer.edit.edit import default_edit
from explorer.edit.ops import with_psi
from explorer.edit.timeline import Keyframe, Timeline
from explorer.export.recipe import recipe_of
from explorer.export.recipe_json import write_recipe
from explorer.rendering.loaded_model import open_model

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MODEL = "checkpoints/portraits-64.safetensors"

# Options as the README gives them, and those that the tests use instead to take seconds.
SHORTER = {
    "--resolution 64 --kimg 1000": "--resolution 16 --kimg 0.064 --set fmap_max=32",
    "--kimg 500 --set ada_target=0.6": "--kimg 0.032 --set ada_target=0.6",
    "--resume runs/photos": "--resume runs/photos --kimg 0.128",
    "--count 100 --resolution 128": "--count 3 --resolution 32",
    "--count 48": "--count 4 --resolution 32",
    "RUN/snapshots/000500.safetensors": f"{MODEL} --images 16 --reader-images 128",
}
# Tested elsewhere: make by continuous integration, the window by tests/explorer/gui.
ELSEWHERE = ("make run", "python3 -m venv")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def commands() -> list[str]:
    """Return the lines of all shell blocks, and the commands within the text."""
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    lines += re.findall(r"`(stylegan(?:-explorer)? [^`]+)`", README)
    return [line for line in lines if not line.startswith(ELSEWHERE)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the README presupposes: models, a picture, a video and photographs."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "checkpoints").mkdir()
    (folder / MODEL).symlink_to(ROOT / MODEL)
    (folder / "photos").mkdir()
    (folder / "model.pkl").symlink_to(ROOT / "tests/golden/pkl/sg1_tiny128_proto4.pkl")
    for k in range(9):
        Image.new("RGB", (80 + k, 70), (25 * k, 90, 30)).save(folder / f"photos/{k}.jpg")
    loaded = open_model(ROOT / MODEL, "cpu")
    edit = default_edit(loaded.model_info.num_layers)
    timeline = Timeline((Keyframe(edit, 0.1), Keyframe(with_psi(edit, 0.2), 0.1)), loop=True)
    write_recipe(folder / "face.json", recipe_of(edit, loaded.model_info))
    write_recipe(folder / "timeline.json", recipe_of(timeline, loaded.model_info))
    for name in ("face.json face.png", "timeline.json timeline.mp4"):
        assert run(folder, f"stylegan-explorer render {name}").returncode == 0
    return folder


def run(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    program, *arguments = shlex.split(line)
    module = {"stylegan": "stylegan_core.cli", "stylegan-explorer": "explorer"}[program]
    paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": paths, "STYLEGAN_CACHE": str(folder / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("line", commands())
def test_a_command_of_the_readme_runs(folder: Path, line: str) -> None:
    for options, shorter in SHORTER.items():
        line = line.replace(options, shorter)
    result = run(folder, line)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_commands_wrote_what_they_promise(folder: Path) -> None:
    for name in (
        "again.png",
        "timeline.gif",
        "faces/seed0007.png",
        "mixing.png",
        "portraits/labels.csv",
        "portraits.png",
        "checkpoints/mine/card.md",
        "runs/photos/state.pt",
        "runs/fine/state.pt",
        "model.safetensors",
    ):
        assert (folder / name).exists(), name
    assert (folder / "again.png").read_bytes() == (folder / "face.png").read_bytes()


@pytest.mark.parametrize("program", blocks("python"))
def test_a_program_of_the_readme_runs(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    names: dict[str, torch.Tensor] = {}
    exec(compile(program, "README.md", "exec"), names)
    assert names["image"].shape == (1, 3, 64, 64)


def test_no_command_is_forgotten() -> None:
    """Every command with arguments, in any kind of block or in the text, is among those run."""
    quoted = re.findall(r"(?:^|`)(stylegan(?:-explorer)? [^`\n]+)", README, re.MULTILINE)
    assert len(quoted) >= 9
    assert sorted(quoted) == sorted(commands())


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
