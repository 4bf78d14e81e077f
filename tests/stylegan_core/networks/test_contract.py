"""Every architecture keeps the contract and does what its configuration promises.

The tests walk `ARCHITECTURES`, with the sizes that each configuration calls its `smallest`: an
architecture that is added there is tested here without a further line.
"""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from torch import Tensor, nn

import stylegan_core
from stylegan_core import checkpoint, picture, sampling
from stylegan_core.networks import ARCHITECTURES, Architecture, Generator, NetworkConfig
from stylegan_core.networks.inference.for_inference import for_inference
from stylegan_core.networks.progan import ProGANConfig
from stylegan_core.networks.stylegan1 import StyleGAN1Config
from stylegan_core.networks.stylegan2 import StyleGAN2Config
from stylegan_core.networks.trainable import TrainableConfig

SMALL_1, SMALL_2 = StyleGAN1Config.smallest(), StyleGAN2Config.smallest()
VARIANTS: dict[str, NetworkConfig] = {
    "progan without blur": replace(ProGANConfig.smallest(), blur=False),
    "stylegan1 with a latent input": replace(SMALL_1, latent_input=True, noise_inputs=False),
    "stylegan1 with skip outputs": replace(SMALL_1, skip_outputs=True),
    "stylegan2 resnet": replace(
        SMALL_2, generator_architecture="resnet", discriminator_architecture="skip"
    ),
    "stylegan2 orig": replace(
        SMALL_2, generator_architecture="orig", discriminator_architecture="orig"
    ),
    "stylegan2 growing": replace(
        SMALL_2, generator_architecture="growing", discriminator_architecture="growing"
    ),
}
CASES = [*ARCHITECTURES, *VARIANTS]
with_discriminator = pytest.mark.parametrize(
    "config", [n for n, a in ARCHITECTURES.items() if a.discriminator], indirect=True
)
trainable = pytest.mark.parametrize(
    "config",
    [n for n, a in ARCHITECTURES.items() if issubclass(a.config, TrainableConfig)],
    indirect=True,
)


@pytest.fixture(params=CASES)
def config(request: pytest.FixtureRequest) -> NetworkConfig:
    """The sizes of a case. A new architecture brings its own with `smallest`."""
    if request.param in VARIANTS:
        return VARIANTS[request.param]
    kind = ARCHITECTURES[request.param].config
    assert issubclass(kind, NetworkConfig), f"{kind.__name__} must derive from NetworkConfig"
    sizes = kind.smallest()
    assert isinstance(sizes, kind), f"{kind.__name__} must say in `smallest` what to test it with"
    return sizes


def architecture(config: NetworkConfig) -> Architecture:
    return next(known for known in ARCHITECTURES.values() if known.config is type(config))


def randomised(network: Any) -> Any:
    """Move every weight from where it starts: zeros would hide what noise and styles do."""
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(0.3 * torch.randn_like(weight))
    return network.eval().requires_grad_(False)


def make(config: NetworkConfig) -> Generator:
    torch.manual_seed(0)
    generator = architecture(config).generator(config, {"name": "small"})
    return cast("Generator", randomised(generator))


def styles(generator: Generator, n: int = 2) -> Tensor:
    return torch.randn(n, generator.num_layers, generator.w_dim)


def noise_of(generator: Generator) -> list[Tensor | None]:
    return list(picture.noise_maps(generator, 1))


def assert_same_picture(a: Tensor, b: Tensor) -> None:
    """Assert that two pictures agree within 1 of 255, scaled so that nothing is cut off."""
    largest = b.abs().max()
    shown = [sampling.to_uint8(image / largest).int() for image in (a, b)]
    assert (shown[0] - shown[1]).abs().max() <= 1


def test_sizes_survive_the_card(config: NetworkConfig) -> None:
    assert type(config)(**json.loads(json.dumps(asdict(config)))) == config


def test_layers_describe_the_rows_of_w(config: NetworkConfig) -> None:
    generator = make(config)
    assert generator.config == config
    assert generator.resolution == config.resolution
    assert (generator.z_dim, generator.c_dim) == (config.z_dim, config.c_dim)
    assert len(generator.layers) == generator.num_layers == generator.layers_at(0)
    assert len({layer.name for layer in generator.layers}) == generator.num_layers
    sizes = [layer.resolution for layer in generator.layers]
    assert sizes == sorted(sizes)
    assert any(layer.takes_noise for layer in generator.layers) == config.takes_noise


def test_mapping_and_centre_have_the_width_of_w(config: NetworkConfig) -> None:
    generator = make(config)
    w = generator.mapping(torch.randn(3, generator.z_dim))
    assert w.shape == (3, generator.w_dim)
    centre = generator.w_avg()
    assert centre is None or centre.shape == (1, generator.w_dim)


def test_stored_noise_fits_the_layers_that_take_it(config: NetworkConfig) -> None:
    generator = make(config)
    assert len(generator.stored_noise) == generator.num_layers
    for layer, noise in zip(generator.layers, generator.stored_noise, strict=True):
        size = layer.resolution
        assert (noise is not None) == layer.takes_noise
        assert noise is None or noise.shape == (1, 1, size, size)


def test_steps_lead_to_the_picture_of_synthesis(config: NetworkConfig) -> None:
    generator = make(config)
    ws, noise = styles(generator), noise_of(generator)
    state = generator.start(2)
    for i in range(generator.num_layers):
        before = None if state.x is None else state.x.clone()
        following = generator.step(i, state, ws[:, i], noise[i])
        assert before is None or torch.equal(state.x, before), "a given state stays as it is"
        state = following
    image = generator.to_image(state)
    assert image is not None
    assert image.shape == (2, 3, generator.resolution, generator.resolution)
    assert torch.equal(image, generator.synthesis(ws, noise))


def test_styles_and_noise_change_the_picture_where_a_layer_takes_them(
    config: NetworkConfig,
) -> None:
    generator = make(config)
    ws, noise = styles(generator, 1), noise_of(generator)
    expected = generator.synthesis(ws, noise)
    for i, layer in enumerate(generator.layers):
        other_ws = ws.clone()
        other_ws[:, i] += 1
        is_styled = not torch.equal(generator.synthesis(other_ws, noise), expected)
        silent = [None if k == i else m for k, m in enumerate(noise)]
        is_noisy = not torch.equal(generator.synthesis(ws, silent), expected)
        assert (is_styled, is_noisy) == (layer.takes_style, layer.takes_noise), layer.name


def test_inference_shows_the_same_picture(config: NetworkConfig) -> None:
    generator = make(config)
    inference = for_inference(generator)
    ws, noise = styles(generator), noise_of(generator)
    assert_same_picture(inference.synthesis(ws, noise), generator.synthesis(ws, noise))
    state = inference.start(2)
    for i in range(inference.num_layers):
        half = inference.convolve(i, state, ws[:, i])
        state = inference.finish(i, half, ws[:, i], noise[i])
        again = inference.finish(i, half, ws[:, i], noise[i])
        assert torch.equal(state.x, again.x), "a given state stays as it is"
    image = inference.to_image(state)
    assert image is not None
    assert torch.equal(image, inference.synthesis(ws, noise))


def test_the_same_network_comes_back_from_its_checkpoint(
    config: NetworkConfig, tmp_path: Path
) -> None:
    generator, path = make(config), tmp_path / "model.safetensors"
    checkpoint.save(path, cast("nn.Module", generator), {"name": "small"})
    loaded = stylegan_core.load(path)
    assert type(loaded) is type(generator)
    assert loaded.config == generator.config
    assert torch.equal(picture.of_seed(loaded, 5), picture.of_seed(generator, 5))


def test_pictures_appear_as_early_as_promised(config: NetworkConfig) -> None:
    """They have the size of the features, for the last layer of each resolution."""
    generator = for_inference(make(config))
    ws, state = styles(generator, 1), generator.start(1)
    ends = {layer.resolution: i for i, layer in enumerate(generator.layers[:-1])}
    for i, layer in enumerate(generator.layers[:-1]):
        state = generator.step(i, state, ws[:, i], None)
        if i == ends[layer.resolution] and layer.resolution < generator.resolution:
            image = generator.to_image(state, ws[:, i + 1])
            assert (image is not None) == generator.config.shows_early
            assert image is None or image.shape[-1] == layer.resolution


def test_a_transform_moves_the_picture_or_is_refused(config: NetworkConfig) -> None:
    generator = make(config)
    if not generator.config.takes_transform:
        with pytest.raises(ValueError, match="no transform"):
            generator.start(1, transform=torch.eye(3))
        return
    ws = styles(generator, 1)
    straight, turned = (moved(generator, ws, sampling.picture_transform(0, 0, a)) for a in (0, 90))
    assert torch.equal(straight, generator.synthesis(ws))
    assert not torch.equal(straight, turned)


def moved(generator: Generator, ws: Tensor, transform: Tensor) -> Tensor:
    state = generator.start(1, transform=transform)
    for i in range(generator.num_layers):
        state = generator.step(i, state, ws[:, i], None)
    image = generator.to_image(state)
    assert image is not None
    return image


def test_a_lower_level_of_detail_is_smaller_or_refused(config: NetworkConfig) -> None:
    generator, size = make(config), config.resolution
    ws, noise = styles(generator), noise_of(generator)
    if not generator.config.grows:
        with pytest.raises(ValueError, match="does not grow"):
            generator.synthesis(ws, noise, lod=1)
        return
    half, faded = (generator.synthesis(ws, noise, lod) for lod in (1, 0.25))
    assert half.shape == (2, 3, size // 2, size // 2)
    assert faded.shape == (2, 3, size, size)
    for lod in (1, 0.25):
        generator.card = {"training": {"lod": lod}}
        expected = generator.synthesis(ws, noise, lod)
        while expected.shape[-1] < size:
            expected = nn.functional.interpolate(expected, scale_factor=2)
        assert_same_picture(for_inference(generator).synthesis(ws, noise), expected)


def test_classes_are_taken_or_refused(config: NetworkConfig) -> None:
    try:
        conditional = config.with_classes(3)
    except ValueError:
        assert config.with_classes(config.c_dim) == config
        return
    assert conditional.c_dim == 3
    assert conditional.with_classes(0).c_dim == 0
    generator = make(conditional)
    w = generator.mapping(torch.randn(1, generator.z_dim).expand(3, -1), torch.eye(3))
    assert w.shape == (3, generator.w_dim)
    assert len(torch.unique(w, dim=0)) == 3, "each class has its own w"
    centre = generator.w_avg(torch.eye(3))
    assert centre is None or centre.shape in {(1, generator.w_dim), (3, generator.w_dim)}
    with pytest.raises(ValueError, match="class vector"):
        generator.mapping(torch.randn(1, generator.z_dim))


def test_another_resolution_is_made_or_refused(config: NetworkConfig) -> None:
    assert config.at_resolution(config.resolution) == config
    try:
        larger = config.at_resolution(2 * config.resolution)
    except ValueError:
        return
    generator = make(larger)
    assert larger.at_resolution(config.resolution) == config
    assert generator.synthesis(styles(generator)).shape == (2, 3, *[2 * config.resolution] * 2)


@pytest.mark.parametrize("classes", [0, 3])
@with_discriminator
def test_the_discriminator_scores_pictures(config: NetworkConfig, classes: int) -> None:
    discriminator = randomised(discriminator_of(config.with_classes(classes)))
    images, c = torch.randn(4, 3, *[config.resolution] * 2), torch.eye(4)[:, :classes]
    scores = discriminator(images, c if classes else None)
    assert scores.shape == (4, 1)
    if classes:
        with pytest.raises(ValueError, match="class vector"):
            discriminator(images)


def discriminator_of(config: NetworkConfig) -> Any:
    kind = architecture(config).discriminator
    assert kind is not None
    return kind(config)


@trainable
def test_weights_by_resolution_are_all_weights(config: TrainableConfig) -> None:
    generator: Any = make(config)
    mapping = {id(weight) for weight in generator.mapping_network.parameters()}
    for network, others in ((generator, mapping), (discriminator_of(config), set[int]())):
        listed = [id(w) for size in config.resolutions for w in network.weights_at(size)]
        assert sorted(listed) == sorted({id(w) for w in network.parameters()} - others)


@trainable
def test_trainable_sizes_have_the_names_of_every_trainable_architecture(
    config: TrainableConfig,
) -> None:
    assert config.samples_compared is None or config.samples_compared >= 1
    assert vars(config).keys() <= config.sizes().keys()
    assert {"fmap_base", "fmap_max", "channel_base", "channel_max"} <= config.sizes().keys()


@pytest.mark.parametrize("config", ["progan", "stylegan1", "stylegan2 growing"], indirect=True)
def test_a_pair_grows_together(config: NetworkConfig) -> None:
    assert config.grows
    generator, discriminator = make(config), randomised(discriminator_of(config))
    for lod in (0.0, 0.25, 1.0):
        images = generator.synthesis(styles(generator), None, lod)
        assert discriminator(images, None, lod=lod).shape == (2, 1)
