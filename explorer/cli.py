"""The command `stylegan-explorer`: the window, and rendering without one."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import tyro

from explorer.export.embedding import KINDS
from explorer.export.export import export_picture, export_timeline
from explorer.export.model_files import ModelMissing, find_model
from explorer.export.options import ExportOptions, format_of, limit_note, parse_fps
from explorer.export.recipe import ModelRef, Recipe, for_model
from explorer.export.recipe_json import read_recipe
from explorer.export.scaling import Scaling
from explorer.export.writers import FILE_SUFFIXES
from explorer.rendering.jobs import Steps
from explorer.rendering.loaded_model import LoadedModel, open_model
from stylegan_core.durations import duration
from stylegan_core.errors import UserError
from stylegan_core.exit_codes import DONE, exit_code_of
from stylegan_core.leftovers import remove_leftovers
from stylegan_core.terminal import complain, protect, rewrite

_WITHOUT_WINDOW = "'stylegan-explorer render' and 'stylegan' work without it."


def window(
    file: Annotated[
        tyro.conf.Positional[Path | None],
        tyro.conf.arg(
            metavar="[FILE]",
            help=f"A model, a recipe ({KINDS} from StyleGAN Explorer), a session, a "
            "projected latent (NPZ, NPY or PT), or the folder of a training run. Without one, the "
            "last session opens again.",
        ),
    ] = None,
) -> int:
    """Explore a StyleGAN by hand, in a window.

    For example:
    - stylegan-explorer: go on with the last session, at first with a bundled model
    - stylegan-explorer model.safetensors: open another model
    - stylegan-explorer face.png: restore a picture from the recipe inside it
    - stylegan-explorer projected_w.npz: show what a projector found for a photo, as a face
    - stylegan-explorer runs/mine: follow a training run
    - stylegan-explorer render --help: how to render a recipe without a window
    """
    _check_toolkit()
    if file is not None and not os.path.exists(file):
        raise UserError(f"There is no file {file}.")
    from explorer.gui.app import run

    return run(None if file is None else str(file))


def render(
    recipe: Annotated[
        tyro.conf.Positional[Path],
        tyro.conf.arg(metavar="RECIPE", help=f"A file with a recipe: {KINDS}."),
    ],
    out: Annotated[
        tyro.conf.Positional[Path],
        tyro.conf.arg(
            metavar="OUT",
            help="For an edit, NAME.png. For a timeline, NAME with one of the suffixes "
            f"{', '.join(FILE_SUFFIXES)}, or NAME alone for a folder of PNG frames.",
        ),
    ],
    model: Path | None = None,
    size: int | None = None,
    fps: str = "30",
    scaling: Scaling = "lanczos",
    device: str = "auto",
) -> int:
    """Render a recipe without a window: an edit to a picture, a timeline to a video or frames.

    For example:
    - stylegan-explorer render face.png again.png
    - stylegan-explorer render timeline.json timeline.mp4 --fps 60 --size 1024
    - stylegan-explorer render timeline.mp4 frames --model model.safetensors

    Args:
        model: The model to use. The default is the one that the recipe names, if it came with the
            program.
        size: Width and height in pixels. The default is the model's own resolution, and at least
            512 for videos.
        fps: Frames per second of a timeline, such as 30, 29.97 or 30000/1001.
        scaling: How to enlarge pictures: lanczos is smooth, nearest repeats pixels.
        device: cpu, cuda, cuda-half (float16), mps, or auto for the best device of this computer.
    """
    original = read_recipe(recipe)
    loaded = open_model(_model_path(original.model, model), device)
    fitted = _fitted(original, loaded)
    options = ExportOptions(size=size, fps=parse_fps(fps), scaling=scaling)
    _write(fitted, loaded, out, options)
    return DONE


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code: 0 done, 1 failed, 2 bad input, 130 interrupted.

    Options that cannot be parsed raise SystemExit(2), as is usual for command lines.
    """
    args = list(sys.argv[1:] if argv is None else argv)
    protect()
    remove_leftovers()
    if args[:1] == ["render"]:
        prog = "stylegan-explorer render"
        return exit_code_of(lambda: tyro.cli(render, args=args[1:], prog=prog))
    return exit_code_of(lambda: tyro.cli(window, args=args, prog="stylegan-explorer"))


def _check_toolkit() -> None:
    """Raise `UserError` unless Dear PyGui can be loaded."""
    try:
        importlib.import_module("dearpygui.dearpygui")
    except ModuleNotFoundError as error:
        raise UserError(
            "The window needs dearpygui, which is not installed: pip install dearpygui. "
            f"{_WITHOUT_WINDOW}"
        ) from error
    except (ImportError, OSError) as error:
        raise UserError(
            f"The window cannot be opened because dearpygui cannot be loaded: {error}. On Debian "
            "and Ubuntu install what it needs with 'apt-get install libx11-6 libgl1 libstdc++6'; "
            f"it also needs glibc 2.34 (Debian 12, Ubuntu 22.04) or newer. {_WITHOUT_WINDOW}"
        ) from error


def _model_path(ref: ModelRef, chosen: Path | None) -> Path:
    if chosen is not None:
        return chosen
    if not ref.name and not ref.digest:
        raise ModelMissing("The recipe names no model: choose one with --model FILE.")
    try:
        return find_model(ref)
    except ModelMissing as error:
        raise ModelMissing(f"{error} Choose its file, or another, with --model FILE.") from error


def _fitted(recipe: Recipe, loaded: LoadedModel) -> Recipe:
    """Fit a recipe to the model; tell the user if it was made with another one."""
    model_info = loaded.model_info
    if recipe.model.digest not in ("", model_info.digest):
        complain(
            f"Note: the recipe was made with the model {recipe.model.known_as}; "
            f"with {model_info.name} the picture differs."
        )
    return for_model(recipe, model_info)


def _write(recipe: Recipe, loaded: LoadedModel, out: Path, options: ExportOptions) -> None:
    renderer = loaded.renderer
    if recipe.timeline is None:
        export_picture(renderer, recipe.edit, out, options, recipe.stored)
        return
    steps = export_timeline(renderer, recipe.timeline, out, options, recipe.stored)
    if note := limit_note(options, format_of(out)[1]):
        complain(f"Note: {note}")
    with contextlib.closing(steps):
        _show_progress(steps)


def _show_progress(steps: Steps) -> None:
    """Run an export to its end; in a terminal, rewrite one line with the progress."""
    started_s = time.monotonic()
    is_terminal = sys.stderr.isatty()
    done = total = 0
    for done, total in steps:
        if is_terminal and done:
            left_s = (time.monotonic() - started_s) / done * (total - done)
            rewrite(f"frame {done} of {total}, {duration(left_s)} left ", sys.stderr)
    if is_terminal:
        rewrite("", sys.stderr)
    complain(f"{done} of {total} frames in {time.monotonic() - started_s:.1f} s")
