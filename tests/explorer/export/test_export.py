"""Animations: exact counts, rates and lengths, the renderer's own pictures, no leftovers."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from explorer.edit.edit import Edit
from explorer.edit.timeline import Keyframe, Timeline
from explorer.export.export import (
    ExportError,
    ExportOptions,
    export_picture,
    export_timeline,
    parse_fps,
)
from explorer.export.recipe import read_recipe
from explorer.export.writers import WRITERS, Clip, resized, write_mp4
from explorer.rendering.renderer import Renderer
from stylegan_core.networks.stylegan1 import Generator

RATES = ["30", "29.97", "24000/1001", "12.5", "60"]
SMALL = ExportOptions(size=32)


def left_in(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def gif_or_webp(path: Path) -> Iterator[tuple[np.ndarray, int]]:
    """Each frame with its time in milliseconds."""
    with Image.open(path) as image:
        for i in range(getattr(image, "n_frames", 1)):
            image.seek(i)
            image.load()
            yield np.asarray(image.convert("RGB")), round(image.info["duration"])


@pytest.mark.parametrize("rate", RATES)
def test_mp4_has_the_exact_rate_and_count(
    tmp_path: Path, renderer: Renderer, journey: Timeline, rate: str
) -> None:
    path, fps = tmp_path / "a.mp4", parse_fps(rate)
    steps = list(export_timeline(renderer, journey, path, replace(SMALL, fps=fps)))
    count = journey.frame_count(fps)
    assert steps == [(i, count) for i in range(count + 1)]
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.average_rate, stream.frames) == (fps, count)
        assert stream.codec_context.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert Fraction(stream.duration or 0) * (stream.time_base or 0) == count / fps
        times = [frame.pts * frame.time_base for frame in container.decode(video=0)]
    assert times == [i / fps for i in range(count)]
    assert left_in(tmp_path) == ["a.mp4"]


def test_mp4_shows_the_colours_in_order(tmp_path: Path) -> None:
    colours = [(200, 40, 90), (30, 180, 60), (128, 128, 128), (250, 250, 250)]
    with write_mp4(tmp_path / "a.mp4", Clip(32, Fraction(5), "{}")) as write:
        for colour in colours:
            write(np.full((32, 32, 3), colour, np.uint8), "")
    with av.open(str(tmp_path / "a.mp4")) as container:
        rec709 = 1
        assert container.streams.video[0].codec_context.colorspace == rec709
        shown = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    for image, colour in zip(shown, colours, strict=True):
        assert np.abs(image.astype(int) - colour).max() <= 3


def test_mp4_shows_the_renderers_pictures(
    tmp_path: Path, renderer: Renderer, journey: Timeline
) -> None:
    """Within the codec's loss, and each frame is nearer to its own picture than to any other."""
    fps, line = Fraction(12), replace(journey, loop=False)
    edits = [line.at(t_s) for t_s in line.frame_times(fps)]
    made = np.stack([resized(renderer.render(edit), 64) for edit in edits]).astype(float)
    list(export_timeline(renderer, line, tmp_path / "a.mp4", ExportOptions(64, fps, crf=4)))
    with av.open(str(tmp_path / "a.mp4")) as container:
        shown = np.stack([f.to_ndarray(format="rgb24") for f in container.decode(video=0)])
    apart = np.abs(shown[:, None].mean(axis=-1) - made[None].mean(axis=-1)).mean(axis=(2, 3))
    assert (apart.argmin(axis=1) == np.arange(len(edits))).all()
    assert apart.diagonal().max() < 8


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(("suffix", "tick_ms"), [("gif", 10), ("webp", 1)])
def test_gif_and_webp_last_as_long_as_they_should(
    tmp_path: Path, renderer: Renderer, journey: Timeline, rate: str, suffix: str, tick_ms: int
) -> None:
    path, fps = tmp_path / f"a.{suffix}", parse_fps(rate)
    list(export_timeline(renderer, journey, path, replace(SMALL, fps=fps)))
    frames = list(gif_or_webp(path))
    assert len(frames) == journey.frame_count(fps)
    until = 0
    for i, (_, duration_ms) in enumerate(frames, start=1):
        until += duration_ms
        assert abs(until - i * 1000 / fps) <= tick_ms / 2 + 1e-9


@pytest.mark.parametrize("suffix", ["gif", "webp"])
def test_gif_and_webp_show_the_pictures(
    tmp_path: Path, renderer: Renderer, journey: Timeline, suffix: str
) -> None:
    options = replace(SMALL, fps=Fraction(4), quality=100)
    list(export_timeline(renderer, journey, tmp_path / f"a.{suffix}", options))
    for i, (image, _) in enumerate(gif_or_webp(tmp_path / f"a.{suffix}")):
        expected = renderer.render(journey.at(i / 4)).astype(int)
        if suffix == "webp":
            assert np.array_equal(image, expected)
        else:
            assert np.abs(image.astype(int) - expected).mean() < 12


def test_png_frames_are_the_renderers_bits_with_their_recipes(
    tmp_path: Path, renderer: Renderer, saved_generator: Generator, journey: Timeline
) -> None:
    options = ExportOptions(fps=Fraction(6))
    list(export_timeline(renderer, journey, tmp_path / "frames", options))
    names = left_in(tmp_path / "frames")
    assert names == [f"{i:06d}.png" for i in range(6)]
    fresh = Renderer(saved_generator)
    for i, name in enumerate(names):
        path = tmp_path / "frames" / name
        edit = journey.at(Fraction(i, 6))
        assert read_recipe(path).content == edit
        assert np.array_equal(np.asarray(Image.open(path)), fresh.render(edit))


def test_a_name_with_png_means_a_folder(
    tmp_path: Path, renderer: Renderer, journey: Timeline
) -> None:
    list(export_timeline(renderer, journey, tmp_path / "walk.png", ExportOptions(fps=Fraction(2))))
    assert left_in(tmp_path) == ["walk"]


def test_a_loop_is_not_exported_twice(tmp_path: Path, renderer: Renderer, edit: Edit) -> None:
    still = Timeline((Keyframe(edit, 1.0),), loop=True)
    list(export_timeline(renderer, still, tmp_path / "f", ExportOptions(fps=Fraction(3))))
    assert len(left_in(tmp_path / "f")) == 3


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize("after", [0, 1, 3])
def test_a_cancelled_export_leaves_nothing(
    tmp_path: Path, renderer: Renderer, journey: Timeline, suffix: str, after: int
) -> None:
    steps = export_timeline(renderer, journey, tmp_path / f"a{suffix}", SMALL)
    for _ in range(after):
        next(steps)
    steps.close()
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("suffix", WRITERS)
def test_a_failed_export_leaves_what_was_there(
    tmp_path: Path,
    renderer: Renderer,
    journey: Timeline,
    suffix: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / f"a{suffix}"
    if suffix:
        path.write_text("what was there")
    steps = export_timeline(renderer, journey, path, SMALL)
    next(steps)
    next(steps)
    monkeypatch.setattr(renderer, "render", lambda edit: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        list(steps)
    assert left_in(tmp_path) == ([path.name] if suffix else [])
    if suffix:
        assert path.read_text() == "what was there"


def test_sizes(tmp_path: Path, renderer: Renderer, journey: Timeline) -> None:
    def side(name: str, options: ExportOptions) -> int:
        list(export_timeline(renderer, journey, tmp_path / name, options))
        if name.endswith(".mp4"):
            with av.open(str(tmp_path / name)) as container:
                return container.streams.video[0].width
        with Image.open(tmp_path / name) as image:
            return image.width

    slow = ExportOptions(fps=Fraction(1))
    assert side("a.webp", slow) == 512
    assert side("b.mp4", replace(slow, size=99)) == 100
    assert side("c.gif", replace(slow, size=99)) == 99
    assert side("d.gif", replace(slow, size=96, scaling="nearest")) == 96


def test_nearest_repeats_pixels() -> None:
    image = np.random.default_rng(0).integers(0, 255, (8, 8, 3), dtype=np.uint8)
    assert np.array_equal(resized(image, 24, "nearest"), image.repeat(3, 0).repeat(3, 1))
    assert resized(image, 8) is image


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("a.avi", {}, "no format '.avi'"),
        ("a.mp4", {"size": 4}, "size of 4 px"),
        ("a.mp4", {"size": 10_000}, "size of 10000 px"),
        ("a.mp4", {"size": 100, "scaling": "nearest"}, "not a whole multiple"),
        ("a.gif", {"fps": Fraction(120)}, "at most 100 frames per second"),
        ("full", {}, "a folder with something in it"),
        ("full/x", {}, "is a file"),
    ],
)
def test_what_cannot_be_exported_is_said_at_once(
    tmp_path: Path,
    renderer: Renderer,
    journey: Timeline,
    name: str,
    options: dict,
    message: str,  # type: ignore[type-arg]
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(ExportError, match=message):
        export_timeline(renderer, journey, tmp_path / name, ExportOptions(**options))


def test_no_keyframe(tmp_path: Path, renderer: Renderer) -> None:
    with pytest.raises(ExportError, match="no keyframe"):
        export_timeline(renderer, Timeline(), tmp_path / "a.mp4")


@pytest.mark.parametrize(
    "text", ["0", "-1", "fast", "1/0", "nan", "inf", "1e9", "1e-99", "1e99999999", "0.001", ""]
)
def test_wrong_frame_rates(text: str) -> None:
    with pytest.raises(ExportError, match="frame rate"):
        parse_fps(text)


def test_frame_rates() -> None:
    assert parse_fps("29.97") == parse_fps(29.97) == Fraction(2997, 100)
    assert parse_fps(" 30000/1001 ") == Fraction(30000, 1001)
    assert parse_fps("0.01") == Fraction(1, 100)


def test_one_picture(tmp_path: Path, renderer: Renderer, edit: Edit) -> None:
    export_picture(renderer, edit, tmp_path / "new" / "a.png")
    with Image.open(tmp_path / "new" / "a.png") as image:
        assert np.array_equal(np.asarray(image), renderer.render(edit))
    assert read_recipe(tmp_path / "new" / "a.png").content == edit
    with pytest.raises(ExportError, match=r"end in \.png"):
        export_picture(renderer, edit, tmp_path / "a.jpg")
