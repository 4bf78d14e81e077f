"""Training on grey pictures, and on pictures with transparency."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from stylegan_core.data.dataset import open_dataset
from stylegan_core.data.decoding import Options
from stylegan_core.data.images import square, square_with_alpha
from stylegan_core.errors import UserError
from stylegan_core.training import augment, run_setup
from stylegan_core.training.inputs import with_channels
from tests.stylegan_core.cli.in_process import stylegan

SMALL = {"fmap_base": 64, "fmap_max": 8, "z_dim": 8, "w_dim": 8, "mapping_width": 8}
SMALL |= {"mbstd_features": 1, "start_resolution": 16}


@pytest.fixture(scope="module")
def transparent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine pictures of 20 x 16 px: soft discs of different colours."""
    folder = tmp_path_factory.mktemp("transparent")
    y, x = np.mgrid[:16, :20]
    for i in range(9):
        pixels = np.zeros((16, 20, 4), np.uint8)
        pixels[:, :, 0], pixels[:, :, 1], pixels[:, :, 2] = 25 * i, 10 * x, 14 * y
        pixels[:, :, 3] = np.clip(400 - 5 * ((x - 10) ** 2 + (y - 8) ** 2), 0, 255)
        Image.fromarray(pixels).save(folder / f"{i}.png")
    return folder


@pytest.mark.parametrize("channels", [1, 4])
def test_a_run_makes_pictures_of_the_kind_it_was_trained_on(
    transparent: Path, tmp_path: Path, channels: int
) -> None:
    host = run_setup.Host("cpu")
    changes = {"data": str(transparent), "resolution": 16, "image_channels": channels, **SMALL}
    trainer, data = run_setup.new_run(tmp_path / "run", "portraits-cpu", changes, host)[1:]
    for start in (0, 4):
        trainer.prepare()
        trainer.step(data.batch(start, 4, 0, mirror=True).images)
    generator = trainer.generator_ema
    w = generator.mapping(torch.randn(2, 8))
    ws = w[:, None].expand(-1, generator.num_layers, -1)
    assert generator.synthesis(ws).shape == (2, channels, 16, 16)


def test_the_command_takes_channels_and_refuses_others(transparent: Path, tmp_path: Path) -> None:
    result = stylegan(
        "train", "--data", transparent, "--resolution", 16, "--channels", 2, "--out", tmp_path / "r"
    )
    assert result.returncode == 2
    assert "image_channels must be 1 (grey), 3 (colour) or 4" in result.stderr


def test_prepared_pictures_keep_transparency(transparent: Path) -> None:
    opaque = open_dataset(str(transparent), 16)
    data = open_dataset(str(transparent), 16, options=Options(keeps_alpha=True))
    assert (opaque.images.shape, data.images.shape) == ((9, 3, 16, 16), (9, 4, 16, 16))
    colours, alpha = data.images[:, :3].astype(float), data.images[:, 3:].astype(float) / 255
    over_white = 255 + alpha * (colours - 255)
    assert np.abs(over_white - opaque.images).max() <= 1


@pytest.mark.parametrize("fit", ["crop", "pad"])
def test_transparency_is_cut_and_padded_as_colours_are(transparent: Path, fit: str) -> None:
    content = (transparent / "3.png").read_bytes()
    pixels = square_with_alpha(content, 16, fit).pixels  # type: ignore[arg-type]
    assert pixels.shape == (4, 16, 16)
    if fit == "pad":
        assert (pixels[:, 0] == 255).all(), "bars are white and opaque"
    else:
        with_own = np.asarray(Image.fromarray(pixels.transpose(1, 2, 0)).getchannel("A"))
        assert with_own.max() == 255
        assert with_own.min() < 30
    opaque = square(content, 16, fit).pixels  # type: ignore[arg-type]
    alpha = pixels[3:].astype(float) / 255
    assert np.abs(255 + alpha * (pixels[:3] - 255.0) - opaque).max() <= 1


def test_grey_is_the_usual_luma_and_opaque_pictures_get_an_alpha() -> None:
    rgb = torch.randint(0, 256, (5, 3, 8, 8), dtype=torch.uint8)
    grey = with_channels(rgb, 1)
    expected = np.stack(
        [np.asarray(Image.fromarray(p.permute(1, 2, 0).numpy()).convert("L")) for p in rgb]
    )
    assert np.abs(grey[:, 0].numpy().astype(int) - expected).max() <= 1
    same = rgb[:, :1].expand(-1, 3, -1, -1)
    assert torch.equal(with_channels(same, 1), same[:, :1])
    assert torch.equal(with_channels(rgb, 4)[:, :3], rgb)
    assert (with_channels(rgb, 4)[:, 3] == 255).all()
    assert torch.equal(with_channels(rgb, 3), rgb)


@pytest.mark.parametrize("channels", [1, 4])
def test_augmentation_keeps_grey_grey_and_transparency_as_it_is(channels: int) -> None:
    images = torch.rand(64, channels, 8, 8) * 2 - 1
    random = torch.Generator().manual_seed(0)
    drawn = augment.sample(64, torch.tensor(1.0), random)
    names = drawn._fields[augment.COLORS]
    still = drawn._replace(**{n: torch.zeros(64) for n in drawn._fields if n not in names})
    coloured = augment.apply(images, still)
    assert coloured.shape == images.shape
    assert not torch.allclose(coloured[:, :1], images[:, :1])
    if channels == 4:
        assert torch.equal(coloured[:, 3], images[:, 3])


def test_a_grey_model_is_trained_further_as_grey(transparent: Path, tmp_path: Path) -> None:
    from stylegan_core import checkpoint
    from tests.small_networks import TINY2, make_stylegan2

    model = tmp_path / "grey.safetensors"
    checkpoint.save(model, make_stylegan2(replace(TINY2, image_channels=1)), {})
    changes = {"data": str(transparent), "init_from": str(model), "enlarge": True}
    run = run_setup.new_run(tmp_path / "run", "stylegan2", changes, run_setup.Host("cpu"))
    assert run.trainer.config.network.image_channels == 1
    with pytest.raises(UserError, match="do not fit"):
        run_setup.new_run(
            tmp_path / "other",
            "stylegan2",
            {**changes, "image_channels": 3},
            run_setup.Host("cpu"),
        )
