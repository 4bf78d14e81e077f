"""Grey and transparent models, in every picture of the window and in every export format."""

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
import torch

from explorer.edit.edit import default_edit
from explorer.edit.timeline import Keyframe, Timeline
from explorer.export.export import export_picture, export_timeline
from explorer.export.options import ExportOptions
from explorer.export.recipe_json import read_recipe
from explorer.export.scaling import over_white
from explorer.rendering.pausable import run_to_end
from explorer.rendering.renderer import Renderer
from stylegan_core.picture import as_rgb
from tests.pixels import pixels, stored_pixels
from tests.small_networks import TINY2, make_stylegan2

EDIT = default_edit(8)
TIMELINE = Timeline((Keyframe(EDIT, 0.2), Keyframe(default_edit(8, seeds=(5, 6)), 0.2)))
CHANNELS = (1, 2, 4)


@pytest.fixture(scope="module", params=CHANNELS, ids=["grey", "transparent grey", "transparent"])
def renderer(request: pytest.FixtureRequest) -> Renderer:
    return Renderer(make_stylegan2(replace(TINY2, image_channels=request.param)))


@pytest.mark.parametrize("channels", CHANNELS)
def test_pictures_keep_transparency_and_grey_becomes_rgb(channels: int) -> None:
    picture = Renderer(make_stylegan2(replace(TINY2, image_channels=channels))).render(EDIT)
    if channels == 1:
        assert picture.shape == (32, 32, 3)
    else:
        assert picture.shape == (32, 32, 4)
        assert picture[:, :, 3].std() > 5
    if channels < 3:
        assert np.ptp(picture[:, :, :3], axis=2).max() == 0


def test_previews_and_the_heat_map_are_rgb(renderer: Renderer) -> None:
    picture = renderer.render(EDIT)
    (preview,) = run_to_end(renderer.batches.render([EDIT]))
    assert preview.shape == (32, 32, 3)
    assert np.abs(preview.astype(int) - over_white(picture)).max() <= 2
    assert run_to_end(renderer.batches.heat_map(EDIT)).shape == (32, 32, 3)


def test_a_png_keeps_transparency(renderer: Renderer, tmp_path: Path) -> None:
    picture = renderer.render(EDIT)
    export_picture(renderer, EDIT, tmp_path / "a.png")
    assert np.array_equal(stored_pixels(tmp_path / "a.png"), picture)
    assert read_recipe(tmp_path / "a.png").edit == EDIT
    export_picture(renderer, EDIT, tmp_path / "large.png", ExportOptions(size=64))
    assert stored_pixels(tmp_path / "large.png").shape == (64, 64, picture.shape[2])


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.mp4", "frames"])
def test_every_format_shows_the_picture(renderer: Renderer, tmp_path: Path, name: str) -> None:
    options = ExportOptions(size=32, quality=100, crf=1)
    list(export_timeline(renderer, TIMELINE, tmp_path / name, options))
    frame, tolerance = first_frame(tmp_path / name)
    expected = renderer.render(TIMELINE.at(0))
    if frame.shape[2] == 3:
        expected = over_white(expected)
    else:  # what is wholly transparent has no colour
        assert np.abs(frame[:, :, 3].astype(int) - expected[:, :, 3]).max() <= 1
        frame, expected = over_white(frame), over_white(expected)
    assert np.abs(frame.astype(int) - expected).mean() < tolerance
    if name != "frames":
        assert read_recipe(tmp_path / name).content == TIMELINE


def first_frame(path: Path) -> tuple[np.ndarray, float]:
    """Return the first frame, and how far it may be from the picture on average."""
    if path.suffix == ".mp4":
        with av.open(str(path)) as video:
            return next(video.decode(video=0)).to_ndarray(format="rgb24"), 12.0
    if path.suffix == ".gif":
        return pixels(path), 6.0
    return stored_pixels(path / "000000.png" if path.is_dir() else path), 6.0


def test_white_lies_behind_transparency() -> None:
    """The closed form: c a + 1 - a, in the range 0 to 1."""
    rgba = torch.rand(2, 4, 5, 5)
    expected = rgba[:, :3] * rgba[:, 3:] + 1 - rgba[:, 3:]
    torch.testing.assert_close((as_rgb(rgba * 2 - 1) + 1) / 2, expected)
    grey = torch.rand(2, 1, 5, 5)
    assert torch.equal(as_rgb(grey), grey.repeat(1, 3, 1, 1))
    pixel = np.array([[[10, 20, 30, 0], [10, 20, 30, 255], [0, 0, 0, 128]]], np.uint8)
    assert over_white(pixel).tolist() == [[[255] * 3, [10, 20, 30], [127] * 3]]
