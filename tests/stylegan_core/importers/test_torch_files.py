"""PyTorch files give the tensors of its weights-only loader, and more files can be read."""

import argparse
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from stylegan_core.importers.opening import opened

KNOWN_WEIGHT = "convs.0.conv.modulation.weight"  # rosinality's files are recognised by it


def states() -> dict[str, Tensor]:
    """Return tensors of every type and layout."""
    torch.manual_seed(0)
    base = torch.randn(4, 6, 5)
    return {
        KNOWN_WEIGHT: torch.randn(3, 4),
        "view": base[1],
        "part": base[1:3, ::2, 1:4],
        "turned": base.permute(2, 0, 1),
        "last": torch.randn(2, 3, 4, 4).to(memory_format=torch.channels_last),
        "half": torch.randn(7).half().flip(0),
        "bfloat": torch.randn(7).bfloat16(),
        "double": torch.randn(2, 2).double(),
        "long": torch.arange(5),
        "bool": torch.tensor([True, False]),
        "scalar": torch.tensor(3.5),
        "empty": torch.zeros(0, 3),
        "parameter": torch.nn.Parameter(torch.randn(3)),
    }


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("key", ["g_ema", ""])
def test_the_same_tensors_as_pytorch_reads(tmp_path: Path, zipped: bool, key: str) -> None:
    path = tmp_path / "weights.pt"
    content: Any = OrderedDict(states())
    torch.save({key: content, "step": 5} if key else content, path, **form(zipped))
    expected = torch.load(path, weights_only=True)
    expected = expected[key] if key else expected
    with opened(path) as contents:
        arrays = contents.generator.arrays
        assert arrays.keys() == expected.keys()
        for name, value in expected.items():
            array = torch.from_numpy(np.array(arrays[name]))
            assert torch.equal(array.to(value.dtype), value.detach()), name
        assert contents.left_out == (("step",) if key else ())


def form(zipped: bool) -> dict[str, bool]:
    return {"_use_new_zipfile_serialization": zipped}


@pytest.mark.parametrize("zipped", [True, False])
def test_a_training_checkpoint_is_read_that_pytorch_refuses(tmp_path: Path, zipped: bool) -> None:
    """rosinality's hold the arguments of the run as an `argparse.Namespace`."""
    path = tmp_path / "550000.pt"
    torch.save(
        {"g": states(), "g_ema": states(), "args": argparse.Namespace(size=256), "ada_aug_p": 0.5},
        path,
        **form(zipped),
    )
    with pytest.raises(Exception, match="Weights only load failed"):
        torch.load(path, weights_only=True)
    with opened(path) as contents:
        assert contents.kind == "stylegan2-rosinality"
        assert torch.equal(
            torch.from_numpy(contents.generator.arrays[KNOWN_WEIGHT]), states()[KNOWN_WEIGHT]
        )
        assert contents.not_run == ("argparse.Namespace",)
        assert "args" in contents.left_out
