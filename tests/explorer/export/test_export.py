"""Exports: exact counts, rates and lengths, the renderer's own pictures, no leftovers."""

import weakref
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import imageio.v3 as iio
import numpy as np
import pytest

from explorer.edit.edit import Edit, default_edit
from explorer.edit.timeline import Keyframe, Timeline
from explorer.export.export import export_picture, export_timeline
from explorer.export.options import ExportError, ExportOptions, parse_fps
from explorer.export.recipe import Recipe
from explorer.export.recipe_json import read_recipe
from explorer.export.scaling import resized
from explorer.export.writers import FORMATS, Clip, write_mp4
from explorer.rendering.renderer import Renderer
from stylegan_core.networks.stylegan1 import Generator
from stylegan_core.write_errors import WriteError
from tests.full_disk import full_disk
from tests.pixels import pixels

RATES = ["30", "29.97", "24000/1001", "12.5", "60"]
SMALL = ExportOptions(size=32)


def left_in(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def gif_or_webp(path: Path) -> Iterator[tuple[np.ndarray, int]]:
    """Yield each frame, uint8 [H, W, 3], and how long it is shown, in milliseconds."""
    file = iio.imopen(path, "r", plugin="pillow")
    with file:
        for i, frame in enumerate(file.iter(mode="RGB")):
            yield frame, round(file.metadata(index=i)["duration"])


def mp4_frames(path: Path) -> np.ndarray:
    """Return all frames, uint8 [N, H, W, 3]."""
    return np.stack(list(iio.imiter(path, plugin="pyav")))


@pytest.mark.parametrize("rate", RATES)
def test_mp4_has_the_exact_rate_and_count(
    tmp_path: Path, renderer: Renderer, timeline: Timeline, rate: str
) -> None:
    path, fps = tmp_path / "a.mp4", parse_fps(rate)
    steps = list(export_timeline(renderer, timeline, path, replace(SMALL, fps=fps)))
    count = timeline.frame_count(fps)
    assert steps == [(i, count) for i in range(count + 1)]
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.average_rate, stream.frames) == (fps, count)
        assert stream.codec_context.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert Fraction(stream.duration or 0) * (stream.time_base or 0) == count / fps
        times = [(frame.pts or 0) * (frame.time_base or 0) for frame in container.decode(video=0)]
    assert times == [i / fps for i in range(count)]
    assert left_in(tmp_path) == ["a.mp4"]


def test_mp4_shows_the_colours_in_order(tmp_path: Path) -> None:
    colours = [(200, 40, 90), (30, 180, 60), (128, 128, 128), (250, 250, 250)]
    with write_mp4(tmp_path / "a.mp4", Clip(32, Fraction(5), "{}")) as write:
        for colour in colours:
            write(np.full((32, 32, 3), colour, np.uint8), Recipe(default_edit(8)))
    rec_709, limited_range = 1, 1
    with av.open(str(tmp_path / "a.mp4")) as container:
        context = container.streams.video[0].codec_context
        assert context.color_primaries == context.color_trc == context.colorspace == rec_709
        assert context.color_range == limited_range
    for image, colour in zip(mp4_frames(tmp_path / "a.mp4"), colours, strict=True):
        assert np.abs(image.astype(int) - colour).max() <= 3


def test_mp4_shows_the_renderers_pictures(
    tmp_path: Path, renderer: Renderer, timeline: Timeline
) -> None:
    """Each frame is nearer to its own picture than to any other, within the codec's loss."""
    fps, line = Fraction(12), replace(timeline, loop=False)
    edits = [line.at(t_s) for t_s in line.frame_times(fps)]
    made = np.stack([resized(renderer.render(edit), 64) for edit in edits]).astype(float)
    list(export_timeline(renderer, line, tmp_path / "a.mp4", ExportOptions(64, fps, crf=4)))
    shown = mp4_frames(tmp_path / "a.mp4")
    apart = np.abs(shown[:, None].mean(axis=-1) - made[None].mean(axis=-1)).mean(axis=(2, 3))
    assert (apart.argmin(axis=1) == np.arange(len(edits))).all()
    assert apart.diagonal().max() < 8


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(("suffix", "tick_ms"), [("gif", 10), ("webp", 1)])
def test_gif_and_webp_last_as_long_as_they_should(
    tmp_path: Path, renderer: Renderer, timeline: Timeline, rate: str, suffix: str, tick_ms: int
) -> None:
    path, fps = tmp_path / f"a.{suffix}", min(parse_fps(rate), FORMATS[f".{suffix}"].max_fps)
    list(export_timeline(renderer, timeline, path, replace(SMALL, fps=parse_fps(rate))))
    frames = list(gif_or_webp(path))
    assert len(frames) == timeline.frame_count(fps)
    until = 0
    for i, (_, duration_ms) in enumerate(frames, start=1):
        until += duration_ms
        assert abs(until - i * 1000 / fps) <= tick_ms / 2 + 1e-9


@pytest.mark.parametrize("rate", ["40", "50", "51", "59.94", "91", "100", "120", "1000"])
@pytest.mark.parametrize(("suffix", "least_ms"), [("gif", 20), ("webp", 11)])
def test_no_frame_is_so_short_that_viewers_show_it_for_100_ms(
    tmp_path: Path, renderer: Renderer, timeline: Timeline, rate: str, suffix: str, least_ms: int
) -> None:
    path = tmp_path / f"a.{suffix}"
    list(export_timeline(renderer, timeline, path, replace(SMALL, fps=parse_fps(rate))))
    durations_ms = [duration_ms for _, duration_ms in gif_or_webp(path)]
    assert min(durations_ms) >= least_ms
    assert abs(sum(durations_ms) - 1000) <= 5


@pytest.mark.parametrize("suffix", ["gif", "webp"])
def test_gif_and_webp_show_the_pictures(
    tmp_path: Path, renderer: Renderer, timeline: Timeline, suffix: str
) -> None:
    options = replace(SMALL, fps=Fraction(4), quality=100)
    list(export_timeline(renderer, timeline, tmp_path / f"a.{suffix}", options))
    for i, (image, _) in enumerate(gif_or_webp(tmp_path / f"a.{suffix}")):
        expected = renderer.render(timeline.at(i / 4)).astype(int)
        if suffix == "webp":
            assert np.array_equal(image, expected)
        else:
            assert np.abs(image.astype(int) - expected).mean() < 12


def test_png_frames_are_the_renderers_bits_with_their_recipes(
    tmp_path: Path, renderer: Renderer, saved_generator: Generator, timeline: Timeline
) -> None:
    options = ExportOptions(fps=Fraction(6))
    list(export_timeline(renderer, timeline, tmp_path / "frames", options))
    names = left_in(tmp_path / "frames")
    assert names == [f"{i:06d}.png" for i in range(6)]
    fresh = Renderer(saved_generator)
    for i, name in enumerate(names):
        path = tmp_path / "frames" / name
        edit = timeline.at(Fraction(i, 6))
        assert read_recipe(path).content == edit
        assert np.array_equal(pixels(path), fresh.render(edit))


def test_a_name_with_png_means_a_folder(
    tmp_path: Path, renderer: Renderer, timeline: Timeline
) -> None:
    list(export_timeline(renderer, timeline, tmp_path / "walk.png", ExportOptions(fps=Fraction(2))))
    assert left_in(tmp_path) == ["walk"]


def test_a_loop_is_not_exported_twice(tmp_path: Path, renderer: Renderer, edit: Edit) -> None:
    still = Timeline((Keyframe(edit, 1.0),), loop=True)
    list(export_timeline(renderer, still, tmp_path / "f", ExportOptions(fps=Fraction(3))))
    assert len(left_in(tmp_path / "f")) == 3


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("after", [0, 1, 3])
def test_a_cancelled_export_leaves_nothing(
    tmp_path: Path, renderer: Renderer, timeline: Timeline, suffix: str, after: int
) -> None:
    steps = export_timeline(renderer, timeline, tmp_path / f"a{suffix}", SMALL)
    for _ in range(after):
        next(steps)
    steps.close()
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_failed_export_keeps_the_previous_file(
    tmp_path: Path,
    renderer: Renderer,
    timeline: Timeline,
    suffix: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / f"a{suffix}"
    if suffix:
        path.write_text("previous content")
    steps = export_timeline(renderer, timeline, path, SMALL)
    next(steps)
    next(steps)
    monkeypatch.setattr(renderer, "render", lambda edit: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        list(steps)
    assert left_in(tmp_path) == ([path.name] if suffix else [])
    if suffix:
        assert path.read_text() == "previous content"


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_full_disk_names_the_target_and_leaves_nothing(
    tmp_path: Path, renderer: Renderer, timeline: Timeline, suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    with full_disk(1000), pytest.raises(WriteError, match=f"{path} cannot be written: .* needs"):
        list(export_timeline(renderer, timeline, path, SMALL))
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_place_that_cannot_be_written_is_found_before_the_first_frame(
    tmp_path: Path,
    renderer: Renderer,
    timeline: Timeline,
    edit: Edit,
    suffix: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(renderer, "render", lambda edit: pytest.fail("a frame was rendered"))
    (tmp_path / "file").touch()
    for place in (tmp_path / "file" / "a", tmp_path / ("a" * 300), Path("/proc/a")):
        with pytest.raises(WriteError, match="cannot be written"):
            next(export_timeline(renderer, timeline, place.with_suffix(suffix), SMALL))
        with pytest.raises(WriteError, match="cannot be written"):
            export_picture(renderer, edit, place.with_suffix(".png"))


@pytest.mark.parametrize("suffix", FORMATS)
def test_no_frame_stays_in_memory(tmp_path: Path, suffix: str) -> None:
    clip, recipe = Clip(32, Fraction(30), "{}"), Recipe(default_edit(8))
    with FORMATS[suffix].writer(tmp_path / f"a{suffix}", clip) as write:
        for shade in range(5):
            picture = np.full((32, 32, 3), shade, np.uint8)
            write(picture, recipe)
            kept = weakref.ref(picture)
            del picture
            assert kept() is None


def test_sizes_are_as_chosen_or_enlarged_by_default(
    tmp_path: Path, renderer: Renderer, timeline: Timeline
) -> None:
    def side(name: str, options: ExportOptions) -> int:
        list(export_timeline(renderer, timeline, tmp_path / name, options))
        plugin = "pyav" if name.endswith(".mp4") else "pillow"
        return iio.improps(tmp_path / name, plugin=plugin).shape[-2]

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
        ("full", {}, "a folder with something in it"),
        ("full/x", {}, "is a file"),
    ],
)
def test_impossible_exports_are_refused_before_anything_is_written(
    tmp_path: Path,
    renderer: Renderer,
    timeline: Timeline,
    name: str,
    options: dict[str, Any],
    message: str,
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(ExportError, match=message):
        export_timeline(renderer, timeline, tmp_path / name, ExportOptions(**options))


def test_a_timeline_without_keyframes_is_refused(tmp_path: Path, renderer: Renderer) -> None:
    with pytest.raises(ExportError, match="no keyframe"):
        export_timeline(renderer, Timeline(), tmp_path / "a.mp4")


@pytest.mark.parametrize(
    "text", ["0", "-1", "fast", "1/0", "nan", "inf", "1e9", "1e-99", "1e99999999", "0.001", ""]
)
def test_wrong_frame_rates_are_refused(text: str) -> None:
    with pytest.raises(ExportError, match="frame rate"):
        parse_fps(text)


def test_frame_rates_are_read_exactly() -> None:
    assert parse_fps("29.97") == parse_fps(29.97) == Fraction(2997, 100)
    assert parse_fps(" 30000/1001 ") == Fraction(30000, 1001)
    assert parse_fps("0.01") == Fraction(1, 100)


def test_one_picture_is_written_as_png_with_its_recipe(
    tmp_path: Path, renderer: Renderer, edit: Edit
) -> None:
    export_picture(renderer, edit, tmp_path / "new" / "a.png")
    assert np.array_equal(pixels(tmp_path / "new" / "a.png"), renderer.render(edit))
    assert read_recipe(tmp_path / "new" / "a.png").content == edit
    with pytest.raises(ExportError, match=r"end in \.png"):
        export_picture(renderer, edit, tmp_path / "a.jpg")
