"""Models that cannot make pictures are refused when they are opened, in plain words."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

import stylegan_core
from stylegan_core import checkpoint
from stylegan_core.card import CheckpointError
from tests.pixels import stored_pixels
from tests.small_networks import TINY2, make_generator, make_stylegan2
from tests.stylegan_core.cli.in_process import stylegan


def saved(path: Path, network: nn.Module) -> Path:
    checkpoint.save(path, network, {"name": "odd"})
    return path


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_weights_that_are_not_finite_are_refused_by_name(tmp_path: Path, value: float) -> None:
    network = make_generator()
    name, weight = next(iter(network.named_parameters()))
    with torch.no_grad():
        weight.view(-1)[3] = value
    path = saved(tmp_path / "odd.safetensors", network)
    with pytest.raises(CheckpointError, match=rf"NaN.*'{name}'.*an earlier snapshot"):
        stylegan_core.load(path)
    result = stylegan("generate", path, "--seeds", 3, "--out", tmp_path / "out")
    assert (result.returncode, result.stderr.count("\n")) == (2, 1)
    assert "not numbers (NaN)" in result.stderr
    described = stylegan("info", path)
    assert f"unusable: 'generator.{name}' holds infinite numbers or NaN" in described.stdout


def test_other_people_s_weights_are_looked_at_too(tmp_path: Path) -> None:
    from tests.stylegan_core.importers.test_stylegan2_rosinality import snapshot

    content = snapshot()
    content["g_ema"]["convs.0.conv.weight"][0, 0, 0, 0, 0] = float("nan")
    path = tmp_path / "nan.pt"
    torch.save(content, path)
    with pytest.raises(CheckpointError, match=r"nan\.pt cannot be used"):
        stylegan_core.load(path)
    assert "'convs.0.conv.weight' holds infinite" in stylegan("info", path).stdout
    converted = stylegan("convert", path, tmp_path / "nan.safetensors")
    assert (converted.returncode, converted.stdout) == (2, "")
    assert "nan.pt cannot be used" in converted.stderr
    assert not (tmp_path / "nan.safetensors").exists()


def test_finite_weights_are_not_mentioned(tmp_path: Path) -> None:
    path = saved(tmp_path / "fine.safetensors", make_generator())
    assert "unusable" not in stylegan("info", path).stdout


@pytest.mark.parametrize(
    ("channels", "shape"), [(1, (32, 32)), (2, (32, 32, 2)), (3, (32, 32, 3)), (4, (32, 32, 4))]
)
def test_pictures_of_every_kind_are_written(
    tmp_path: Path, channels: int, shape: tuple[int, ...]
) -> None:
    network = make_stylegan2(replace(TINY2, image_channels=channels))
    path = saved(tmp_path / "model.safetensors", network)
    result = stylegan("generate", path, "--seeds", 3, "--out", tmp_path / "out")
    assert result.returncode == 0, result.stderr
    assert stored_pixels(tmp_path / "out" / "seed0003.png").shape == shape


def test_pictures_of_five_channels_are_refused(tmp_path: Path) -> None:
    network = make_stylegan2(replace(TINY2, image_channels=5))
    path = saved(tmp_path / "model.safetensors", network)
    with pytest.raises(
        CheckpointError, match=r"pictures have 5 channels\. This program shows grey,"
    ):
        stylegan_core.load(path)
