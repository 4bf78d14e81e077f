"""Movement in the window: flowing noise, the player of the timeline, and the frame rate."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.edit.edit import LayerNoise, NoiseTerm, default_edit
from explorer.gui.motion import FrameRate, NoiseMotion, Player, turn_noise


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
