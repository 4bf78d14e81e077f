"""rosinality's StyleGAN 1 and lucidrains' StyleGAN 2, whose arithmetic is not the official one.

Their own code wrote the files, with random weights, and the expected numbers.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor

import stylegan_core
from stylegan_core import checkpoint, importers, picture
from stylegan_core.card import CheckpointError
from stylegan_core.cli.convert import convert
from stylegan_core.importers.family import family_of
from stylegan_core.importers.kinds import KINDS
from stylegan_core.networks import ARCHITECTURES, stylegan1
from stylegan_core.networks.inference.for_inference import for_inference
from stylegan_core.networks.stylegan2 import lucidrains
from tests.golden_files import GOLDEN, assert_agrees

ROSINALITY: Final = GOLDEN / "weights" / "sg1_rosinality.pt"
LUCIDRAINS: Final = GOLDEN / "weights" / "sg2_lucidrains.pt"
FILES: Final = (ROSINALITY, LUCIDRAINS)
LAYERS: Final = range(8)  # two at each resolution from 4 to 32
BLOCK: Final = "generator.progression"

Change = Callable[[dict[str, Tensor]], Any]


class Expected(NamedTuple):
    """Numbers of their code: pictures in [-1, 1] and one noise map for each layer."""

    arrays: dict[str, Tensor]
    picture: Tensor
    mixed: Tensor
    mixed_psi: float
    mixed_rows: tuple[int, ...]  # the latent of each layer
    noise: list[Tensor]


def expected_numbers(path: Path) -> Expected:
    with np.load(GOLDEN / f"{path.stem}.npz") as file:
        arrays = {name: torch.from_numpy(file[name]) for name in file.files}
    if path == ROSINALITY:
        pictures = arrays["out/img"], arrays["out/mixed_psi0.7"]
        noise = [arrays[f"noise/{i // 2}"] for i in LAYERS]
        return Expected(arrays, *pictures, 0.7, (1, 1, 1, 1, 0, 0, 0, 0), noise)
    pictures = 2 * arrays["out/img"] - 1, 2 * arrays["out/mixed_psi0.6"] - 1
    normal = torch.special.ndtri(arrays["noise"].permute(0, 3, 2, 1))  # [1, h, w, 1], from 0 to 1
    noise = [normal[:, :, : 4 << i // 2, : 4 << i // 2] for i in LAYERS]
    return Expected(arrays, *pictures, 0.6, (0, 0, 0, 0, 1, 1, 1, 1), noise)


@pytest.mark.parametrize("path", FILES)
@torch.inference_mode()
def test_pictures_are_those_of_their_code(path: Path) -> None:
    theirs, generator = expected_numbers(path), stylegan_core.load(path)
    w = generator.mapping(theirs.arrays["z"])
    assert_agrees(w, theirs.arrays["w"])
    average = generator.w_avg()
    assert average is not None
    assert_agrees(average, theirs.arrays["w_avg"])
    ws = picture.broadcast(generator, w, 1.0)
    truncated = picture.broadcast(generator, w, theirs.mixed_psi, None)
    mixed = truncated[list(theirs.mixed_rows), list(LAYERS)].unsqueeze(0)
    for form in (generator, for_inference(generator)):
        assert_agrees(form.synthesis(ws, theirs.noise), theirs.picture)
        assert_agrees(form.synthesis(mixed, theirs.noise), theirs.mixed)


@pytest.mark.parametrize("path", FILES)
@torch.inference_mode()
def test_activations_are_those_of_their_code(path: Path) -> None:
    """The files have those of each layer, or of the last layer of each resolution."""
    theirs, generator = expected_numbers(path), stylegan_core.load(path)
    state, compared = generator.start(1), 0
    for i in LAYERS:
        state = generator.step(i, state, theirs.arrays["w"][:1], theirs.noise[i])
        if f"act/{i}" in theirs.arrays:
            assert_agrees(state.x, theirs.arrays[f"act/{i}"])
            compared += 1
        if i == 3 and path == ROSINALITY:
            image = generator.to_image(state)
            assert image is not None
            assert_agrees(image, theirs.arrays["out/8px"][:1])
    assert compared == (8 if path == ROSINALITY else 4)


@pytest.mark.parametrize("path", FILES)
def test_stored_noise_is_shared_as_in_their_code(path: Path) -> None:
    """It is always the same, and equal for the layers that share a map there."""
    maps, again = (stylegan_core.load(path).stored_noise for _ in range(2))
    for i in LAYERS:
        shared, noise, repeated = maps[i - i % 2], maps[i], again[i]
        assert shared is not None
        assert noise is not None
        assert repeated is not None
        assert torch.equal(noise, shared)
        assert torch.equal(noise, repeated)
        assert noise.shape == (1, 1, 4 << i // 2, 4 << i // 2)
        if path == LUCIDRAINS:
            assert maps[7] is not None
            assert torch.equal(noise, maps[7][:, :, : noise.shape[2], : noise.shape[3]])


@torch.inference_mode()
def test_no_noise_is_the_middle_of_uniform_noise() -> None:
    generator = stylegan_core.load(LUCIDRAINS)
    ws = picture.broadcast(generator, generator.mapping(torch.randn(1, 8)), 1.0)
    zeros = [torch.zeros(1, 1, layer.resolution, layer.resolution) for layer in generator.layers]
    assert torch.equal(generator.synthesis(ws), generator.synthesis(ws, zeros))
    even = lucidrains.uniform(torch.randn(100_000))
    assert torch.allclose(
        even.quantile(torch.tensor([0.1, 0.5, 0.9])), torch.tensor([0.1, 0.5, 0.9]), atol=0.01
    )


@pytest.mark.parametrize("path", FILES)
def test_a_converted_file_gives_the_same_bits(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "converted.safetensors"
    convert(path, out)
    original, converted = stylegan_core.load(path), checkpoint.load(out)
    assert torch.equal(picture.of_seed(original, 3), picture.of_seed(converted, 3))
    assert converted.card["content_hash"] == original.card["content_hash"]


@pytest.mark.parametrize("path", FILES)
def test_describe_names_sizes_and_what_is_left_out(path: Path) -> None:
    described, generator = importers.describe(path), stylegan_core.load(path)
    trained = sum(weight.numel() for weight in generator.parameters())  # type: ignore[attr-defined]
    assert described["parameters"] == {"generator": trained}
    assert described["resolution"] == 32
    left_out = (
        () if path == ROSINALITY else ("the generator before averaging", "D", "D_aug", "version")
    )
    assert tuple(described["origin"]["left_out"]) == left_out


def weights_of(path: Path) -> dict[str, Tensor]:
    content: dict[str, Any] = torch.load(path, weights_only=True)
    return content if path == ROSINALITY else content["GAN"]


def written(path: Path, weights: dict[str, Tensor], to: Path) -> Path:
    torch.save(weights if path == ROSINALITY else {"GAN": weights}, to)
    return to


def test_resolutions_that_were_never_trained_are_not_shown(tmp_path: Path) -> None:
    """The file has 64 x 64 layers whose noise strengths are zero, as they start."""
    weights = weights_of(ROSINALITY)
    assert "generator.to_rgb.4.conv.bias" in weights
    assert stylegan_core.load(ROSINALITY).resolution == 32
    weights[f"{BLOCK}.4.noise2.weight_orig"][0, 1] = 0.5
    grown = stylegan_core.load(written(ROSINALITY, weights, tmp_path / "grown.pt"))
    assert grown.resolution == 64
    for k in range(5):
        for half in (1, 2):
            weights[f"{BLOCK}.{k}.noise{half}.weight_orig"].zero_()
    silent = stylegan_core.load(written(ROSINALITY, weights, tmp_path / "silent.pt"))
    assert silent.resolution == 64, "without any noise, nothing tells how far it was trained"


@pytest.mark.parametrize("key", ["g_running", "generator"])
def test_a_training_checkpoint_gives_the_averaged_generator(key: str, tmp_path: Path) -> None:
    """If there is none, it gives the only one. The discriminator is left out."""
    path, weights = tmp_path / "train_step-5.model", weights_of(ROSINALITY)
    content = {
        "discriminator": {"linear.linear.bias": torch.zeros(1)},
        key: weights,
        "g_optimizer": {},
    }
    if key == "g_running":
        content["generator"] = {name: value + 1 for name, value in weights.items()}
    torch.save(content, path)
    generator, discriminator = importers.load_all(path)
    assert isinstance(generator, stylegan1.Generator)
    assert discriminator is None
    assert torch.equal(generator.const, weights[f"{BLOCK}.0.conv1.input"])
    left_out = generator.card["origin"]["left_out"]
    assert "the discriminator" in left_out
    assert ("the generator before averaging" in left_out) == (key == "g_running")


def drop(name: str) -> Change:
    return lambda weights: weights.pop(name)


def put(name: str, *shape: int) -> Change:
    return lambda weights: weights.update({name: torch.zeros(shape)})


def double(name: str) -> Change:
    return lambda weights: weights[name].mul_(torch.arange(1.0, 4.0))


MISFITS: Final[tuple[tuple[Path, Change, str], ...]] = (
    (ROSINALITY, drop("style.3.linear.bias"), "lacks the weight 'style.3.linear.bias'"),
    (ROSINALITY, drop("style.1.linear.weight_orig"), "lacks the weight 'style.1.linear.weight_"),
    (
        ROSINALITY,
        drop(f"{BLOCK}.2.adain1.style.linear.bias"),
        f"lacks the weight '{BLOCK}.2.adain1",
    ),
    (
        ROSINALITY,
        drop(f"{BLOCK}.2.noise1.weight_orig"),
        f"lacks the weight '{BLOCK}.2.noise1",
    ),
    (ROSINALITY, put(f"{BLOCK}.1.conv2.conv.bias", 9), r"conv2.conv.bias' .* not fit: \(9,\)"),
    (ROSINALITY, put("style.3.linear.weight_orig", 10, 7), "mapping do not fit together"),
    (ROSINALITY, put("generator.surprise", 2), "has the unknown weight 'generator.sur"),
    (ROSINALITY, double(f"{BLOCK}.1.conv1.2.weight"), r"conv1.2.weight is not \(1, 2, 1\)"),
    (ROSINALITY, put(f"{BLOCK}.1.conv1.conv.weight_orig", 12, 12, 3, 3), "an early version"),
    (ROSINALITY, put(f"{BLOCK}.9.noise2.weight_orig", 1, 3, 1, 1), "lacks the weight"),
    (
        LUCIDRAINS,
        drop("GE.blocks.2.to_noise1.bias"),
        "lacks the weight 'GE.blocks.2.to_noise1.bias'",
    ),
    (LUCIDRAINS, drop("GE.blocks.1.conv2.weight"), "lacks the weight 'GE.blocks.1.conv2.weight'"),
    (LUCIDRAINS, drop("SE.net.0.weight"), "lacks the weight 'SE.net.0.weight'"),
    (LUCIDRAINS, put("GE.initial_block", 1, 7, 4, 4), r"'GE.initial_block' .*\(1, 7, 4, 4\)"),
    (LUCIDRAINS, put("SE.net.2.weight", 9, 8), "mapping do not fit together"),
    (LUCIDRAINS, put("GE.surprise", 2), "has the unknown weight 'GE.surprise'"),
    (LUCIDRAINS, double("GE.blocks.1.to_rgb.upsample.1.f"), r"upsample.1.f is not \(1, 2, 1\)"),
    (LUCIDRAINS, put("GE.attns.1.0.fn.fn.to_q.weight", 4, 4, 1, 1), "attention layers"),
    (LUCIDRAINS, put("GE.to_initial_block.weight", 8, 16, 4, 4), "no_const"),
    (LUCIDRAINS, drop("GE.initial_conv.weight"), "an early version of the package"),
    (LUCIDRAINS, drop("GE.blocks.0.to_rgb.upsample.1.f"), "an early version of the package"),
)


@pytest.mark.parametrize(("path", "change", "why"), MISFITS)
def test_files_that_do_not_fit_are_refused(
    path: Path, change: Change, why: str, tmp_path: Path
) -> None:
    weights = weights_of(path)
    change(weights)
    odd = written(path, weights, tmp_path / "odd.pt")
    with pytest.raises(CheckpointError, match=rf"odd\.pt \(StyleGAN .*cannot be built: .*{why}"):
        stylegan_core.load(odd)


def test_quantised_layers_of_the_discriminator_change_nothing(tmp_path: Path) -> None:
    """The generator has none (`fq_layers`)."""
    weights = weights_of(LUCIDRAINS)
    weights["D.quantize_blocks.0.fn._codebook.embed"] = torch.zeros(4, 4)
    generator = stylegan_core.load(written(LUCIDRAINS, weights, tmp_path / "quantised.pt"))
    expected = picture.of_seed(stylegan_core.load(LUCIDRAINS), 1)
    assert torch.equal(picture.of_seed(generator, 1), expected)


def test_half_precision_is_widened_before_it_is_scaled(tmp_path: Path) -> None:
    weights = {name: value.half() for name, value in weights_of(LUCIDRAINS).items()}
    rounded = {name: value.float() for name, value in weights.items()}
    half = stylegan_core.load(written(LUCIDRAINS, weights, tmp_path / "half.pt"))
    full = stylegan_core.load(written(LUCIDRAINS, rounded, tmp_path / "full.pt"))
    ws = picture.broadcast(half, torch.randn(1, 8), 1.0)
    assert torch.equal(half.synthesis(ws), full.synthesis(ws))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_key_tables_for_a_known_architecture(kind: str) -> None:
    assert family_of(kind).architecture in ARCHITECTURES
