"""Every architecture goes into a checkpoint and comes back the same, also by the commands."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

import stylegan_core
from stylegan_core import checkpoint, picture
from stylegan_core.card import CheckpointError, read_card
from stylegan_core.networks import r3gan
from tests.small_networks import (
    R3GAN,
    R3GAN_CLASSES,
    STYLEGAN3_R,
    make_lucidrains,
    make_r3gan,
    make_stylegan1_rosinality,
    make_stylegan3,
    make_stylegan_xl,
    randomised,
)
from tests.stylegan_core.cli.in_process import stylegan

GENERATORS: dict[str, Any] = {
    "stylegan1 of rosinality": make_stylegan1_rosinality(),
    "stylegan2_lucidrains": make_lucidrains(),
    "stylegan3": make_stylegan3(),
    "stylegan3 R": make_stylegan3(STYLEGAN3_R),
    "stylegan_xl": make_stylegan_xl(),
    "r3gan": make_r3gan(),
    "r3gan with classes": make_r3gan(R3GAN_CLASSES),
}


@pytest.fixture(params=list(GENERATORS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def saved(name: str, tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    checkpoint.save(path, GENERATORS[name], {"name": name})
    return path


def test_a_saved_generator_makes_the_same_picture(name: str, saved: Path) -> None:
    loaded, before = stylegan_core.load(str(saved)), GENERATORS[name]
    assert type(loaded) is type(before)
    assert loaded.config == before.config
    index = 1 if before.c_dim else None
    pictures = [picture.of_seed(g, 5, class_index=index) for g in (loaded, before)]
    assert torch.equal(*pictures)
    assert read_card(saved)["architecture"] == name.split()[0]


def test_info_counts_the_weights_and_names_the_architecture(name: str, saved: Path) -> None:
    info = json.loads(stylegan("info", saved, "--json").stdout)
    trained = sum(weight.numel() for weight in GENERATORS[name].parameters())
    assert info["parameters"] == {"generator": trained}
    shown = stylegan("info", saved).stdout
    assert f"architecture: {name.split()[0]}" in shown
    assert max(map(len, shown.splitlines())) < 100


def test_generate_writes_a_picture(name: str, saved: Path, tmp_path: Path) -> None:
    options = ("--class", "2") if GENERATORS[name].c_dim else ()
    result = stylegan("generate", saved, "--seeds", "1", *options, "--out", tmp_path / "out")
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "out" / "seed0001.png").exists()


def test_a_missing_discriminator_is_explained(name: str, saved: Path) -> None:
    is_alone = name in ("stylegan_xl", "stylegan2_lucidrains")
    message = f"'{name}'.*no discr" if is_alone else "holds a generator only"
    with pytest.raises(CheckpointError, match=message):
        checkpoint.load_discriminator(saved)


def test_the_discriminator_of_r3gan_gives_the_same_scores(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    discriminator = randomised(r3gan.Discriminator, R3GAN)
    checkpoint.save(path, GENERATORS["r3gan"], {}, discriminator)
    images = torch.randn(4, 3, 32, 32)
    scores = checkpoint.load_discriminator(path)(images)
    torch.testing.assert_close(scores, discriminator(images), atol=0.02, rtol=0.02)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("resolution",), 64),
        (("output_scale",), 0),
        (("layers",), 3),
        (("layers",), []),
        (("layers",), ["L0_36_6", "L1_36_6"]),
        (("layers", 1), {}),
        (("layers", 1, "size"), 37),
        (("layers", 1, "to_rgb"), True),
        (("layers", 1, "size"), "36"),
        (("layers", 1, "name"), 5),
        (("layers", 1, "channels"), 2**40),
        (("layers", 1, "padding"), [10**9, 10**9]),
        (("layers", 1, "padding"), [9.5, 8.5]),
        (("layers", 1, "padding"), None),
        (("layers", 1, "clamp"), "none"),
        (("layers", 1, "up_taps"), 10**9),
        (("layers", 1, "cutoff"), float("inf")),
    ],
)
@pytest.mark.parametrize("name", ["stylegan3"])
def test_a_wrong_geometry_is_refused(saved: Path, path: tuple[Any, ...], value: Any) -> None:
    card = json.loads(json.dumps(read_card(saved)))
    *parents, last = ("config", *path)
    parent = card
    for key in parents:
        parent = parent[key]
    parent[last] = value
    save_file(load_file(saved), saved, metadata={"card": json.dumps(card)})
    with pytest.raises(CheckpointError, match="configuration makes no sense"):
        stylegan_core.load(str(saved))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("r3gan", {"widths": 3}),
        ("r3gan", {"blocks": [1, "2", 1, 1]}),
        ("r3gan", {"c_dim": 2}),
        ("stylegan2_lucidrains", {"widths": []}),
        ("stylegan2_lucidrains", {"widths": [8] * 10}),
        ("stylegan2_lucidrains", {"widths": [8, 0, 8]}),
        ("stylegan2_lucidrains", {"z_dim": 2**40}),
        ("stylegan2_lucidrains", {"mapping_depth": -1}),
        ("stylegan2_lucidrains", {"mapping_depth": "2"}),
        ("stylegan2_lucidrains", {"mapping_lr_multiplier": 0}),
        ("stylegan1 of rosinality", {"norm_epsilon": 0.0}),
        ("stylegan1 of rosinality", {"norm_epsilon": float("nan")}),
        ("stylegan1 of rosinality", {"norm_epsilon": "small"}),
        ("stylegan1 of rosinality", {"bias_before_blur": None}),
    ],
)
def test_wrong_sizes_are_refused(saved: Path, wrong: dict[str, Any]) -> None:
    card = read_card(saved)
    card = {**card, "config": {**card["config"], **wrong}}
    save_file(load_file(saved), saved, metadata={"card": json.dumps(card)})
    with pytest.raises(CheckpointError, match="configuration makes no sense"):
        stylegan_core.load(str(saved))
