"""Projected latents opened in the real window: at its start, and dropped on it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import stylegan_core
from explorer.export.recipe import vector_digest
from explorer.export.recipe_json import read_recipe
from tests.explorer.gui.driver import OpenWindow
from tests.explorer.gui.xdnd import drop

pytestmark = pytest.mark.window


def test_projected_latents_open_as_faces(
    open_window: OpenWindow, model_path: Path, tmp_path: Path
) -> None:
    generator = stylegan_core.load(model_path)
    rng = np.random.default_rng(0)
    plus = rng.normal(size=(1, generator.num_layers, generator.w_dim)).astype(np.float32)
    paths = [tmp_path / name for name in ("projected_w.npz", "second.npy", "other.npz")]
    np.savez(paths[0], w=plus)
    np.save(paths[1], plus[0, :1] + 1)
    np.savez(paths[2], w=np.zeros((1, 18, 7), np.float32))
    window = open_window(str(model_path))
    window.until_picture()
    drop(window.display, window.centre("canvas"), [paths[0]])
    window.until_edit(lambda edit: "stored" in edit["sources"][0], "face A")
    first = window.settle()["edit"]
    assert first["sources"][0]["stored"] == vector_digest(plus[0])
    assert first["psi"] == 1.0
    assert "projected_w.npz is face A" in window.settle()["status"]
    drop(window.display, window.centre("canvas"), [paths[1]])
    window.until_edit(lambda edit: "stored" in edit["sources"][1], "face B")
    drop(window.display, window.centre("canvas"), [paths[2]])
    window.until_dialog("This latent cannot be shown")
    window.press("Escape")
    window.until_dialog(None)
    window.press("ctrl+z")
    window.until_edit(lambda edit: "stored" not in edit["sources"][1], "face B undone")
    window.settle()
    window.press("ctrl+s")
    window.until(lambda: window.state()["dialog"], "the dialog")
    window.press("Return")  # the name that is proposed
    window.until(lambda: "Saved" in window.state()["status"], "the picture to be saved")
    (saved,) = tmp_path.rglob("*.png")
    recipe = read_recipe(saved)
    assert np.array_equal(recipe.stored[vector_digest(plus[0])], plus[0])
