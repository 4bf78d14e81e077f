"""Threads that wait for each other sleep soon, unless the user has decided about it."""

import os
import subprocess
import sys

import pytest

from stylegan_core.waiting import wait_briefly

DISPLAYED = """
from stylegan_core.waiting import wait_briefly
wait_briefly()
import torch
torch.ones(2**20).add_(1)
"""


@pytest.mark.parametrize("name", ["OMP_WAIT_POLICY", "GOMP_SPINCOUNT"])
def test_what_the_user_has_set_stays(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)
    monkeypatch.setenv(name, "ACTIVE")
    wait_briefly()
    assert os.environ.get("GOMP_SPINCOUNT") == ("ACTIVE" if name == "GOMP_SPINCOUNT" else None)


@pytest.mark.skipif(sys.platform != "linux", reason="the OpenMP of other systems has no such limit")
def test_openmp_takes_the_limit() -> None:
    environment = {k: v for k, v in os.environ.items() if k != "GOMP_SPINCOUNT"}
    environment = {**environment, "OMP_DISPLAY_ENV": "VERBOSE"}
    done = subprocess.run(
        [sys.executable, "-c", DISPLAYED], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "GOMP_SPINCOUNT = '10000'" in done.stderr
