"""StyleGAN 2 in all its variants agrees with the formulas, and keeps the contract."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from stylegan_core.importers import stylegan2_tf, stylegan2_torch
from stylegan_core.networks import fir
from stylegan_core.networks.inference.for_inference import for_inference
from stylegan_core.networks.stylegan2.config import StyleGAN2Config
from stylegan_core.networks.stylegan2.discriminator import Discriminator
from stylegan_core.networks.stylegan2.generator import Generator
from stylegan_core.networks.stylegan2.mapping import DenseLayer, MappingNetwork
from tests.golden_files import assert_agrees
from tests.stylegan_core.importers.files import stylegan2_state
from tests.stylegan_core.networks.stylegan2_reference import (
    BASE,
    Reference,
    random_discriminator_arrays,
    random_generator_arrays,
)

VARIANTS = {
    "skip": BASE,
    "resnet": replace(BASE, generator_architecture="resnet", discriminator_architecture="skip"),
    "orig": replace(
        BASE,
        generator_architecture="orig",
        discriminator_architecture="orig",
        mbstd_group_size=None,
        mapping_depth=2,
    ),
    "classes": replace(BASE, c_dim=3, label_mapping_depth=2, mbstd_group_size=2, mbstd_features=2),
    "clamped": replace(
        BASE,
        generator_architecture="resnet",
        discriminator_architecture="resnet",
        conv_clamp=0.7,
        c_dim=2,
    ),
    "clamped skip": replace(BASE, conv_clamp=0.7, discriminator_architecture="skip"),
}
configs = pytest.mark.parametrize("config", VARIANTS.values(), ids=VARIANTS.keys())


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


def make_generator(config: StyleGAN2Config) -> tuple[Generator, Reference]:
    arrays = random_generator_arrays(config)
    generator = Generator(config).eval().requires_grad_(False)
    rules = stylegan2_torch.generator_rules(config)
    generator.load_state_dict(stylegan2_state(arrays, rules, config))
    return generator, Reference(config, arrays)


def make_discriminator(config: StyleGAN2Config) -> tuple[Discriminator, Reference]:
    arrays = random_discriminator_arrays(config)
    discriminator = Discriminator(config).eval().requires_grad_(False)
    rules = stylegan2_torch.discriminator_rules(config)
    discriminator.load_state_dict(stylegan2_state(arrays, rules, config))
    return discriminator, Reference(config, arrays)


def labels(config: StyleGAN2Config, n: int) -> Tensor | None:
    return torch.eye(config.c_dim)[torch.arange(n) % config.c_dim] if config.c_dim else None


@configs
def test_the_generator_computes_the_formulas(config: StyleGAN2Config) -> None:
    generator, reference = make_generator(config)
    inference = for_inference(generator)
    z, c = torch.randn(3, config.z_dim), labels(config, 3)
    assert_agrees(generator.mapping(z, c), reference.mapping(z, c, config.mapping_depth).float())
    ws = torch.randn(3, generator.num_layers, config.w_dim)
    for form in (generator, inference):
        image = form.synthesis(ws, form.stored_noise)
        assert_agrees(image, reference.images(ws).float())
        assert_agrees(form.synthesis(ws), reference.images(ws, with_noise=False).float())


@configs
def test_the_discriminator_computes_the_formulas(config: StyleGAN2Config) -> None:
    discriminator, reference = make_discriminator(config)
    images, c = torch.randn(4, 3, 32, 32), labels(config, 4)
    for n in (4, 1):
        classes = None if c is None else c[:n]
        scores = discriminator(images[:n], classes)
        assert_agrees(scores, reference.scores(images[:n], classes).float())


def test_the_clamp_changes_pictures_and_scores() -> None:
    """Without this, the variants with a clamp would prove nothing about it."""
    for name in ("clamped", "clamped skip"):
        for make in (make_generator, make_discriminator):
            torch.manual_seed(0)
            network, _ = make(VARIANTS[name])
            free, _ = make(replace(VARIANTS[name], conv_clamp=None))
            inputs = torch.randn(2, 8, 10) if make is make_generator else torch.randn(2, 3, 32, 32)
            c = labels(VARIANTS[name], 2)
            a, b = (
                n.synthesis(inputs) if isinstance(n, Generator) else n(inputs, c)
                for n in (network, free)
            )
            assert (a - b).abs().max() > 0.01 * b.abs().max()


@configs
def test_states_can_be_kept_and_pictures_appear(config: StyleGAN2Config) -> None:
    """Half layers give the bits of steps; pictures appear where the architecture has them."""
    generator, _ = make_generator(config)
    inference = for_inference(generator)
    ws, noise = torch.randn(2, generator.num_layers, config.w_dim), generator.stored_noise
    state = inference.start(2)
    for i, layer in enumerate(inference.layers):
        before = state.x.clone()
        half = inference.convolve(i, state, ws[:, i])
        after = inference.finish(i, half, ws[:, i], noise[i])
        assert torch.equal(after.x, inference.step(i, state, ws[:, i], noise[i]).x)
        assert torch.equal(state.x, before)
        if layer.takes_noise:
            assert inference.to_image(half) is None
            assert not torch.equal(after.x, inference.finish(i, half, ws[:, i], None).x)
        is_last = i == inference.num_layers - 1
        ends = layer.name.endswith("1") or i == 0
        w_next = None if is_last else ws[:, i + 1]
        image = inference.to_image(after, w_next)
        if is_last or (ends and (inference.config.shows_early or layer.resolution == 32)):
            assert image is not None
            assert image.shape == (2, 3, layer.resolution, layer.resolution)
            assert is_last or inference.to_image(after) is None
        elif not inference.config.shows_early:
            assert image is None
        state = after
    image = inference.to_image(state)
    assert image is not None
    assert torch.equal(image, inference.synthesis(ws, noise))


def test_the_picture_so_far_is_a_sum() -> None:
    """A resolution adds to the picture below its ToRGB with the next row."""
    generator, _ = make_generator(BASE)
    ws = torch.randn(1, generator.num_layers, BASE.w_dim)
    state = generator.start(1)
    assert generator.to_image(state) is None
    images: list[Tensor] = []
    for i in range(generator.num_layers - 1):
        state = generator.step(i, state, ws[:, i], None)
        image = generator.to_image(state, ws[:, i + 1])
        assert image is not None
        if i % 2 == 0:
            colours = generator.to_rgb[str(generator.layers[i].resolution)](state.x, ws[:, i + 1])
            below = fir.upsample(images[-1], BASE.resample_filter) if images else 0
            torch.testing.assert_close(image, colours + below)
        else:
            assert torch.equal(image, images[-1])  # inside a block: still that of the last one
        images.append(image)
    torch.testing.assert_close(images[-1], generator.synthesis(ws))


def test_images_share_a_noise_map_or_have_their_own() -> None:
    generator, _ = make_generator(BASE)
    ws = torch.randn(2, generator.num_layers, BASE.w_dim)
    shared, layers = generator.stored_noise, generator.layers
    separate = [torch.randn(2, 1, y.resolution, y.resolution) for y in layers]
    for form in (generator, for_inference(generator)):
        for noise in (shared, separate):
            together = form.synthesis(ws, noise)
            for n in range(2):
                maps = [None if m is None else m[n % len(m)][None] for m in noise]
                torch.testing.assert_close(together[n : n + 1], form.synthesis(ws[n : n + 1], maps))


def test_gradients_of_gradients_agree_with_finite_differences() -> None:
    """R1 and path-length regularisation need them."""
    config = replace(
        BASE, resolution=8, channel_max=2, w_dim=3, z_dim=3, generator_architecture="resnet"
    )
    generator = make_generator(config)[0].double()
    discriminator = make_discriminator(config)[0].double()
    ws = torch.randn(1, generator.num_layers, 3, dtype=torch.float64, requires_grad=True)
    images = torch.randn(2, 3, 8, 8, dtype=torch.float64, requires_grad=True)
    pooled = torch.randn(3, 8, 8, dtype=torch.float64)
    for function, variable in (
        (lambda ws: (generator.synthesis(ws) * pooled).sum(), ws),
        (lambda images: discriminator(images).sum(), images),
    ):
        assert torch.autograd.gradgradcheck(function, variable, fast_mode=True)


def test_labels_enter_as_in_the_first_release() -> None:
    """They are joined to z before it is normalised; the discriminator scores each class."""
    config = replace(BASE, c_dim=3, labels="concat", mapping_depth=1, dense_width=7)
    generator, discriminator = Generator(config), Discriminator(config)
    z, c, images = torch.randn(3, 6), torch.eye(3), torch.randn(3, 3, 32, 32)
    mapping = generator.mapping_network
    assert isinstance(mapping, MappingNetwork)
    label, dense = mapping.label, mapping.dense[0]
    assert label is not None
    assert isinstance(dense, DenseLayer)
    joined = torch.cat([z, label], dim=1)
    x = joined / (joined.square().mean(dim=1, keepdim=True) + 1e-8).sqrt()
    expected = torch.nn.functional.leaky_relu(x @ dense.weight.T * (0.01 / 12**0.5), 0.2) * 2**0.5
    torch.testing.assert_close(generator.mapping(z, c), expected)
    doubled = discriminator(images, 2 * c)
    torch.testing.assert_close(doubled, 2 * discriminator(images, c))
    assert discriminator.score.weight.shape == (3, 7)
    rules = stylegan2_tf.generator_rules(config) | stylegan2_tf.discriminator_rules(config)
    assert rules.keys() == generator.state_dict().keys() | discriminator.state_dict().keys()


def test_filters_of_any_length_resample() -> None:
    """Inside, a flat picture stays flat; sizes double and halve."""
    for taps in ((1.0, 1.0), (1.0, 3.0, 3.0, 1.0), (1.0, 5.0, 10.0, 10.0, 5.0, 1.0)):
        x = torch.ones(1, 2, 16, 16)
        up, down = fir.upsample(x, taps), fir.downsample(x, taps)
        assert (up.shape[-1], down.shape[-1]) == (32, 8)
        for y in (up, down):
            torch.testing.assert_close(y[..., 3:-3, 3:-3], torch.ones_like(y[..., 3:-3, 3:-3]))
        weight = torch.zeros(2, 2, 3, 3)
        weight[:, :, 1, 1] = 0.5
        assert fir.upsample_conv(x, weight, taps).shape[-1] == 32
        down = fir.conv_downsample(x, weight, torch.zeros(2), taps)
        torch.testing.assert_close(down[..., 2:-2, 2:-2], torch.ones(1, 2, 4, 4))


def test_without_a_group_size_scores_depend_on_the_whole_batch() -> None:
    config = VARIANTS["orig"]
    discriminator, _ = make_discriminator(config)
    images = torch.randn(6, 3, 32, 32)
    other = torch.cat([images[:5], torch.zeros(1, 3, 32, 32)])
    assert not torch.equal(discriminator(images)[0], discriminator(other)[0])


def test_transforms_levels_of_detail_and_missing_classes_are_refused() -> None:
    generator, discriminator = Generator(BASE), Discriminator(BASE)
    for form in (generator, for_inference(generator)):
        with pytest.raises(ValueError, match="transform"):
            form.start(1, transform=torch.eye(3))
        with pytest.raises(ValueError, match="does not grow"):
            form.start(1, lod=0.5)
    with pytest.raises(ValueError, match="does not grow"):
        generator.layers_at(1)
    with pytest.raises(ValueError, match="does not grow"):
        discriminator(torch.zeros(1, 3, 16, 16), lod=1)
    with pytest.raises(ValueError, match="must be 32 px wide, not 16"):
        discriminator(torch.zeros(1, 3, 16, 16))
    assert generator.layers_at(0) == generator.num_layers == 8
    for labelled in ("embed", "concat"):
        config = replace(BASE, c_dim=2, labels=labelled)
        with pytest.raises(ValueError, match="class vector"):
            Generator(config).mapping(torch.zeros(1, 6))
        with pytest.raises(ValueError, match="class vector"):
            Discriminator(config)(torch.zeros(1, 3, 32, 32))


@configs
def test_weights_by_resolution_are_all_weights(config: StyleGAN2Config) -> None:
    generator = Generator(config)
    listed = [id(w) for size in config.resolutions for w in generator.weights_at(size)]
    mapping = {id(w) for w in generator.mapping_network.parameters()}
    assert sorted(listed) == sorted({id(w) for w in generator.parameters()} - mapping)
    assert id(generator.const) in {id(w) for w in generator.weights_at(4)}


def test_colours_add_up_in_float32_under_autocast() -> None:
    generator, _ = make_generator(BASE)
    ws = torch.randn(1, generator.num_layers, BASE.w_dim)
    expected = generator.synthesis(ws)
    with torch.autocast("cpu", torch.bfloat16):
        image = generator.synthesis(ws)
    assert image.dtype == torch.float32
    assert (image - expected).abs().max() < 0.05 * expected.abs().max()


def test_the_centre_of_w_moves_towards_the_mean() -> None:
    generator = Generator(BASE)
    w = torch.randn(5, BASE.w_dim)
    generator.update_w_avg(w, beta=0.75)
    torch.testing.assert_close(generator.w_avg(), 0.25 * w.mean(dim=0, keepdim=True))
