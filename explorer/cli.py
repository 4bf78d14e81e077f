"""`stylegan-explorer`: the window, and rendering without one."""

from __future__ import annotations

import contextlib
import importlib
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import tyro

from explorer.export.model_files import ModelMissing, find_model
from explorer.export.recipe import ModelRef, Recipe, for_model, read_recipe
from explorer.export.writers import Scaling
from explorer.rendering.failures import message_of
from explorer.rendering.loaded_model import LoadedModel, open_model
from stylegan_core.errors import UserError
from stylegan_core.exit_codes import FAILED, exit_code_of

_WITHOUT_WINDOW = "'stylegan-explorer render' and 'stylegan' work without it."

PositionalPath = tyro.conf.Positional[Path]


def window(
    file: Annotated[tyro.conf.Positional[Path | None], tyro.conf.arg(metavar="[FILE]")] = None,
) -> int:
    """Explore a StyleGAN by hand, in a window.

    For example:
    - stylegan-explorer: opens the model that comes with the program
    - stylegan-explorer model.safetensors: opens a model
    - stylegan-explorer face.png: restores the picture from the recipe inside it
    - stylegan-explorer runs/mine: follows a training run
    - stylegan-explorer render --help: how to render a recipe without a window

    Args:
        file: A model; a recipe: JSON, or a PNG, GIF, WebP or MP4 made by StyleGAN Explorer; or the
            folder of a training run.
    """
    _check_toolkit()
    if file is not None and not file.exists():
        raise UserError(f"There is no file {file}.")
    from explorer.gui.app import run

    return run(None if file is None else str(file))


def render(
    recipe: Annotated[PositionalPath, tyro.conf.arg(metavar="RECIPE")],
    out: Annotated[PositionalPath, tyro.conf.arg(metavar="OUT")],
    model: Path | None = None,
    size: int | None = None,
    fps: str = "30",
    scaling: Scaling = "lanczos",
    device: str = "auto",
) -> int:
    """Render a recipe without a window: an edit to a picture, a timeline to a video or frames.

    For example:
    - stylegan-explorer render face.png again.png
    - stylegan-explorer render journey.json journey.mp4 --fps 60 --size 1024
    - stylegan-explorer render journey.mp4 frames --model model.safetensors

    Args:
        recipe: JSON, or a PNG, GIF, WebP or MP4 that carries its recipe.
        out: NAME.png for an edit; NAME.mp4, .gif or .webp for a timeline, or NAME for PNG frames.
        model: The model to use; without it the one the recipe names, if it came with the program.
        size: Side of the picture in pixels; by default that of the model, for videos at least 512.
        fps: Frames per second of a timeline: 30, 29.97, 30000/1001.
        scaling: Lanczos for smooth enlarging, nearest to repeat pixels.
        device: cpu, cuda, cuda-half (float16), mps, or auto for the best one here.
    """
    content = read_recipe(recipe)
    loaded = open_model(_model_path(content.model, model), device)
    content = _for_model(content, loaded)
    try:
        _write(content, loaded, out, size, fps, scaling)
    except (RuntimeError, MemoryError) as error:
        print(f"Failed: {message_of(error)}", file=sys.stderr)
        return FAILED
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code: 0 done, 1 failed, 2 bad input, 130 interrupted.

    Options that make no sense leave through SystemExit(2), as command lines do.
    """
    args = list(sys.argv[1:] if argv is None else argv)
    if args[:1] == ["render"]:
        prog = "stylegan-explorer render"
        return exit_code_of(lambda: tyro.cli(render, args=args[1:], prog=prog))
    return exit_code_of(lambda: tyro.cli(window, args=args, prog="stylegan-explorer"))


def _check_toolkit() -> None:
    """Raises UserError where Dear PyGui is not installed or cannot be loaded."""
    try:
        importlib.import_module("dearpygui.dearpygui")
    except ModuleNotFoundError as error:
        raise UserError(
            "The window needs dearpygui, which is not installed: pip install dearpygui. "
            f"{_WITHOUT_WINDOW}"
        ) from error
    except (ImportError, OSError) as error:
        raise UserError(
            f"The window cannot be opened, for dearpygui cannot be loaded: {error}. On Debian and "
            "Ubuntu install what it needs by 'apt-get install libx11-6 libgl1 libstdc++6'; it also "
            f"needs glibc 2.34 (Debian 12, Ubuntu 22.04) or newer. {_WITHOUT_WINDOW}"
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


def _for_model(recipe: Recipe, loaded: LoadedModel) -> Recipe:
    """The recipe fitted to the model, with a word to the user when it was made with another."""
    model_info = loaded.model_info
    if recipe.model.digest not in ("", model_info.digest):
        print(
            f"Note: the recipe was made with the model {recipe.model.known_as}; "
            f"with {model_info.name} the picture differs.",
            file=sys.stderr,
        )
    return for_model(recipe, model_info)


def _write(
    recipe: Recipe, loaded: LoadedModel, out: Path, size: int | None, fps: str, scaling: Scaling
) -> None:
    from explorer.export import export

    options = export.ExportOptions(size=size, fps=export.parse_fps(fps), scaling=scaling)
    renderer = loaded.renderer
    if recipe.timeline is None:
        export.export_picture(renderer, recipe.edit, out, options, recipe.stored)
        return
    steps = export.export_timeline(renderer, recipe.timeline, out, options, recipe.stored)
    with contextlib.closing(steps):
        _show_progress(steps)


def _show_progress(steps: Iterator[tuple[int, int]]) -> None:
    """Run an export to its end, with one line on the terminal that keeps itself current."""
    started_s = time.monotonic()
    lively = sys.stderr.isatty()
    done = total = 0
    for done, total in steps:
        if lively and done:
            left_s = (time.monotonic() - started_s) / done * (total - done)
            clock = f"{int(left_s) // 60}:{int(left_s) % 60:02d}"
            print(f"\rframe {done} of {total}, {clock} left ", end="", file=sys.stderr)
    seconds = time.monotonic() - started_s
    start = "\r" if lively else ""
    print(f"{start}{done} of {total} frames in {seconds:.1f} s", file=sys.stderr)
