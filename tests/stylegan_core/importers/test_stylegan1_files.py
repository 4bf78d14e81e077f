"""StyleGAN 1 in the official format gives the official pictures."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import stylegan_core
from stylegan_core import checkpoint, importers, picture, sampling
from stylegan_core.card import CheckpointError, read_card
from stylegan_core.importers import stylegan1_tf
from stylegan_core.importers.tables import tensorflow_conv, tensorflow_dense
from stylegan_core.networks.stylegan1 import Generator
from stylegan_core.networks.weightless import weightless
from tests.golden_files import assert_agrees
from tests.stylegan_core.importers.files import PICKLES, config, golden, numbers, pickle_of
from tests.stylegan_core.importers.tensorflow_pickles import network, write

TINY = "sg1_tiny128_proto4"
Kwargs = dict[str, Any]


def opened(path: Path) -> Generator:
    generator = stylegan_core.load(path)
    assert isinstance(generator, Generator)
    return generator


@pytest.fixture
def conditional(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes the conditional networks with other arguments or arrays."""
    sizes = config("sg1_cond")

    def written(protocol: int = 4, kwargs: Kwargs | None = None, **arrays: Any) -> Path:
        params = {**numbers("sg1_cond", "param/G/"), **arrays}
        settings = {**sizes["G"], **(kwargs or {})}
        g = network("Gs", "G_style", settings, params)
        d = network("D", "D_basic", sizes["D"], numbers("sg1_cond", "param/D/"))
        path = tmp_path / "conditional.pkl"
        write(path, (network("G", "G_style", settings, {}), d, g), protocol)
        return path

    return written


@pytest.mark.parametrize("name", [TINY, "sg1_tiny128_proto2"])
def test_pictures_agree_with_the_official_code(name: str) -> None:
    official, generator = golden("sg1_g"), opened(pickle_of(name))
    w = generator.mapping(official["z"])
    assert_agrees(w, official["out/w"])
    image = generator.synthesis(picture.broadcast(generator, w, 0.7, 8), generator.stored_noise)
    assert_agrees(image, official["out/img_psi0.7_cut8"])


def test_scores_agree_with_the_official_code() -> None:
    official = golden("sg1_d")
    _, discriminator = importers.load_all(pickle_of(TINY))
    assert discriminator is not None
    images = official["images_u8"].float() / 127.5 - 1
    assert_agrees(discriminator(images), official["out/scores"])


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_conditional_pictures_agree_at_every_protocol(
    conditional: Callable[..., Path], protocol: int
) -> None:
    official, generator = golden("sg1_cond"), opened(conditional(protocol))
    w = generator.mapping(official["z"], official["labels"])
    image = generator.synthesis(picture.broadcast(generator, w, 0.7, 8), generator.stored_noise)
    assert_agrees(image, official["out/img_psi0.7_cut8"])
    assert generator.c_dim == 3


def test_a_stale_level_of_detail_is_ignored(conditional: Callable[..., Path]) -> None:
    fresh = opened(conditional())
    stale = opened(conditional(**{"G_synthesis/lod": np.float32(4), "lod": np.float32(0)}))
    assert stale.card["content_hash"] == fresh.card["content_hash"]


def test_settings_that_no_shape_shows_are_read(conditional: Callable[..., Path]) -> None:
    settings = {"fused_scale": True, "mapping_lrmul": 0.02}
    loaded = opened(conditional(kwargs=settings)).config
    assert (loaded.fused_resolution, loaded.mapping_lr_multiplier) == (4, 0.02)


@pytest.mark.parametrize(
    ("kwargs", "expected"),
    [
        ({"nonlinearity": "relu"}, "nonlinearity is 'relu'"),
        ({"use_styles": False}, "use_styles is False"),
        ({"blur_filter": None}, "blur_filter is None"),
        ({"resolution": 64}, "lacks [0-9]+ weights"),
        ({"resolution": 48}, "power of two"),
        ({"resolution": "32"}, "must be a number"),
        ({"resolution": [32]}, "must be a number"),
        ({"fmap_max": 15}, "does not fit"),
        ({"fmap_max": 2**40}, "fmap_max must be from 1 to"),
        ({"label_size": 4}, "does not fit"),
        ({"label_size": 0}, "has the unknown weight"),
        ({"fused_scale": "sometimes"}, "sometimes"),
        ({"fused_scale": []}, "cannot be built"),
    ],
)
def test_networks_of_other_settings_are_refused(
    conditional: Callable[..., Path], kwargs: Kwargs, expected: str
) -> None:
    path = conditional(kwargs=kwargs)
    with pytest.raises(CheckpointError, match=expected) as caught:
        stylegan_core.load(path)
    assert str(caught.value).startswith("conditional.pkl")


def test_one_array_cannot_stand_for_many(tmp_path: Path) -> None:
    """An array pickled once and named often would need far more memory than the file has."""
    sizes = config("sg1_cond")["G"]
    kwargs = {**sizes, "resolution": 256, "fmap_base": 2**20, "fmap_max": 64, "mapping_layers": 1}
    shared: dict[tuple[int, ...], np.ndarray[Any, Any]] = {}
    arrays = {
        name: shared.setdefault(shape, np.zeros(shape, np.float32))
        for name, shape in official_shapes(kwargs).items()
    }
    g = network("Gs", "G_style", kwargs, arrays)
    write(tmp_path / "shared.pkl", (g, network("D", "D_basic", {}, {}), g))
    with pytest.raises(CheckpointError, match="more numbers than it holds"):
        stylegan_core.load(tmp_path / "shared.pkl")


def official_shapes(kwargs: Kwargs) -> dict[str, tuple[int, ...]]:
    """Return the shape of every variable, from the key table."""
    sizes = stylegan1_tf.config_from_kwargs(kwargs)
    with weightless():
        weights = Generator(sizes).state_dict()
    shapes = {}
    for ours, rule in stylegan1_tf.generator_rules(sizes).items():
        shape = tuple(weights[ours].shape)
        if rule.convert is tensorflow_conv:
            shape = tuple(shape[i] for i in (2, 3, 1, 0))
        elif rule.convert is tensorflow_dense:
            shape = shape[::-1]
        shapes[rule.name] = shape
    return shapes


def test_a_discriminator_that_does_not_fit_is_left_out(tmp_path: Path) -> None:
    kwargs = config("sg1_cond")["G"]
    g = network("Gs", "G_style", kwargs, numbers("sg1_cond", "param/G/"))
    d = network("D", "D_basic", kwargs, {"surprise": np.zeros(3, np.float32)})
    write(tmp_path / "odd.pkl", (g, d, g))
    generator, discriminator = importers.load_all(tmp_path / "odd.pkl")
    assert discriminator is None
    assert "lacks" in generator.card["origin"]["left_out"][-1]


def test_the_card_has_sizes_licence_and_conventions(conditional: Callable[..., Path]) -> None:
    card = opened(conditional()).card
    assert (card["name"], card["architecture"]) == ("conditional", "stylegan1")
    assert (card["resolution"], card["classes"]) == (32, 3)
    assert "CC BY-NC" in card["origin"]["generator"]["notice"]
    assert "Creative Commons" in card["licence"]
    assert (card["seed_convention"], card["truncation_cutoff"]) == ("official", 8)


def test_describe_agrees_with_the_loaded_card() -> None:
    described, card = importers.describe(pickle_of(TINY)), opened(pickle_of(TINY)).card
    parameters = described["parameters"]["generator"]
    assert parameters == sum(p.numel() for p in opened(pickle_of(TINY)).parameters())
    assert {k: card[k] for k in described if k != "parameters"} == {
        k: v for k, v in described.items() if k != "parameters"
    }


def picture_of(generator: Generator) -> Tensor:
    return picture.of_seed(generator, 6, psi=0.8)


def test_a_converted_file_gives_the_same_bits(tmp_path: Path) -> None:
    from stylegan_core.cli.convert import convert

    out = tmp_path / "new" / "converted.safetensors"
    convert(pickle_of(TINY), out)
    original, converted = opened(pickle_of(TINY)), opened(out)
    assert dict(converted.card) == dict(original.card)
    assert torch.equal(picture_of(original), picture_of(converted))
    _, official = importers.load_all(pickle_of(TINY))
    assert official is not None
    kept = checkpoint.load_discriminator(out).state_dict()
    assert all(torch.equal(kept[name], value) for name, value in official.state_dict().items())
    convert(out, tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == out.read_bytes()


def test_seeds_are_the_official_ones() -> None:
    generator = opened(pickle_of(TINY))
    z = torch.from_numpy(np.random.RandomState(6).randn(1, 40).astype(np.float32))
    ws = picture.broadcast(generator, generator.mapping(z), 0.8, 8)
    expected = sampling.to_uint8(generator.synthesis(ws, generator.stored_noise))[0]
    assert torch.equal(picture_of(generator), expected)
    ours = picture.of_seed(generator, 6, psi=0.8, convention="ours")
    assert not torch.equal(ours, expected)


def test_official_noise_follows_the_latent() -> None:
    """StyleGAN 2's TensorFlow script draws z first, then one map after another."""
    random = np.random.RandomState(9)
    random.randn(1, 40)
    generator = opened(pickle_of(TINY))
    maps = picture.noise_maps(generator, "official", 9)
    for layer, noise in zip(generator.layers, maps, strict=True):
        size = layer.resolution
        assert noise is not None
        assert np.array_equal(noise.numpy(), random.randn(1, 1, size, size).astype(np.float32))


def test_loading_reports_progress_and_can_be_stopped() -> None:
    reports: list[tuple[int, int]] = []
    stylegan_core.load(pickle_of(TINY), progress=lambda *report: reports.append(report))
    assert reports == sorted(reports)
    assert reports[0][0] == 0
    totals = {total for _, total in reports} - {1}  # 1 until the file has been parsed
    assert totals == {4 * (count_of_numbers() - 2)}  # two are lods

    class Stopped(Exception):
        pass

    def stop(done: int, total: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        stylegan_core.load(pickle_of(TINY), progress=stop)


def count_of_numbers() -> int:
    return sum(value.size for value in numbers("sg1_g", "param/").values())


@pytest.mark.parametrize("path", PICKLES, ids=lambda path: path.stem)
def test_every_kind_opens(path: Path) -> None:
    described = importers.describe(path)
    assert described["resolution"] in (16, 32, 64, 128)
    assert stylegan_core.load(path).resolution == described["resolution"]


def test_a_pickle_is_not_read_as_a_checkpoint() -> None:
    with pytest.raises(CheckpointError, match="Python pickle"):
        read_card(pickle_of(TINY))
