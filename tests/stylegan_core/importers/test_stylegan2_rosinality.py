"""rosinality's StyleGAN 2 weights, whose arithmetic is the official one."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

import stylegan_core
from stylegan_core import checkpoint, importers, picture
from stylegan_core.cli.convert import convert
from stylegan_core.networks.stylegan2.config import StyleGAN2Config
from stylegan_core.networks.stylegan2.generator import Generator
from tests.golden_files import assert_agrees
from tests.stylegan_core.importers.files import refusal
from tests.stylegan_core.networks.stylegan2_reference import (
    Reference,
    random_discriminator_arrays,
    random_generator_arrays,
)

CONFIG = StyleGAN2Config(
    resolution=32,
    channel_base=192,
    channel_max=12,
    z_dim=10,
    w_dim=10,
    mapping_width=10,
    mapping_depth=3,
)
G, D = random_generator_arrays(CONFIG), random_discriminator_arrays(CONFIG)
NAMES = (
    (r"mapping\.w_avg", "latent_avg"),
    (r"mapping\.fc(\d+)", lambda m: f"style.{int(m[1]) + 1}"),
    (r"synthesis\.b4\.const", "input.input"),
    (r"synthesis\.b4\.torgb", "to_rgb1"),
    (r"synthesis\.b4\.conv1", "conv1"),
    (r"synthesis\.b(\d+)\.torgb", lambda m: f"to_rgbs.{_doublings(m[1]) - 1}"),
    (r"synthesis\.b(\d+)\.conv(\d)", lambda m: f"convs.{2 * _doublings(m[1]) - 2 + int(m[2])}"),
    (r"b32\.fromrgb\.weight", "convs.0.0.weight"),
    (r"b32\.fromrgb\.bias", "convs.0.1.bias"),
    (r"b4\.conv\.weight", "final_conv.0.weight"),
    (r"b4\.conv\.bias", "final_conv.1.bias"),
    (r"b4\.fc", "final_linear.0"),
    (r"b4\.out", "final_linear.1"),
    (r"b(\d+)\.conv0\.weight", lambda m: f"convs.{4 - _doublings(m[1])}.conv1.0.weight"),
    (r"b(\d+)\.conv0\.bias", lambda m: f"convs.{4 - _doublings(m[1])}.conv1.1.bias"),
    (r"b(\d+)\.conv1\.weight", lambda m: f"convs.{4 - _doublings(m[1])}.conv2.1.weight"),
    (r"b(\d+)\.conv1\.bias", lambda m: f"convs.{4 - _doublings(m[1])}.conv2.2.bias"),
    (r"b(\d+)\.skip\.weight", lambda m: f"convs.{4 - _doublings(m[1])}.skip.1.weight"),
)


def _doublings(size: str) -> int:
    """Return how often 4 is doubled to reach a size."""
    return int(size).bit_length() - 3


def renamed(arrays: dict[str, Any]) -> dict[str, Tensor]:
    """Return arrays with official names in the layout of rosinality's state dicts."""
    state, noise_count = {}, 0
    for name, value in arrays.items():
        old, new = next((old, new) for old, new in NAMES if re.match(old, name))
        theirs = re.sub(old, new, name)
        value = torch.from_numpy(np.array(value))
        if name.endswith("noise_const"):
            theirs, value = f"noises.noise_{noise_count}", value[None, None]
            noise_count += 1
        elif name.endswith("noise_strength"):
            theirs, value = theirs.replace("noise_strength", "noise.weight"), value.view(1)
        elif name == "synthesis.b4.const":
            value = value[None]
        elif name.startswith("synthesis"):
            theirs, value = _of_block(theirs, value)
        state[theirs] = value
    return state


def _of_block(name: str, value: Tensor) -> tuple[str, Tensor]:
    if "affine" in name:
        return name.replace("affine", "conv.modulation"), value
    if name.endswith("weight"):
        return name.replace("weight", "conv.weight"), value[None]
    if "rgb" in name:
        return name, value.view(1, -1, 1, 1)
    return name.replace("bias", "activate.bias"), value


def filters(names: list[str], gain: float) -> dict[str, Tensor]:
    line = torch.tensor([1.0, 3, 3, 1]) / 8
    return {f"{name}.kernel": line[:, None] * line * gain for name in names}


def snapshot() -> dict[str, Any]:
    """Return what rosinality's conversion script writes, with the discriminator."""
    generator, discriminator = renamed(G), renamed(D)
    average_w = generator.pop("latent_avg")
    ups = [f"convs.{i}.conv.blur" for i in (0, 2, 4)] + [f"to_rgbs.{i}.upsample" for i in range(3)]
    downs = [f"convs.{i}.{part}.0" for i in (1, 2, 3) for part in ("conv2", "skip")]
    generator |= filters(ups, gain=4)
    discriminator |= filters(downs, gain=1)
    return {"g_ema": generator, "d": discriminator, "latent_avg": average_w}


def opened(path: Path, content: Any) -> tuple[Generator, Any]:
    torch.save(content, path)
    generator, discriminator = importers.load_all(path)
    assert isinstance(generator, Generator)
    return generator, discriminator


@torch.inference_mode()
def test_pictures_and_scores_are_the_formulas(tmp_path: Path) -> None:
    generator, discriminator = opened(tmp_path / "550000.pt", snapshot())
    z, images = torch.randn(2, 10), torch.randn(4, 3, 32, 32)
    w = generator.mapping(z)
    assert_agrees(w, Reference(CONFIG, G).mapping(z, None, 3).float())
    assert np.array_equal(generator.w_avg()[0].numpy(), G["mapping.w_avg"])
    ws = picture.broadcast(generator, w, 0.7, None)
    assert_agrees(
        generator.synthesis(ws, generator.stored_noise), Reference(CONFIG, G).images(ws).float()
    )
    assert_agrees(discriminator(images), Reference(CONFIG, D).scores(images).float())
    assert generator.config == CONFIG
    assert "latent_avg" not in generator.card["origin"]["left_out"]


@torch.inference_mode()
def test_a_missing_average_w_is_replaced_by_a_mean(tmp_path: Path) -> None:
    """Files of rosinality's own training lack it. The latents are always the same."""
    content = snapshot()
    del content["latent_avg"]
    generator, _ = opened(tmp_path / "550000.pt", content)
    z = torch.from_numpy(np.random.RandomState(0).randn(4096, 10)).float()
    expected = generator.mapping(z).mean(dim=0, keepdim=True)
    torch.testing.assert_close(generator.w_avg(), expected, atol=1e-5, rtol=1e-5)
    again = stylegan_core.load(tmp_path / "550000.pt")
    assert again.card["content_hash"] == generator.card["content_hash"]


def test_a_converted_file_gives_the_same_bits(tmp_path: Path) -> None:
    generator, _ = opened(tmp_path / "550000.pt", snapshot())
    convert(tmp_path / "550000.pt", tmp_path / "converted.safetensors")
    converted = checkpoint.load(tmp_path / "converted.safetensors")
    assert torch.equal(picture.of_seed(generator, 3), picture.of_seed(converted, 3))


def refused(path: Path, content: Any) -> str:
    """Return the message with which a file of this content is refused."""
    torch.save(content, path)
    return refusal(path)


def test_files_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "odd.pt"
    content = snapshot()
    content["g_ema"]["surprise"] = torch.zeros(3)
    assert "has the unknown weight 'surprise'" in refused(path, content)
    content = snapshot()
    content["g_ema"]["convs.0.conv.blur.kernel"] *= 2
    assert "convs.0.conv.blur.kernel is not (1, 3, 3, 1)" in refused(path, content)
    content = snapshot()
    del content["g_ema"]["to_rgbs.2.bias"]
    assert "odd.pt (StyleGAN 2, rosinality" in refused(path, content)
    del content["g_ema"]["conv1.conv.weight"]
    assert "it lacks the weight 'conv1.conv.weight'" in refused(path, content)
    many = {f"to_rgbs.{i}.bias": torch.zeros(1, 3, 1, 1) for i in range(99)}
    content["g_ema"] |= many
    assert "99 resolutions" in refused(path, content)
