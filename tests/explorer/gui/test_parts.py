"""Pieces of the window, tested without it: movement, zoom, commands, texts."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.edit.edit import LayerNoise, NoiseTerm, default_edit
from explorer.gui.canvas import texture_side
from explorer.gui.motion import FrameRate, NoiseMotion, Player, turn_noise
from explorer.gui.panels.status import progress_text, time_text
from explorer.gui.toolkit.commands import Command, Commands
from explorer.gui.toolkit.icons import icon
from explorer.gui.toolkit.shortcuts import key_text
from explorer.gui.toolkit.theme import assets
from explorer.gui.zoom import LARGEST_ZOOM, SMALLEST_ZOOM, Zoom


def noise(seed: int) -> LayerNoise:
    return LayerNoise((NoiseTerm(seed, 1.0),))


@given(seed=st.integers(0, 2**32 - 1), layer=st.integers(0, 17), turns=st.floats(0, 1000))
def test_flowing_noise_keeps_its_variance(seed: int, layer: int, turns: float) -> None:
    moved = turn_noise(noise(seed), layer, turns)
    assert sum(t.coefficient**2 for t in moved.terms) == pytest.approx(1.0)


def test_flowing_noise_is_continuous_and_starts_at_its_own_map() -> None:
    assert turn_noise(noise(7), 3, 0.0).terms == (NoiseTerm(7, 1.0),)
    for whole in (1, 2, 5):
        before = {t.seed: t.coefficient for t in turn_noise(noise(7), 3, whole - 1e-6).terms}
        after = {t.seed: t.coefficient for t in turn_noise(noise(7), 3, whole + 1e-6).terms}
        seeds = before.keys() | after.keys()
        assert math.hypot(*(before.get(s, 0.0) - after.get(s, 0.0) for s in seeds)) < 1e-4


def test_flowing_noise_depends_only_on_the_clock() -> None:
    edit, motion = default_edit(4), NoiseMotion()
    motion.start([1, 2], rate=0.5, now=100.0)
    once = motion.apply(edit, 103.0)
    for t in range(10_000, 10_300):
        motion.apply(edit, t / 100)
    assert motion.apply(edit, 103.0) == once
    assert [once.noise[i] == edit.noise[i] for i in range(4)] == [True, False, False, True]


def test_noise_does_not_jump_when_its_speed_changes_or_it_is_frozen() -> None:
    edit, motion = default_edit(2), NoiseMotion()
    motion.start([0], rate=0.5, now=0.0)
    before = motion.apply(edit, 3.3).noise[0].terms
    motion.start([0], rate=2.0, now=3.3)
    after = motion.apply(edit, 3.3).noise[0].terms
    assert [t.seed for t in before] == [t.seed for t in after]
    assert [t.coefficient for t in before] == pytest.approx([t.coefficient for t in after])
    frozen = motion.freeze([0], edit, 3.3)
    assert frozen.noise[0].terms == after
    assert motion.rates == {}


def test_a_looping_player_keeps_the_remainder() -> None:
    player = Player()
    player.play(now=10.0, duration=4.0, loop=True)
    player.tick(now=19.0, duration=4.0, loop=True)
    assert player.position == pytest.approx(1.0)
    player.pause()
    player.tick(now=30.0, duration=4.0, loop=True)
    assert player.position == pytest.approx(1.0)


def test_the_player_stops_at_the_end_and_starts_again() -> None:
    player = Player()
    player.play(now=0.0, duration=4.0, loop=False)
    player.tick(now=9.0, duration=4.0, loop=False)
    assert (player.position, player.playing) == (4.0, False)
    player.play(now=20.0, duration=4.0, loop=False)
    player.tick(now=21.0, duration=4.0, loop=False)
    assert player.position == pytest.approx(1.0)


def test_the_playhead_stays_while_its_moment_is_edited() -> None:
    player = Player()
    player.seek(1.0, now=0.0)
    player.return_to_edit()
    assert (player.position, player.shows_timeline, player.placed) == (1.0, False, True)
    player.leave_timeline()
    assert not player.placed


def test_a_key_cannot_run_two_commands() -> None:
    commands = Commands()
    commands.add(Command("one", "One", "File", ("A",), lambda: None))
    with pytest.raises(ValueError, match="A runs both one and two"):
        commands.add(Command("two", "Two", "File", ("A",), lambda: None))


def test_keys_have_names() -> None:
    assert key_text(546, ctrl=False, shift=False) == "A"
    assert key_text(571, ctrl=True, shift=True) == "Ctrl+Shift+Z"
    assert key_text(600, ctrl=False, shift=True) == "?"
    assert key_text(602, ctrl=True, shift=False) == "Ctrl++"
    assert key_text(1, ctrl=False, shift=False) is None


def test_the_frame_rate_is_measured_while_pictures_come() -> None:
    rate = FrameRate()
    assert rate.at(0.0) == 0
    for frame in range(61):
        rate.count(10 + frame / 60)
    assert rate.at(11.0) == pytest.approx(60)
    for frame in range(10):
        rate.count(12 + frame / 5)
    assert rate.at(13.8) == pytest.approx(5), "only the last second counts"
    assert rate.at(14.3) == 0, "at rest"
    rate.count(20.0)
    assert rate.at(20.0) == 0, "one picture does not make a movement"


def test_render_times_have_tenths_only_below_ten_milliseconds() -> None:
    assert [time_text(ms) for ms in (0.04, 3.14, 9.96, 31.4)] == [
        "0.0 ms",
        "3.1 ms",
        "10 ms",
        "31 ms",
    ]


def test_progress_names_the_time_left_once_it_is_known() -> None:
    assert progress_text(118, 600, 42.4) == "118 of 600, 0:42 left"
    assert progress_text(0, 600, None) == "0 of 600"


@pytest.mark.parametrize(
    ("resolution", "side"), [(8, 512), (64, 512), (256, 512), (512, 512), (1024, 1024)]
)
def test_small_pictures_are_enlarged_by_a_whole_factor(resolution: int, side: int) -> None:
    assert texture_side(resolution) == side


def test_the_assets_come_with_their_licences() -> None:
    names = {path.name for path in (assets() / "fonts").iterdir()}
    assert {"explorer-regular.ttf", "explorer-semibold.ttf"} <= names
    assert {"LICENSE-inter.txt", "LICENSE-lucide.txt"} <= names
    assert (assets() / "icon.png").is_file()
    assert icon("sparkles") == chr(0xE000 + 39)


def test_the_whole_picture_is_centred_with_a_margin() -> None:
    zoom = Zoom()
    zoom.resize((624, 424), margin=24)
    assert zoom.corners() == ((112, 12), (512, 412))


@given(steps=st.floats(-30, 30), x=st.floats(112, 512), y=st.floats(12, 412))
def test_zooming_keeps_the_point_under_the_pointer(steps: float, x: float, y: float) -> None:
    zoom = Zoom()
    zoom.resize((624, 424), margin=24)
    zoom.zoom_at(steps, (x, y))
    assert SMALLEST_ZOOM <= zoom.factor <= LARGEST_ZOOM
    if zoom.factor >= 1:  # a smaller picture is kept in sight instead
        (left, top), (right, bottom) = zoom.corners()
        u, v = (x - left) / (right - left), (y - top) / (bottom - top)
        tolerance = 1.5 / (right - left)  # corners are whole pixels
        assert u == pytest.approx((x - 112) / 400, abs=tolerance)
        assert v == pytest.approx((y - 12) / 400, abs=tolerance)


@given(dx=st.floats(-1e4, 1e4), dy=st.floats(-1e4, 1e4), steps=st.floats(-10, 20))
def test_the_middle_of_the_canvas_always_shows_the_picture(
    dx: float, dy: float, steps: float
) -> None:
    zoom = Zoom()
    zoom.resize((624, 424), margin=24)
    zoom.zoom_at(steps, (300, 200))
    zoom.pan(dx, dy)
    (left, top), (right, bottom) = zoom.corners()
    assert left <= 312 <= right
    assert top <= 212 <= bottom
    zoom.fit()
    assert zoom.corners() == ((112, 12), (512, 412))
