"""Opening models while the worker answers late or fails."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from explorer.edit.edit import default_edit
from explorer.edit.ops import with_psi
from explorer.edit.session import Session
from explorer.export.recipe import ModelRef, Recipe
from explorer.gui.context import View
from explorer.gui.controllers.device import DeviceController
from explorer.gui.controllers.models import ModelsController
from explorer.gui.controllers.recipes import RecipeController
from tests.explorer.model_infos import model_info_with

EDIT = with_psi(default_edit(8), 0.25)


@dataclass
class Openers:
    """The controllers that open models, without a window, and the Ui on which they work."""

    ui: Any
    dialogs: Any
    device: DeviceController
    models: ModelsController
    recipes: RecipeController

    def loaded(self, name: str, digest: str = "22") -> None:
        self.models.model_loaded(replace(model_info_with(8), path=name, digest=digest))


@pytest.fixture
def openers() -> Openers:
    ui, dialogs, preferences = Mock(session=Session(), view=View()), Mock(), Mock()
    preferences.settings.device = "auto"
    device = DeviceController(ui, dialogs, preferences, lambda: models.reopen())
    models = ModelsController(ui, dialogs, preferences, device, Mock())
    recipes = RecipeController(ui, dialogs, Mock(), preferences, models, Mock())
    return Openers(ui, dialogs, device, models, recipes)


def test_a_recipe_waits_for_its_own_model(openers: Openers) -> None:
    """The worker first reports an earlier model, which is not the recipe's."""
    openers.models.open(Path("slow.safetensors"))
    openers.recipes.open_with(Path("own.safetensors"), Recipe(EDIT, ModelRef("own", "22")))
    openers.loaded("slow.safetensors", "11")
    assert openers.ui.session.edit == default_edit(8)
    assert openers.ui.view.loading == "own.safetensors"
    openers.loaded("own.safetensors", "22")
    assert openers.ui.session.edit == EDIT
    assert openers.ui.view.loading == ""


def test_a_recipe_that_does_not_fit_its_model_is_refused(openers: Openers) -> None:
    openers.recipes.open_with(
        Path("own.safetensors"), Recipe(default_edit(6), ModelRef("own", "22"))
    )
    openers.loaded("own.safetensors", "22")
    assert openers.ui.session.edit == default_edit(8)
    assert "it has 6 layers, the model has 8" in openers.dialogs.refuse.call_args.args[1]


def test_a_warning_says_that_a_model_file_was_written_again_since_the_recipe(
    openers: Openers,
) -> None:
    openers.recipes.open_with(Path("latest.pkl"), Recipe(EDIT, ModelRef("latest", "22")))
    openers.loaded("latest.pkl", "33")
    assert openers.ui.session.edit == EDIT
    assert "another model than it was made with, 'latest' (22)" in openers.ui.say.call_args.args[0]
    openers.recipes.open_with(Path("own.pkl"), Recipe(EDIT, ModelRef("own", "44")))
    openers.loaded("own.pkl", "44")
    assert openers.ui.say.call_args.args[0] == "Opened m."


def test_a_late_failure_of_another_model_keeps_the_recipe(openers: Openers) -> None:
    openers.models.open(Path("bad.safetensors"))
    openers.recipes.open_with(Path("own.safetensors"), Recipe(EDIT, ModelRef("own", "22")))
    openers.models.model_failed("bad.safetensors", "It is damaged.")
    openers.loaded("own.safetensors", "22")
    assert openers.ui.session.edit == EDIT


def test_a_device_that_fails_gives_way_to_the_previous_one(openers: Openers) -> None:
    openers.models.open(Path("own.safetensors"))
    openers.loaded("own.safetensors")
    openers.ui.session.change(EDIT)
    openers.device.use("cuda")
    assert (openers.ui.view.device, openers.ui.view.loading) == ("cuda", "own.safetensors")
    openers.models.model_failed("own.safetensors", "The device 'cuda' is not available here.")
    assert (openers.ui.view.device, openers.ui.view.loading) == ("auto", "")
    openers.device.use("cpu")
    openers.loaded("own.safetensors")
    assert (openers.ui.view.device, openers.ui.session.edit) == ("cpu", EDIT)


def test_a_first_model_that_failed_opens_on_another_device(openers: Openers) -> None:
    """No other model is open to which the window could return."""
    openers.recipes.open_with(Path("own.safetensors"), Recipe(EDIT, ModelRef("own", "22")))
    openers.models.model_failed("own.safetensors", "The device 'cuda' is not available here.")
    assert openers.ui.view.loading == ""
    openers.device.use("cpu")
    assert openers.ui.view.loading == "own.safetensors"
    openers.loaded("own.safetensors", "22")
    assert (openers.ui.view.device, openers.ui.session.edit) == ("cpu", EDIT)


def test_the_picture_of_the_previous_model_cannot_be_saved_for_the_new_one(
    openers: Openers,
) -> None:
    openers.ui.view.pictured = EDIT
    openers.models.open(Path("next.safetensors"))
    openers.loaded("next.safetensors")
    assert openers.ui.view.pictured is None


def test_a_task_waits_for_whichever_model_opens(openers: Openers) -> None:
    """It is done after the task of the model itself, and once."""
    done: list[str] = []
    openers.models.open(Path("own.safetensors"), lambda model: done.append(f"own {model.digest}"))
    openers.models.do_when_open(lambda model: done.append(f"any {model.digest}"))
    assert openers.models.has_task_for(Path("own.safetensors"))
    openers.loaded("other.safetensors")
    assert done == []
    for _ in range(2):
        openers.loaded("own.safetensors")
    assert done == ["own 22", "any 22"]
    openers.models.open(Path("bad.safetensors"))
    openers.models.do_when_open(lambda model: done.append("late"))
    openers.models.model_failed("bad.safetensors", "It is damaged.")
    openers.models.open(Path("own.safetensors"))
    openers.loaded("own.safetensors")
    assert done == ["own 22", "any 22"], "no model was opened for it"
