"""The other generators of Karras et al. 2019, tables 1 and 4: A to E, and skip outputs."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from stylegan_core.networks import contract, ops, progan, stylegan1
from stylegan_core.networks.progan import ProGANConfig
from stylegan_core.networks.stylegan1 import StyleGAN1Config

SMALL: dict[str, Any] = {
    "resolution": 16,
    "fmap_base": 64,
    "fmap_max": 16,
    "z_dim": 8,
    "w_dim": 8,
    "mapping_width": 8,
}


def parameters(network: nn.Module) -> int:
    return sum(weight.numel() for weight in network.parameters())


VARIANTS = {
    "A": ProGANConfig(**SMALL, blur=False),
    "B": ProGANConfig(**SMALL),
    "C": StyleGAN1Config(**SMALL, latent_input=True, noise_inputs=False),
    "D": StyleGAN1Config(**SMALL, noise_inputs=False),
    "E": StyleGAN1Config(**SMALL),
    "skip": StyleGAN1Config(**SMALL, skip_outputs=True),
}


def build(name: str) -> stylegan1.Generator | progan.Generator:
    torch.manual_seed(0)
    config = VARIANTS[name]
    if isinstance(config, StyleGAN1Config):
        return stylegan1.Generator(config)
    return progan.Generator(config)


def pictures(generator: contract.Generator, z: Tensor, lod: float = 0.0) -> Tensor:
    ws = generator.mapping(z).unsqueeze(1).expand(-1, generator.num_layers, -1)
    return generator.synthesis(ws, generator.stored_noise, lod)


def test_the_traditional_generator_has_the_published_number_of_parameters() -> None:
    with torch.device("meta"):
        assert round(parameters(progan.Generator(ProGANConfig())) / 1e6, 1) == 23.1


@pytest.mark.parametrize("name", VARIANTS)
def test_every_weight_takes_part(name: str) -> None:
    generator = build(name)
    pictures(generator, torch.randn(4, 8)).square().sum().backward()  # type: ignore[no-untyped-call]
    idle = {weight for weight, value in generator.named_parameters() if value.grad is None}
    assert all(weight.startswith("to_rgb.") for weight in idle)
    assert bool(idle) == (name != "skip"), "a growing generator shows its last ToRGB only"


@pytest.mark.parametrize("name", VARIANTS)
def test_steps_lead_to_the_picture_of_synthesis(name: str) -> None:
    generator = build(name)
    w = generator.mapping(torch.randn(2, 8))
    state = generator.start(2)
    for i, noise in enumerate(generator.stored_noise):
        state = generator.step(i, state, w, noise)  # type: ignore[arg-type]
    image = generator.to_image(state)  # type: ignore[arg-type]
    whole = generator.synthesis(
        w.unsqueeze(1).expand(-1, generator.num_layers, -1), generator.stored_noise
    )
    assert image is not None
    assert torch.equal(image, whole)
    assert whole.shape == (2, 3, 16, 16)


@pytest.mark.parametrize("name", VARIANTS)
def test_noise_exists_from_e_on(name: str) -> None:
    generator, is_noisy = build(name), name in ("E", "skip")
    names = dict(generator.named_parameters()) | dict(generator.named_buffers())
    assert any("noise" in weight for weight in names) == is_noisy
    assert all((noise is not None) == is_noisy for noise in generator.stored_noise)
    assert all(layer.takes_noise == is_noisy for layer in generator.layers)


def test_a_dense_input_follows_the_style() -> None:
    config = StyleGAN1Config(**SMALL, latent_input=True)
    generator = stylegan1.Generator(config)
    w = torch.randn(3, 8)
    first = generator.step(0, generator.start(3), w, None)
    weight = generator.dense * 2**0.5 / 4 / 8**0.5
    maps = (w @ weight.T).view(3, -1, 4, 4)
    layer = generator.synthesis_layers[0]
    assert isinstance(layer, stylegan1.SynthesisLayer)
    style = layer.affine(w)
    expected = ops.adaptive_instance_norm(ops.leaky_relu(maps), style)
    torch.testing.assert_close(first.x, expected)


def test_skip_outputs_add_up() -> None:
    config = StyleGAN1Config(**SMALL, skip_outputs=True)
    generator = stylegan1.Generator(config)
    w = generator.mapping(torch.randn(2, 8))
    state, shown = generator.start(2), None
    for i, layer in enumerate(generator.layers):
        state = generator.step(i, state, w, None)
        if i % 2:
            expected = generator.to_rgb[i // 2](state.x)
            if shown is not None:
                expected = expected + ops.blur(ops.upsample_nearest(shown))
            shown = generator.to_image(state)
            torch.testing.assert_close(shown, expected)
            assert shown.shape[-1] == layer.resolution


@pytest.mark.parametrize("blur", [False, True])
def test_the_traditional_pair_fades_from_one_size_to_the_next(blur: bool) -> None:
    config = ProGANConfig(**SMALL, blur=blur)
    generator, discriminator = progan.Generator(config), progan.Discriminator(config)
    z = torch.randn(2, 8)
    small, large = pictures(generator, z, 1.0), pictures(generator, z, 0.0)
    mixed = pictures(generator, z, 0.25)
    assert small.shape == (2, 3, 8, 8)
    torch.testing.assert_close(mixed, large.lerp(ops.upsample_nearest(small), 0.25))
    nearly = discriminator(large, lod=1 - 1e-6)
    torch.testing.assert_close(
        nearly, discriminator(ops.downsample_mean(large), lod=1.0), atol=1e-4, rtol=1e-4
    )


def test_without_blur_a_doubled_pixel_stays_flat() -> None:
    """Nearest resampling repeats each pixel; the binomial filter would run over its edges."""
    block = progan.DiscriminatorBlock(4, 4, blur=False)
    x = torch.randn(1, 4, 8, 8)
    plain = ops.downsample_mean(block.conv1(ops.leaky_relu(block.conv0(x))))
    torch.testing.assert_close(block(x), ops.leaky_relu(plain))


def test_pixel_norm_keeps_each_pixel_at_unit_length() -> None:
    generator = progan.Generator(ProGANConfig(**SMALL))
    state = generator.step(0, generator.start(3), torch.randn(3, 8))
    assert state.x is not None
    lengths = state.x.square().mean(dim=1)
    torch.testing.assert_close(lengths, torch.ones_like(lengths))
