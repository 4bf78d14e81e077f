"""Checkpoints come back as they were written; a wrong file is named for what it is."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

import stylegan_core
from stylegan_core import checkpoint
from stylegan_core.card import CheckpointError, read_card, read_header
from stylegan_core.networks.stylegan1 import Discriminator, Generator
from stylegan_core.networks.stylegan2.config import StyleGAN2Config
from tests.small_networks import (
    TINY,
    TINY2,
    make_generator,
    make_stylegan2,
    make_stylegan2_discriminator,
)


@pytest.fixture
def saved(tmp_path: Path, tiny_generator: Generator, tiny_discriminator: Discriminator) -> Path:
    path = tmp_path / "tiny.safetensors"
    checkpoint.save(path, tiny_generator, {"name": "tiny", "licence": "MIT"}, tiny_discriminator)
    return path


def rewrite(path: Path, card: dict[str, Any] | None = None, drop: str = "") -> None:
    """Change the card of a checkpoint, or leave a weight out."""
    tensors = {name: value for name, value in load_file(path).items() if name != drop}
    save_file(tensors, path, metadata={"card": json.dumps({**read_card(path), **(card or {})})})


def test_a_saved_generator_makes_the_same_picture(saved: Path, tiny_generator: Generator) -> None:
    loaded = stylegan_core.load(str(saved))
    ws = tiny_generator.mapping(torch.randn(1, TINY.z_dim)).unsqueeze(1).repeat(1, 8, 1)
    before = tiny_generator.synthesis(ws, tiny_generator.stored_noise)
    assert torch.equal(loaded.synthesis(ws, loaded.stored_noise), before)
    assert loaded.card["name"] == "tiny"


def test_the_discriminator_is_saved_in_half_precision(
    saved: Path, tiny_discriminator: Discriminator
) -> None:
    images = torch.randn(4, 3, 32, 32)
    scores = checkpoint.load_discriminator(saved)(images)
    assert torch.allclose(scores, tiny_discriminator(images), atol=0.01)
    tensors = read_header(saved).tensors.items()
    assert {t.dtype for name, t in tensors if name.startswith("discriminator.")} == {"F16"}


def test_the_card_is_read_without_weights(saved: Path) -> None:
    card = read_card(saved)
    assert card["architecture"] == "stylegan1"
    assert card["config"]["resolution"] == 32
    assert card["licence"] == "MIT"


def test_the_content_hash_follows_the_weights(tmp_path: Path, saved: Path) -> None:
    other, same = tmp_path / "other.safetensors", tmp_path / "same.safetensors"
    checkpoint.save(other, make_generator(seed=7), {})
    checkpoint.save(same, make_generator(), {"name": "another name"})
    hashes = [read_card(path)["content_hash"] for path in (saved, same, other)]
    assert hashes[0] == hashes[1] != hashes[2]


def with_table(wrong: dict[str, Any]) -> bytes:
    """A file with one empty tensor, described wrongly."""
    entry = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0], **wrong}
    header = json.dumps({"a": entry}).encode()
    return len(header).to_bytes(8, "little") + header


@pytest.mark.parametrize("kept", [0, 5, 8, 100, 3000, -1])
def test_a_truncated_file_is_named(saved: Path, kept: int) -> None:
    data = saved.read_bytes()
    saved.write_bytes(data[:kept])
    with pytest.raises(CheckpointError, match=r"empty|not a safetensors|incomplete"):
        stylegan_core.load(str(saved))


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"PK\x03\x04" + b"\0" * 100, "zip archive"),
        (b"\x80\x04\x95" + b"\0" * 100, "pickle"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "of another kind: PNG;"),
        (b"hello, this is a text file and not a model", "not a safetensors file"),
        (b"<!doctype html><title>Quota exceeded", "web page .download the file itself"),
        (b"version https://git-lfs.github.com/spec/v1\n", "pointer .run 'git lfs pull'"),
        (b"\x1f\x8b\x08 a packed model", "archive .unpack it first"),
        ((20).to_bytes(8, "little") + b"[[[[[[[[[[[[[[[[[[[[", "not a safetensors file"),
        ((4).to_bytes(8, "little") + b"[12]", "not a safetensors file"),
        ((2**62).to_bytes(8, "little") + b"{}", "not a safetensors file"),
        ((13).to_bytes(8, "little") + b'{"a":{"b":1}}', "table of tensors"),
        (with_table({"shape": ["a"]}), "table of tensors"),
        (with_table({"dtype": 3}), "table of tensors"),
        (with_table({"data_offsets": [0, float("inf")]}), "table of tensors"),
    ],
)
def test_foreign_and_hostile_files_are_named(tmp_path: Path, content: bytes, named: str) -> None:
    path = tmp_path / "renamed.safetensors"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=named):
        stylegan_core.load(str(path))


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="No such file"):
        stylegan_core.load(str(tmp_path / "nothing.safetensors"))
    with pytest.raises(CheckpointError, match="directory"):
        stylegan_core.load(str(tmp_path))


def test_safetensors_of_another_program_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "lora.safetensors"
    save_file({"up.weight": torch.zeros(2)}, path, metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match="holds no network that this program knows"):
        stylegan_core.load(str(path))


@pytest.mark.parametrize(
    ("card", "named"),
    [
        ({"architecture": "stylegan9"}, "stylegan9"),
        ({"card_version": 99}, "newer version"),
        ({"card_version": "x"}, "card cannot be read"),
        ({"config": {"resolution": 2**40}}, "configuration"),
        ({"config": {"surprise": 1}}, "configuration"),
        ({"config": 3}, "configuration"),
        ({"config": {"fmap_base": 128.0}}, "configuration"),
        ({"config": {"z_dim": 10**19}}, "configuration"),
        ({"config": {"mapping_lr_multiplier": 0}}, "configuration"),
        ({"config": {"resolution": 64}}, "does not fit"),
    ],
)
def test_wrong_cards_are_refused(saved: Path, card: dict[str, Any], named: str) -> None:
    rewrite(saved, card)
    with pytest.raises(CheckpointError, match=named):
        stylegan_core.load(str(saved))


def test_a_card_holds_whole_characters_only(saved: Path) -> None:
    """JSON can hold halves of characters, which no widget can show."""
    rewrite(saved, {"name": "a\ud800b"})
    assert read_card(saved)["name"] == "a\N{REPLACEMENT CHARACTER}b"
    assert stylegan_core.load(str(saved)).card["name"] == "a\N{REPLACEMENT CHARACTER}b"


def test_a_missing_weight_is_named(saved: Path) -> None:
    rewrite(saved, drop="generator.const")
    with pytest.raises(CheckpointError, match=r"lacks 1 weights.*const"):
        stylegan_core.load(str(saved))


def test_a_generator_alone_has_no_discriminator_to_load(
    tmp_path: Path, tiny_generator: Generator
) -> None:
    path = tmp_path / "generator.safetensors"
    checkpoint.save(path, tiny_generator, {})
    with pytest.raises(CheckpointError, match="no discriminator"):
        checkpoint.load_discriminator(path)


def test_a_failed_save_leaves_the_old_file(saved: Path, tiny_generator: Generator) -> None:
    before = saved.read_bytes()
    with pytest.raises(TypeError):
        checkpoint.save(saved, tiny_generator, {"name": object()})
    assert saved.read_bytes() == before
    assert list(saved.parent.iterdir()) == [saved]


def test_opening_does_not_load_pytorchs_compiler(saved: Path) -> None:
    """Arithmetic on weights that have no memory yet would load it, which takes seconds."""
    code = (
        "import sys, stylegan_core; from pathlib import Path;"
        "stylegan_core.load(Path(sys.argv[1])); sys.exit('sympy' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(saved)]
    assert subprocess.run(command, cwd=Path(__file__).parents[2], check=False).returncode == 0


STYLEGAN2 = {
    "skip": TINY2,
    "resnet with classes": replace(
        TINY2,
        generator_architecture="resnet",
        discriminator_architecture="skip",
        c_dim=3,
        conv_clamp=256,
        mbstd_group_size=None,
    ),
    "first release with classes": replace(TINY2, c_dim=2, labels="concat", dense_width=5),
}


@pytest.mark.parametrize("config", STYLEGAN2.values(), ids=STYLEGAN2.keys())
def test_stylegan_2_makes_the_same_pictures_and_scores(
    tmp_path: Path, config: StyleGAN2Config
) -> None:
    generator, path = make_stylegan2(config), tmp_path / "two.safetensors"
    discriminator = make_stylegan2_discriminator(config)
    checkpoint.save(path, generator, {"name": "two"}, discriminator)
    loaded = stylegan_core.load(str(path))
    assert loaded.config == config
    ws = torch.randn(2, 8, config.w_dim)
    expected = generator.synthesis(ws, generator.stored_noise)
    assert torch.equal(loaded.synthesis(ws, loaded.stored_noise), expected)
    c = torch.eye(config.c_dim)[[0, 1]] if config.c_dim else None
    scores = checkpoint.load_discriminator(path)(expected, c)
    assert torch.allclose(scores, discriminator(expected, c), rtol=0.02, atol=0.02)
    card = read_card(path)
    assert card["architecture"] == "stylegan2"
    assert card["config"]["resample_filter"] == [1, 3, 3, 1]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"resample_filter": 3}, "configuration"),
        ({"resample_filter": [1, 2]}, "configuration"),
        ({"generator_architecture": "none"}, "configuration"),
        ({"generator_architecture": "resnet"}, "does not fit"),
        ({"resolution": 64}, "does not fit"),
    ],
)
def test_wrong_cards_of_stylegan_2_are_refused(
    tmp_path: Path, changes: dict[str, Any], named: str
) -> None:
    path = tmp_path / "two.safetensors"
    checkpoint.save(path, make_stylegan2(), {})
    rewrite(path, {"config": {**read_card(path)["config"], **changes}})
    with pytest.raises(CheckpointError, match=named):
        stylegan_core.load(str(path))
