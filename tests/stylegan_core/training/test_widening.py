"""Networks with more feature maps that compute what narrower ones do, and then learn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from stylegan_core import checkpoint
from stylegan_core.errors import UserError
from stylegan_core.networks.progan import Discriminator
from stylegan_core.networks.stylegan1 import Generator, StyleGAN1Config
from stylegan_core.training import run_setup
from stylegan_core.training.networks import take_over
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


def test_the_maps_of_the_example() -> None:
    assert [NARROW.channels(r) for r in NARROW.resolutions] == [8, 8, 4, 2]
    assert [WIDE.channels(r) for r in WIDE.resolutions] == [8, 8, 8, 4]


def noise_for(generator: Generator) -> list[torch.Tensor]:
    """Without any the first maps are flat, and AdaIN makes much of their rounding."""
    return [torch.randn(1, 1, layer.resolution, layer.resolution) for layer in generator.layers]


@pytest.mark.parametrize("lod", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(("up", "more"), [(32, 64), (32, 128)])
def test_a_wider_network_computes_the_same(lod: float, up: int, more: int) -> None:
    narrow, size = randomised(Generator, NARROW), 32 >> int(lod)
    wide = randomised(Generator, replace(WIDE, fmap_base=more))
    take_over(wide, narrow)
    ws, noise = torch.randn(3, 8, 8), noise_for(narrow)
    pictures = narrow.synthesis(ws, noise, lod)
    torch.testing.assert_close(wide.synthesis(ws, noise, lod), pictures, atol=2e-5, rtol=1e-5)
    critics = randomised(Discriminator, NARROW), randomised(Discriminator, WIDE)
    take_over(critics[1], critics[0])
    images = torch.randn(8, 3, size, size)
    scores = [critic(images, None, lod) for critic in critics]
    torch.testing.assert_close(scores[1], scores[0], atol=2e-5, rtol=1e-5)


def test_new_maps_learn() -> None:
    """The zeros that read them have a gradient at once, they themselves from the next step on."""
    narrow, wide = randomised(Generator, NARROW), randomised(Generator, WIDE)
    take_over(wide, narrow)
    wide.requires_grad_(True)
    optimizer = torch.optim.SGD(wide.parameters(), lr=0.1)
    reading, read = wide.to_rgb[3].weight, wide.synthesis_layers[7].conv.weight
    assert not reading[:, 2:].any()
    assert read[2:].any()
    for has_gradient in (False, True):
        optimizer.zero_grad()
        wide.synthesis(torch.randn(2, 8, 8)).square().mean().backward()
        assert reading.grad is not None
        assert read.grad is not None
        assert reading.grad[:, 2:].any()
        assert bool(read.grad[2:].any()) == has_gradient
        optimizer.step()


def begun(pictures: Path, folder: Path, **changes: Any) -> tuple[run_setup.Run, str]:
    said = list[str]()
    generator, discriminator = randomised(Generator, NARROW), Discriminator(NARROW)
    checkpoint.save(folder / "narrow.safetensors", generator, {}, discriminator)
    wanted: dict[str, Any] = {
        "data": str(pictures),
        "init_from": str(folder / "narrow.safetensors"),
    }
    wanted |= {"enlarge": True, **changes}
    host = run_setup.Host("cpu", say=said.append)
    return run_setup.begin(folder / "run", "portraits-cpu", wanted, host), "\n".join(said)


def test_a_run_begins_with_a_narrower_model(pictures: Path, tmp_path: Path) -> None:
    """Its average shows the model's pictures, at a larger size too."""
    run, said = begun(pictures, tmp_path, fmap_base=64, resolution=64)
    assert "narrow.safetensors has fewer feature maps" in said
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
        *({"fmap_base": 16}, {"fmap_max": 16}, {"w_dim": 16}),
        *({"fmap_base": 64, "w_dim": 16}, {"fmap_base": 64, "mapping_width": 16}),
    ],
)
def test_other_sizes_are_refused(changes: dict[str, int], pictures: Path, tmp_path: Path) -> None:
    """Fewer maps, or more where the discriminator compares the pictures of a batch; other
    widths, with more maps too.
    """
    with pytest.raises(UserError, match="do not fit the settings"):
        begun(pictures, tmp_path, **changes)
