"""Options of the training dialog: what is refused, and the command line that they become."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from explorer.runs.train_options import TrainOptions, check, new_command, presets, spare_threads
from stylegan_core.errors import UserError
from stylegan_core.training.presets import PRESETS
from stylegan_core.training.run_setup import new_config


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"data": " "}, "Choose the pictures"),
        ({"data": "/no/such/folder"}, "no folder or zip file"),
        ({"data": __file__}, "neither a folder nor a zip"),
        ({"data": "portraits:x"}, "portraits"),
        ({"resolution": 48}, "48"),
        ({"more": "start_resolution=32"}, "start_resolution"),
        ({"kimg": 0}, "total_kimg"),
        ({"out": Path(__file__) / "run"}, "is a file"),
        ({"more": "r1_gama=5"}, "r1_gama"),
        ({"more": "r1_gamma"}, "NAME=VALUE"),
        ({"more": "labels='a"}, "further settings"),
        ({"start_from": Path("/no/model.safetensors")}, "no model"),
    ],
)
def test_bad_input_is_refused_before_anything_is_started(
    options: TrainOptions, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(UserError, match=words):
        check(replace(options, **changes))
    assert not options.out.exists()


@pytest.mark.parametrize("preset", [preset.name for preset in presets()])
@pytest.mark.parametrize("resolution", [8, 64])
def test_every_preset_takes_any_resolution(
    options: TrainOptions, preset: str, resolution: int
) -> None:
    """The window and the command line that it starts read the same options."""
    chosen = replace(options, preset=preset, resolution=resolution, more="")
    check(chosen)
    config = new_config(preset, {"data": "portraits:8", "resolution": resolution})
    assert config.resolution == resolution
    is_stylegan2 = preset in ("stylegan2", "portraits-stylegan2")
    assert config.start_resolution == (
        resolution if is_stylegan2 else min(PRESETS[preset].config.start_resolution, resolution)
    )
    assert PRESETS[preset].config.grows is not is_stylegan2


def test_a_folder_of_pictures_is_accepted(options: TrainOptions, tmp_path: Path) -> None:
    for k in range(9):
        shade = np.full((20, 20, 3), k, np.uint8)
        Image.fromarray(shade).save(tmp_path / f"{k}.png")
    check(replace(options, data=str(tmp_path), more=""))
    check(replace(options, data=str(tmp_path), start_from=tmp_path / "0.png"))


def test_the_command_line_holds_all_options(options: TrainOptions) -> None:
    line = new_command(replace(options, start_from=Path("m.safetensors"), more="a=1 b='x y'"), 3)
    text = " ".join(line[4:])
    assert text.startswith("--threads 3 --out ")
    assert "--data portraits:8 --resolution 16 --kimg 1000 --preset portraits-cpu" in text
    assert line[-6:] == ["--from", "m.safetensors", "--set", "a=1", "--set", "b=x y"]


def test_presets_begin_with_those_for_portraits() -> None:
    infos = presets()
    assert infos[0].name.startswith("portraits")
    assert {"config-a", "config-f"} <= {info.name for info in infos}
    assert all(info.purpose and info.kimg > 0 for info in infos)
    assert spare_threads() >= 1
