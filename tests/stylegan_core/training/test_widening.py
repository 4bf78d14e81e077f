"""Wider networks compute the same as the narrower ones that they start from, and then learn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from stylegan_core import checkpoint
from stylegan_core.errors import UserError
from stylegan_core.networks.ops import EqualConv2d
from stylegan_core.networks.progan import Discriminator
from stylegan_core.networks.stylegan1 import Generator, StyleGAN1Config, SynthesisLayer
from stylegan_core.training import run_setup
from stylegan_core.training.networks import load_weights
from tests.small_networks import randomised

NARROW = StyleGAN1Config(
    resolution=32,
    fmap_base=32,
    fmap_max=8,
    z_dim=8,
    w_dim=8,
    mapping_width=8,
    mapping_depth=2,
    fused_resolution=32,
    mbstd_features=4,
)
WIDE = replace(NARROW, fmap_base=64)


def test_the_example_networks_have_these_feature_maps() -> None:
    assert [NARROW.channels(r) for r in NARROW.resolutions] == [8, 8, 4, 2]
    assert [WIDE.channels(r) for r in WIDE.resolutions] == [8, 8, 8, 4]


def noise_for(generator: Generator) -> list[torch.Tensor]:
    """Return noise, without which the first maps are flat and AdaIN amplifies their rounding."""
    return [torch.randn(1, 1, layer.resolution, layer.resolution) for layer in generator.layers]


@pytest.mark.parametrize("lod", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("fmap_base", [64, 128])
def test_a_wider_network_computes_the_same(lod: float, fmap_base: int) -> None:
    narrow, size = randomised(Generator, NARROW), 32 >> int(lod)
    wide = randomised(Generator, replace(WIDE, fmap_base=fmap_base))
    load_weights(wide, narrow)
    ws, noise = torch.randn(3, 8, 8), noise_for(narrow)
    pictures = narrow.synthesis(ws, noise, lod)
    torch.testing.assert_close(wide.synthesis(ws, noise, lod), pictures, atol=2e-5, rtol=1e-5)
    critics = randomised(Discriminator, NARROW), randomised(Discriminator, WIDE)
    load_weights(critics[1], critics[0])
    images = torch.randn(8, 3, size, size)
    scores = [critic(images, None, lod) for critic in critics]
    torch.testing.assert_close(scores[1], scores[0], atol=2e-5, rtol=1e-5)


def test_new_feature_maps_learn() -> None:
    """The zero weights that read them have a gradient at once, their own from the next step."""
    narrow, wide = randomised(Generator, NARROW), randomised(Generator, WIDE)
    load_weights(wide, narrow)
    wide.requires_grad_(True)
    optimizer = torch.optim.SGD(wide.parameters(), lr=0.1)
    to_rgb, layer = wide.to_rgb[3], wide.synthesis_layers[7]
    assert isinstance(to_rgb, EqualConv2d)
    assert isinstance(layer, SynthesisLayer)
    assert layer.conv is not None
    readers, new_maps = to_rgb.weight, layer.conv.weight
    assert not readers[:, 2:].any()
    assert new_maps[2:].any()
    for has_gradient in (False, True):
        optimizer.zero_grad()
        torch.autograd.backward(wide.synthesis(torch.randn(2, 8, 8)).square().mean())
        assert readers.grad is not None
        assert new_maps.grad is not None
        assert readers.grad[:, 2:].any()
        assert bool(new_maps.grad[2:].any()) == has_gradient
        optimizer.step()


def begin_run(pictures: Path, folder: Path, **changes: Any) -> tuple[run_setup.Run, str]:
    """Begin a run from the narrow model; return it and its messages."""
    messages: list[str] = []
    generator, discriminator = randomised(Generator, NARROW), Discriminator(NARROW)
    checkpoint.save(folder / "narrow.safetensors", generator, {}, discriminator)
    settings: dict[str, Any] = {
        "data": str(pictures),
        "init_from": str(folder / "narrow.safetensors"),
    }
    settings |= {"enlarge": True, **changes}
    host = run_setup.Host("cpu", say=messages.append)
    run = run_setup.new_run(folder / "run", "portraits-cpu", settings, host)
    return run, "\n".join(messages)


def test_a_run_can_start_from_a_narrower_model(pictures: Path, tmp_path: Path) -> None:
    """Both generators show the model's pictures, also at a larger resolution."""
    run, messages = begin_run(pictures, tmp_path, fmap_base=64, resolution=64)
    assert "narrow.safetensors has fewer feature maps" in messages
    network = run.trainer.config.network
    assert isinstance(network, StyleGAN1Config)
    assert (network.channels(32), network.channels(64)) == (4, 2)
    before, ws = checkpoint.load(tmp_path / "narrow.safetensors"), torch.randn(2, 10, 8)
    for generator in (run.trainer.generator, run.trainer.generator_ema):
        noise = noise_for(generator)
        shown = generator.synthesis(ws, noise, lod=1.0)
        expected = before.synthesis(ws[:, :8], noise[:8])
        torch.testing.assert_close(shown, expected, atol=2e-5, rtol=1e-5)


@pytest.mark.parametrize(
    "changes",
    [
        {"fmap_base": 16},
        {"fmap_max": 16},
        {"w_dim": 16},
        {"fmap_base": 64, "w_dim": 16},
        {"fmap_base": 64, "mapping_width": 16},
    ],
)
def test_other_sizes_are_refused(changes: dict[str, int], pictures: Path, tmp_path: Path) -> None:
    """Fewer maps do not fit, nor do other widths of layers, nor more maps where the discriminator
    compares the pictures of a batch.
    """
    with pytest.raises(UserError, match="do not fit the settings"):
        begin_run(pictures, tmp_path, **changes)
