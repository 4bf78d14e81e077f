"""Every kind of official file gives the official pictures and scores."""

from pathlib import Path

import pytest
import torch

import stylegan_core
from stylegan_core import checkpoint, importers, picture
from stylegan_core.cli.convert import convert
from tests.golden_files import assert_agrees
from tests.stylegan_core.importers.files import PICKLES, golden, pickle_of

PICTURES = {  # file -> its golden file, psi, cutoff, the key of the picture
    "sg1_tiny128_proto2": ("sg1_g", 0.7, 8, "out/img_psi0.7_cut8"),
    "sg1_tiny128_proto4": ("sg1_g", 0.7, 8, "out/img_psi0.7_cut8"),
    "sg2tf_skip64": ("sg2tf_skip", 0.7, 8, "out/img_psi0.7_cut8"),
    "sg2ada_skip64_proto3_np1": ("sg2_skip_g", 0.7, 8, "out/img_psi0.7_cut8"),
    "sg2ada_skip64_torch213": ("sg2_skip_g", 0.5, None, "out/img_psi0.5_nocut"),
    "sg3_t64_proto4_np1": ("sg3_t", 0.7, 8, "out/img_psi0.7_cut8"),
    "sg3_r64_torch213": ("sg3_r", 0.5, None, "out/img_psi0.5_nocut"),
    "xl_stem16_dill": ("xl_stem16", 0.7, None, "out/img_psi0.7"),
    "r3gan_uncond32_np1": ("r3gan_uncond", 1.0, None, "out/img"),
}
SCORES = {  # file -> its golden file, the key of the images
    "sg1_tiny128_proto4": ("sg1_d", "images_u8"),
    "sg2tf_skip64": ("sg2tf_skip", "images_u8"),
    "sg2ada_skip64_torch213": ("sg2_skip_d", "images_u8"),
    "r3gan_uncond32_np1": ("r3gan_uncond", "images"),
}


def test_every_file_is_tested() -> None:
    assert {path.stem for path in PICKLES} == PICTURES.keys()


@pytest.mark.parametrize("name", PICTURES)
@torch.inference_mode()
def test_pictures_agree_with_the_official_code(name: str) -> None:
    golden_name, psi, cutoff, key = PICTURES[name]
    official, generator = golden(golden_name), stylegan_core.load(pickle_of(name))
    expected = official[key]
    count = len(expected)
    c = official["labels"][:count] if generator.c_dim else None
    w = generator.mapping(official["z"][:count], c)
    ws = picture.broadcast(generator, w, psi, cutoff, c)
    assert_agrees(generator.synthesis(ws, generator.stored_noise), expected)


@pytest.mark.parametrize("name", SCORES)
@torch.inference_mode()
def test_scores_agree_with_the_official_code(name: str) -> None:
    golden_name, key = SCORES[name]
    official, (_, discriminator) = golden(golden_name), importers.load_all(pickle_of(name))
    assert discriminator is not None
    images = official[key]
    images = images.float() / 127.5 - 1 if key == "images_u8" else images
    scores = official["out/scores"]
    assert_agrees(discriminator(images).view_as(scores), scores)


@pytest.mark.parametrize("name", PICTURES)
def test_a_converted_file_gives_the_same_bits(tmp_path: Path, name: str) -> None:
    out = tmp_path / "converted.safetensors"
    convert(pickle_of(name), out)
    original, converted = stylegan_core.load(pickle_of(name)), stylegan_core.load(out)
    class_index = 1 if original.c_dim else None
    pictures = [picture.of_seed(g, 4, class_index=class_index) for g in (original, converted)]
    assert torch.equal(*pictures)
    assert converted.card["content_hash"] == original.card["content_hash"]
    _, official = importers.load_all(pickle_of(name))
    if official is not None:
        kept = checkpoint.load_discriminator(out).state_dict()
        assert all(torch.equal(kept[k], value) for k, value in official.state_dict().items())
