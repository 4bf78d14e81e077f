"""Opening models while the worker answers late or fails."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

from explorer.edit.edit import default_edit
from explorer.edit.ops import with_psi
from explorer.edit.session import Session
from explorer.export.recipe import ModelRef, Recipe
from explorer.gui.context import View
from explorer.gui.controllers.opening import OpeningController
from tests.explorer.model_infos import model_info_with

EDIT = with_psi(default_edit(8), 0.25)


def make_controller() -> tuple[OpeningController, Any]:
    """Return a controller without a window, and the Ui on which it works."""
    ui = Mock(session=Session(), view=View())
    preferences = Mock()
    preferences.settings.device = "auto"
    return OpeningController(ui, Mock(), Mock(), preferences, Mock(), Mock(), Mock()), ui


def test_a_recipe_waits_for_its_own_model() -> None:
    """The worker first reports an earlier model, which is not the recipe's."""
    controller, ui = make_controller()
    controller.open_model(Path("slow.safetensors"))
    controller.open_model(Path("own.safetensors"), Recipe(EDIT, ModelRef("own", "22")))
    controller.model_loaded(replace(model_info_with(8), path="slow.safetensors", digest="11"))
    assert ui.session.edit == default_edit(8)
    assert ui.view.loading == "own.safetensors"
    controller.model_loaded(replace(model_info_with(8), path="own.safetensors", digest="22"))
    assert ui.session.edit == EDIT
    assert ui.view.loading == ""


def test_a_recipe_that_does_not_fit_its_model_is_refused() -> None:
    controller, ui = make_controller()
    controller.open_model(Path("own.safetensors"), Recipe(default_edit(6), ModelRef("own", "22")))
    controller.model_loaded(replace(model_info_with(8), path="own.safetensors", digest="22"))
    assert ui.session.edit == default_edit(8)
    assert "it has 6 layers, the model has 8" in ui.say.call_args.args[0]


def test_a_warning_says_that_a_model_file_was_written_again_since_the_recipe() -> None:
    controller, ui = make_controller()
    controller.open_model(Path("latest.pkl"), Recipe(EDIT, ModelRef("latest", "22")))
    controller.model_loaded(replace(model_info_with(8), path="latest.pkl", digest="33"))
    assert ui.session.edit == EDIT
    assert "another model than it was made with, 'latest' (22)" in ui.say.call_args.args[0]
    controller.open_model(Path("own.pkl"), Recipe(EDIT, ModelRef("own", "44")))
    controller.model_loaded(replace(model_info_with(8), path="own.pkl", digest="44"))
    assert ui.say.call_args.args[0] == "Opened m."


def test_a_late_failure_of_another_model_keeps_the_recipe() -> None:
    controller, ui = make_controller()
    controller.open_model(Path("bad.safetensors"))
    controller.open_model(Path("own.safetensors"), Recipe(EDIT, ModelRef("own", "22")))
    controller.model_failed("bad.safetensors", "It is damaged.")
    controller.model_loaded(replace(model_info_with(8), path="own.safetensors", digest="22"))
    assert ui.session.edit == EDIT


def test_a_device_that_fails_gives_way_to_the_previous_one() -> None:
    controller, ui = make_controller()
    controller.open_model(Path("own.safetensors"))
    controller.model_loaded(replace(model_info_with(8), path="own.safetensors"))
    ui.session.change(EDIT)
    controller.use_device("cuda")
    assert (ui.view.device, ui.view.loading) == ("cuda", "own.safetensors")
    controller.model_failed("own.safetensors", "The device 'cuda' is not available here.")
    assert (ui.view.device, ui.view.loading) == ("auto", "")
    controller.use_device("cpu")
    controller.model_loaded(replace(model_info_with(8), path="own.safetensors"))
    assert (ui.view.device, ui.session.edit) == ("cpu", EDIT)


def test_a_first_model_that_failed_opens_on_another_device() -> None:
    """No other model is open to which the window could return."""
    controller, ui = make_controller()
    controller.open_model(Path("own.safetensors"), Recipe(EDIT, ModelRef("own", "22")))
    controller.model_failed("own.safetensors", "The device 'cuda' is not available here.")
    assert ui.view.loading == ""
    controller.use_device("cpu")
    assert ui.view.loading == "own.safetensors"
    controller.model_loaded(replace(model_info_with(8), path="own.safetensors", digest="22"))
    assert (ui.view.device, ui.session.edit) == ("cpu", EDIT)


def test_the_picture_of_the_previous_model_cannot_be_saved_for_the_new_one() -> None:
    controller, ui = make_controller()
    ui.view.pictured = EDIT
    controller.open_model(Path("next.safetensors"))
    controller.model_loaded(replace(model_info_with(8), path="next.safetensors"))
    assert ui.view.pictured is None
