"""A StyleGAN 2 in the window. It has the same panels; its last layer takes no noise."""

from dataclasses import replace
from pathlib import Path

import pytest

from explorer.edit.edit_json import from_json
from explorer.edit.ops import mix_of
from stylegan_core import checkpoint
from tests.explorer.gui.driver import OpenWindow
from tests.small_networks import TINY2, make_stylegan2

pytestmark = pytest.mark.window


def test_its_layers_take_a_mix_new_noise_and_truncation(
    open_window: OpenWindow, tmp_path: Path
) -> None:
    path = tmp_path / "two.safetensors"
    checkpoint.save(path, make_stylegan2(replace(TINY2, resolution=64)), {"name": "two"})
    window = open_window(str(path))
    pictures = {window.until_picture()["picture"]}
    window.drag_slider("mix.9", 0.25, 0.75)
    coloured = window.settle()
    assert mix_of(from_json(coloured["edit"]), 9) > 0.9
    pictures.add(coloured["picture"])
    window.press("n")
    rolled = window.settle()
    seeds = [noise["terms"][0]["seed"] for noise in rolled["edit"]["noise"]]
    assert 0 not in seeds[:9]
    assert seeds[9] == 0
    pictures.add(rolled["picture"])
    window.drag_slider("truncation.psi", 0.68, 0.2)
    pictures.add(window.settle()["picture"])
    assert len(pictures) == 4
