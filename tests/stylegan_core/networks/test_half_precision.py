"""Inference with features of two bytes stays close to float32."""

import pytest
import torch

import stylegan_core
from explorer.export.model_files import bundled_models
from stylegan_core.networks.inference.for_inference import for_inference
from stylegan_core.networks.stylegan2.generator import SynthesisLayer
from tests.golden_files import GOLDEN
from tests.small_networks import make_stylegan2

SHARE = {torch.float16: 0.01, torch.bfloat16: 0.06}  # of max|out|, with random weights


@torch.inference_mode()
@pytest.mark.parametrize("name", ["sg1_tiny128_proto4.pkl", "sg2ada_skip64_torch213.pkl"])
@pytest.mark.parametrize("dtype", SHARE)
def test_official_networks_stay_within_a_share_of_the_largest_value(
    name: str, dtype: torch.dtype
) -> None:
    generator = stylegan_core.load(GOLDEN / "pkl" / name)
    z = torch.randn(4, generator.z_dim, generator=torch.Generator().manual_seed(0))
    ws = generator.mapping(z).unsqueeze(1).expand(-1, generator.num_layers, -1)
    exact = for_inference(generator).synthesis(ws, generator.stored_noise)
    half = for_inference(generator, dtype)
    image = half.synthesis(ws, generator.stored_noise)
    assert image.dtype == torch.float32
    assert half.convolve(0, half.start(1), ws[:1, 0]).x.dtype == dtype
    assert 0 < (image - exact).abs().max() < SHARE[dtype] * exact.abs().max()


@torch.inference_mode()
def test_the_bundled_model_in_float16_looks_the_same() -> None:
    """Less than a thousandth differs by more than 1 of 255: single pixels at edges, by an amount
    that depends on the order in which a processor adds.
    """
    generator = stylegan_core.load(bundled_models()[0])
    z = torch.randn(16, generator.z_dim, generator=torch.Generator().manual_seed(0))
    w, centre = generator.mapping(z), generator.w_avg()
    assert centre is not None
    ws = torch.lerp(centre, w, 0.7).unsqueeze(1).expand(-1, generator.num_layers, -1)
    exact, half = (
        for_inference(generator, dtype).synthesis(ws, generator.stored_noise)
        for dtype in (torch.float32, torch.float16)
    )
    difference = (exact - half).abs() * 127.5
    assert (difference > 1).float().mean() < 0.001
    assert difference.max() < 8
    assert difference.mean() < 0.1


@torch.inference_mode()
def test_large_styles_stay_in_range() -> None:
    """These styles would take features beyond 65504 if they were applied to them."""
    generator = make_stylegan2()
    for layer in generator.synthesis_layers:
        assert isinstance(layer, SynthesisLayer)
        layer.affine.bias.add_(3e4)
    ws = torch.randn(1, generator.num_layers, generator.w_dim)
    images = [
        for_inference(generator, dtype).synthesis(ws) for dtype in (torch.float32, torch.float16)
    ]
    assert (images[0] - images[1]).abs().max() < 0.02 * images[0].abs().max()
