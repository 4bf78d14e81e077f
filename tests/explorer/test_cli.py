"""The command `stylegan-explorer`: rendering without a window, errors, and what it imports."""

import importlib.util
import os
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from explorer import cli
from explorer.edit.edit import Edit, default_edit
from explorer.edit.flow import NoiseFlow
from explorer.edit.model_info import ModelInfo
from explorer.edit.timeline import Timeline
from explorer.export import model_files
from explorer.export.export import export_picture, export_timeline
from explorer.export.recipe import ModelRef, Recipe, recipe_of
from explorer.export.recipe_json import read_recipe, write_recipe
from explorer.rendering.renderer import Renderer
from tests.pixels import pixels


@pytest.fixture
def bundled(model_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the tiny model one that comes with the program."""
    monkeypatch.setattr(model_files, "bundled_models", lambda: (model_file,))


def run(*args: object) -> int:
    return cli.main(["render", *map(str, args), "--device", "cpu"])


@pytest.mark.usefixtures("bundled")
def test_a_picture_is_rendered_again_from_its_own_recipe(
    tmp_path: Path, renderer: Renderer, edit: Edit
) -> None:
    export_picture(renderer, edit, tmp_path / "a.png")
    assert run(tmp_path / "a.png", tmp_path / "b.png") == 0
    assert (tmp_path / "b.png").read_bytes() == (tmp_path / "a.png").read_bytes()
    assert np.array_equal(pixels(tmp_path / "b.png"), renderer.render(edit))


@pytest.mark.usefixtures("bundled")
def test_a_video_is_rendered_again_as_frames_and_as_another_video(
    tmp_path: Path, renderer: Renderer, timeline: Timeline, capsys: pytest.CaptureFixture[str]
) -> None:
    list(export_timeline(renderer, timeline, tmp_path / "a.mp4"))
    assert run(tmp_path / "a.mp4", tmp_path / "frames", "--fps", 4) == 0
    assert "4 of 4 frames in" in capsys.readouterr().err
    for i in range(4):
        frame = pixels(tmp_path / "frames" / f"{i:06d}.png")
        assert np.array_equal(frame, renderer.render(timeline.at(i / 4)))
    assert run(tmp_path / "a.mp4", tmp_path / "b.mp4", "--fps", "29.97", "--size", 64) == 0
    with av.open(str(tmp_path / "b.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.frames, float(stream.average_rate or 0)) == (64, 30, 29.97)
    assert read_recipe(tmp_path / "b.mp4").content == timeline


@pytest.mark.usefixtures("bundled")
@pytest.mark.parametrize("loop", [True, False])
def test_flowing_noise_is_rendered_again(
    tmp_path: Path, renderer: Renderer, timeline: Timeline, loop: bool
) -> None:
    rates = (0.0, *[4.0] * (renderer.model_info.num_layers - 1))
    timeline = replace(timeline, loop=loop, flow=NoiseFlow(rates))
    list(export_timeline(renderer, timeline, tmp_path / "a.mp4"))
    fps = ("--fps", "8", "--size", str(renderer.model_info.resolution))
    assert run(tmp_path / "a.mp4", tmp_path / "frames", *fps) == 0
    times = list(timeline.frame_times(Fraction(8)))
    frames = [pixels(path) for path in sorted((tmp_path / "frames").iterdir())]
    still = replace(timeline, flow=None)
    assert len(frames) == len(times)
    for t_s, frame in zip(times, frames, strict=True):
        assert np.array_equal(frame, renderer.render(timeline.at(t_s)))
        is_end = t_s in (0, timeline.duration_s)
        assert np.array_equal(frame, renderer.render(still.at(t_s))) == is_end


def test_a_missing_model_is_named(
    tmp_path: Path, model_info: ModelInfo, edit: Edit, capsys: pytest.CaptureFixture[str]
) -> None:
    write_recipe(tmp_path / "a.json", recipe_of(edit, model_info))
    assert run(tmp_path / "a.json", tmp_path / "a.png") == 2
    message = capsys.readouterr().err
    assert f"the model 'tiny' ({model_info.digest[:12]})" in message
    assert "--model FILE" in message
    write_recipe(tmp_path / "b.json", Recipe(edit))
    assert run(tmp_path / "b.json", tmp_path / "a.png") == 2
    assert "names no model" in capsys.readouterr().err


def test_a_recipe_is_fitted_to_a_chosen_model_with_other_layers(
    tmp_path: Path, model_file: Path, renderer: Renderer, capsys: pytest.CaptureFixture[str]
) -> None:
    write_recipe(tmp_path / "a.json", Recipe(default_edit(10), ModelRef("large", "ab" * 32)))
    assert run(tmp_path / "a.json", tmp_path / "a.png", "--model", model_file) == 0
    assert "made with the model 'large' (abababababab)" in capsys.readouterr().err
    assert np.array_equal(pixels(tmp_path / "a.png"), renderer.render(default_edit(8)))
    assert read_recipe(tmp_path / "a.png") == recipe_of(default_edit(8), renderer.model_info)


def test_bad_input_is_reported_in_one_sentence(
    tmp_path: Path, model_file: Path, edit: Edit, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe, broken = tmp_path / "a.json", tmp_path / "broken.safetensors"
    write_recipe(recipe, Recipe(edit))
    broken.write_bytes(model_file.read_bytes()[:5000])
    cut = tmp_path / "cut.json"
    cut.write_text(recipe.read_text()[:100])
    out, with_model = tmp_path / "out.png", ("--model", model_file)
    for args, words in (
        ((tmp_path / "none.json", out, *with_model), "Cannot read"),
        ((cut, out, *with_model), "cut.json is damaged or incomplete"),
        ((model_file, out, *with_model), "is not a recipe"),
        ((recipe, out, "--model", broken), "broken.safetensors is incomplete"),
        ((recipe, out, "--model", tmp_path / "none"), "Cannot read"),
        ((recipe, tmp_path / "a.jpg", *with_model), "end in .png"),
        ((recipe, out, *with_model, "--fps", "fast"), "not a frame rate"),
        ((recipe, out, *with_model, "--size", "3"), "size of 3 px"),
    ):
        assert run(*args) == 2
        message = capsys.readouterr().err
        assert words in message
        assert len(message.splitlines()) == 1
    assert not out.exists()


def test_an_unavailable_device_is_refused(
    tmp_path: Path, model_file: Path, edit: Edit, capsys: pytest.CaptureFixture[str]
) -> None:
    write_recipe(tmp_path / "a.json", Recipe(edit))
    args = ["render", str(tmp_path / "a.json"), "a.png", "--model", str(model_file)]
    assert cli.main([*args, "--device", "abacus"]) == 2
    assert "'abacus' is not available" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (RuntimeError("CUDA error"), 1, "The device failed"),
        (MemoryError(), 2, "Out of memory. Ask for less"),
        (OSError(28, "full"), 1, "a.gif cannot be written: the disk is full"),
    ],
)
@pytest.mark.usefixtures("bundled")
def test_a_failing_export_is_reported_and_leaves_nothing(
    tmp_path: Path,
    model_info: ModelInfo,
    timeline: Timeline,
    error: Exception,
    code: int,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(self: Renderer, edit: Edit) -> None:
        raise error

    monkeypatch.setattr(Renderer, "render", fail)
    write_recipe(tmp_path / "a.json", recipe_of(timeline, model_info))
    assert run(tmp_path / "a.json", tmp_path / "a.gif") == code
    assert words in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.usefixtures("bundled")
def test_a_rate_that_viewers_would_not_play_is_limited_and_said(
    tmp_path: Path,
    model_info: ModelInfo,
    timeline: Timeline,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_recipe(tmp_path / "a.json", recipe_of(timeline, model_info))
    small = ("--size", 16)
    assert run(tmp_path / "a.json", tmp_path / "a.gif", *small, "--fps", 60) == 0
    said = capsys.readouterr().err
    assert "GIF plays at most 50 fps, so that is used." in said
    assert "50 of 50 frames" in said
    assert run(tmp_path / "a.json", tmp_path / "b.gif", *small, "--fps", 50) == 0
    assert "at most" not in capsys.readouterr().err


@pytest.mark.usefixtures("bundled")
def test_an_interrupted_export_leaves_nothing(
    tmp_path: Path, model_info: ModelInfo, timeline: Timeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(self: Renderer, edit: Edit) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Renderer, "render", interrupt)
    write_recipe(tmp_path / "a.json", recipe_of(timeline, model_info))
    assert run(tmp_path / "a.json", tmp_path / "a.webp") == 130
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    for args, words in ((["--help"], "face.png"), (["render", "--help"], "timeline.mp4 --fps 60")):
        with pytest.raises(SystemExit) as exit_info:
            cli.main(args)
        assert exit_info.value.code == 0
        assert words in capsys.readouterr().out
    with pytest.raises(SystemExit) as exit_info:
        cli.main(["render", "only one"])
    assert exit_info.value.code == 2


@pytest.mark.slow
def test_rendering_needs_neither_a_window_nor_dearpygui(
    tmp_path: Path, model_file: Path, edit: Edit
) -> None:
    write_recipe(tmp_path / "a.json", Recipe(edit))
    without = "import sys; sys.modules['dearpygui'] = None; from explorer.cli import main; "
    args = ["render", str(tmp_path / "a.json"), str(tmp_path / "a.png"), "--model", str(model_file)]
    ran = subprocess.run(
        [sys.executable, "-c", f"{without}sys.exit(main({args!r}))"],
        env={name: value for name, value in os.environ.items() if "DISPLAY" not in name},
        check=False,
    )
    assert ran.returncode == 0
    assert (tmp_path / "a.png").exists()


def test_start_up_imports_neither_torch_nor_the_window_nor_video() -> None:
    names = "edit.edit edit.ops edit.edit_json edit.interpolate edit.timeline edit.session settings"
    names += " export.recipe export.export rendering.worker rendering.loaded_model cli"
    modules = ", ".join(f"explorer.{name}" for name in names.split())
    heavy = "{'torch', 'dearpygui', 'imageio', 'av'}"
    check = f"assert not {heavy} & set(sys.modules), sorted(sys.modules)"
    subprocess.run([sys.executable, "-c", f"import sys, {modules}; {check}"], check=True)


def test_the_window_needs_dearpygui(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "dearpygui.dearpygui", None)
    assert cli.main([]) == 2
    assert "pip install dearpygui" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="a shared library of Linux is broken here")
@pytest.mark.parametrize(
    ("name", "other"), [(b"libX11.so.6", b"libX99.so.6"), (b"GLIBC_2.34", b"GLIBC_9.34")]
)
def test_the_window_names_the_library_that_dearpygui_lacks(
    tmp_path: Path, name: bytes, other: bytes
) -> None:
    """A copy of the toolkit needs a library, or a version of one, that does not exist."""
    spec = importlib.util.find_spec("dearpygui")
    assert spec is not None
    assert spec.origin is not None
    copy = tmp_path / "dearpygui"
    copy.mkdir()
    for file in Path(spec.origin).parent.glob("*dearpygui*"):
        content = file.read_bytes()
        (copy / file.name).write_bytes(content.replace(name, other))
    (copy / "__init__.py").touch()
    ran = subprocess.run(
        [sys.executable, "-m", "explorer"],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{os.getcwd()}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2, ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    for words in (other.decode(), "apt-get install", "'stylegan-explorer render'"):
        assert words in ran.stderr


def test_a_missing_file_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("dearpygui")
    assert cli.main([str(tmp_path / "none.png")]) == 2
    assert "There is no file" in capsys.readouterr().err
