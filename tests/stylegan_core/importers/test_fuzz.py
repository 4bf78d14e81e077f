"""Damaged files of every kind give an error or a network, never a crash, a hang or an import."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.stylegan_core.importers.files import PICKLES

ROOT = Path(__file__).parents[3]
COPIES = 25


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="bounds a process's memory as Linux does")
def test_damaged_files_are_opened_in_a_process_that_may_do_nothing_else(tmp_path: Path) -> None:
    state = {"convs.0.conv.modulation.weight": torch.randn(20, 30), "noises": torch.ones(4).half()}
    torch.save({"g_ema": state, "latent_avg": torch.ones(3)}, tmp_path / "zip.pt")
    old = tmp_path / "old.pt"
    torch.save({"g_ema": state}, old, _use_new_zipfile_serialization=False)
    paths = [*PICKLES, tmp_path / "zip.pt", old]
    module = "tests.stylegan_core.importers.fuzz_child"
    done = subprocess.run(
        [sys.executable, "-m", module, str(COPIES), *map(str, paths)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    counted = ast.literal_eval(done.stdout)
    assert sum(counted.values()) == COPIES * len(paths)
    assert counted["refused"] > COPIES  # many changes hit something that matters
    assert counted["read"] > COPIES
