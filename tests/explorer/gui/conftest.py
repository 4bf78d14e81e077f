"""Fixtures for tests of the window: a virtual display, a small model, open windows."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.explorer.gui.display import Display
from tests.explorer.gui.driver import OpenWindow, Window
from tests.explorer.gui.small_models import make_model

FAILED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def display() -> Iterator[Display]:
    """Start a virtual display. Where that is impossible, tests fail and say what to install."""
    with Display() as opened:
        yield opened


@pytest.fixture(scope="session")
def model_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a 64 x 64 model with random weights and strong noise, fast on every machine."""
    return make_model(tmp_path_factory.mktemp("model") / "small.safetensors", "small", seed=0)


@pytest.fixture
def open_window(
    display: Display, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[OpenWindow]:
    """Return a function that opens windows.

    At the end of the test each window has to close with status 0, without errors.
    """
    windows: list[Window] = []

    def open_(*arguments: str, **environment: str) -> Window:
        windows.append(Window(display, tmp_path, *arguments, **environment))
        windows[-1].connect()
        return windows[-1]

    yield open_
    try:
        if request.node.stash.get(FAILED, False):
            display.screenshot(tmp_path / "failed.png")
            print(
                f"screenshot: {tmp_path / 'failed.png'}",
                *(f"log: {w.log()}" for w in windows),
                sep="\n",
            )
        else:
            for window in windows:
                errors = window.state()["errors"]
                assert (errors, window.close()) == (0, 0), window.log()
    finally:
        for window in windows:
            window.discard()


@pytest.fixture
def window(open_window: OpenWindow, model_path: Path) -> Window:
    """Open a window on the small model and wait for its first picture."""
    opened = open_window(str(model_path))
    opened.until_picture()
    return opened


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let the fixture know that its test has failed."""
    report = yield
    if report.when == "call" and report.failed:
        item.stash[FAILED] = True
    return report
