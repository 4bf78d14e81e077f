"""Folders of real pictures, and a separate cache for each test."""

from pathlib import Path

import pytest
from PIL import Image


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STYLEGAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "datasets"


@pytest.fixture
def greys(tmp_path: Path) -> Path:
    """Ten pictures, black on the left; picture k has the grey value k + 1 on the right."""
    return write_greys(tmp_path / "greys", [f"{k}.png" for k in range(10)])


def write_greys(folder: Path, names: list[str]) -> Path:
    """Write pictures of 8 px, each with a grey value of its own."""
    for k, name in enumerate(names):
        picture = Image.new("RGB", (8, 8))
        picture.paste((k + 1,) * 3, (4, 0, 8, 8))
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        picture.save(folder / name)
    return folder
