"""Fixtures: a folder of pictures, and a separate cache for each test."""

from pathlib import Path

import pytest

from tests.stylegan_core.data.greys import write_greys


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STYLEGAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "datasets"


@pytest.fixture
def greys(tmp_path: Path) -> Path:
    """Ten pictures, black on the left; picture k has the grey value k + 1 on the right."""
    return write_greys(tmp_path / "greys", [f"{k}.png" for k in range(10)])
