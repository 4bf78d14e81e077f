"""Everything that reads a file from outside, by the kind of file that it reads.

A target makes a hostile file from a seed's chance and reads it. It returns normally, or raises a
`UserError`; anything else is a fault.
"""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final

import stylegan_core
from explorer.edit.edit import default_edit
from explorer.edit.ops import with_psi
from explorer.edit.session import Session
from explorer.edit.timeline import Keyframe, Timeline
from explorer.export.recipe import ModelRef, Recipe
from explorer.export.recipe_json import read_recipe, to_text
from explorer.rendering.describe import model_info_of
from explorer.runs.watch import RunReader
from explorer.sessions.reading import read_session
from explorer.sessions.saved import SavedModel, SavedSession
from explorer.sessions.writing import to_text as session_to_text
from explorer.settings import load_settings
from stylegan_core import importers
from stylegan_core.cli.info import info
from stylegan_core.data.info import DatasetInfo
from stylegan_core.importers.latents import read_latent
from stylegan_core.training.config import TrainConfig
from stylegan_core.training.run_folder import RunFolder
from tests.explorer.model_infos import model_info_with
from tests.fuzz import archives, pickles
from tests.fuzz.json_values import hostile_json

Target = Callable[[Random, Path], object]


def _foreign(make: Callable[[Random], bytes], suffix: str) -> Target:
    """Return a target that describes, then opens a model file of another program."""

    def read(chance: Random, folder: Path) -> None:
        path = folder / f"file{suffix}"
        path.write_bytes(make(chance))
        if importers.is_foreign(path):
            importers.describe(path)
            _info(path)
            importers.load_all(path)
        model_info_of(stylegan_core.load(path), str(path))

    return read


def _info(path: Path) -> None:
    """Run `stylegan info`, whose output must obey nothing that the file says."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        info(path)
    assert printed.getvalue().replace("\n", "").isprintable()


def _checkpoint(chance: Random, folder: Path) -> None:
    path = folder / "file.safetensors"
    path.write_bytes(archives.checkpoint(chance))
    _info(path)
    model_info_of(stylegan_core.load(path), str(path))


def _latent(chance: Random, folder: Path) -> None:
    path = folder / "file.pt"
    path.write_bytes(chance.choice((archives.latents, pickles.anything, pickles.legacy))(chance))
    read_latent(path)


def _recipe(chance: Random, folder: Path) -> None:
    path = folder / "recipe.json"
    path.write_text(hostile_json(chance.choice(_recipes()), chance), "utf-8", "surrogatepass")
    read_recipe(path)


@cache
def _recipes() -> tuple[Any, ...]:
    edit, model = default_edit(6), ModelRef("m", "0" * 64)
    timeline = Timeline((Keyframe(edit, 1.0), Keyframe(default_edit(6, seeds=(3,)), 2.0)))
    return tuple(json.loads(to_text(Recipe(content, model))) for content in (edit, timeline))


def _session(chance: Random, folder: Path) -> None:
    path = folder / "file.session"
    summary, rest = _saved_session()
    if chance.random() < 0.3:
        summary = hostile_json(json.loads(summary), chance)
    else:
        rest = hostile_json(json.loads(rest), chance)
    path.write_text(f"{summary}\n{rest}", "utf-8", "surrogatepass")
    read_session(path)


@cache
def _saved_session() -> tuple[str, str]:
    """Return a session's two texts: the summary in its first line, and the rest."""
    session = Session(model_info_with(6))
    for psi in (0.5, 0.9):
        session.change(with_psi(session.edit, psi))
    model = SavedModel("/m.safetensors", "m", "0" * 64)
    summary, _, rest = session_to_text(SavedSession(session.work, model)).partition("\n")
    return summary, rest


def _run(chance: Random, folder: Path) -> None:
    """Follow the folder of a run, then read it as `stylegan train --resume` does."""
    launch = {"kimg": 0, "changes": {}, "device": "cpu", "processes": 1}
    values = {**TrainConfig().to_json(), "data_file": "x.u8", "sessions": [launch]}
    (folder / "config.json").write_text(hostile_json(values, chance), "utf-8", "surrogatepass")
    record = {"kimg": 1.0, "seconds": 2.0, "loss_g": 0.5}
    lines = [hostile_json(record, chance) for _ in range(3)]
    (folder / "log.jsonl").write_text("\n".join(lines) + "\n", "utf-8", "surrogatepass")
    RunReader(folder).poll()
    run = RunFolder(folder)
    run.read_config()
    run.working_seconds(5)


def _settings(chance: Random, folder: Path) -> None:
    path = folder / "settings.json"
    values = {
        "device": "auto",
        "ui_scale": 1.0,
        "cache_mb": 512,
        "last_folder": "/x",
        "recent_files": ["a", "b"],
        "recent_digests": ["0", "1"],
    }
    path.write_text(hostile_json(values, chance), "utf-8", "surrogatepass")
    assert load_settings(path).models_seen == {}


def _dataset(chance: Random, folder: Path) -> None:
    path = folder / "data.json"
    values = json.loads(DatasetInfo("x", 16, 2, labels=(0, 1), class_names=("a", "b")).to_json())
    path.write_text(hostile_json(values, chance), "utf-8", "surrogatepass")
    DatasetInfo.read(path)


TARGETS: Final[Mapping[str, Target]] = {
    "pickle of anything": _foreign(pickles.anything, ".pkl"),
    "pickle of a network": _foreign(pickles.network, ".pkl"),
    "pickle that repeats": _foreign(pickles.repeating, ".pkl"),
    "real pickle, hostile values": _foreign(pickles.real, ".pkl"),
    "real pickle, shapes without data": _foreign(pickles.without_data, ".pkl"),
    "PyTorch's older form": _foreign(pickles.legacy, ".pt"),
    "PyTorch's archive": _foreign(archives.torch_zip, ".pt"),
    "checkpoint": _checkpoint,
    "latent": _latent,
    "recipe": _recipe,
    "session": _session,
    "run": _run,
    "settings": _settings,
    "prepared data": _dataset,
}
