"""What moves by itself in the window: the timeline while it plays, and noise that turns from map to
map.

Both are functions of the clock, never of the number of frames drawn, so their speed is the same on
every machine.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from explorer.edit.edit import MAX_SEED, Edit, LayerNoise, NoiseTerm
from explorer.edit.ops import turned_terms

_RATE_WINDOW_S: Final = 1.0
_STILL_S: Final = 0.4  # without a picture for so long nothing moves
_FEWEST_FRAMES: Final = 3  # that make a movement


@dataclass
class Player:
    """The playhead of the timeline, in seconds."""

    position: float = 0.0
    playing: bool = False
    active: bool = False  # the picture shows the timeline, not the edit
    placed: bool = False  # it stands where the next keyframe belongs
    _started: float = 0.0

    def play(self, now: float, duration: float, loop: bool) -> None:
        """Starts at the playhead, or from the beginning when it stands at the end."""
        if not loop and self.position >= duration:
            self.position = 0.0
        self.seek(self.position, now)
        self.playing = True

    def pause(self) -> None:
        """Stops and stays where it is."""
        self.playing = False

    def work(self) -> None:
        """Shows the edit again, for work on the moment where the playhead stays."""
        self.playing = self.active = False

    def leave(self) -> None:
        """Shows the edit again, which has nothing to do with the playhead's moment."""
        self.playing = self.active = self.placed = False

    def seek(self, seconds: float, now: float) -> None:
        """Moves the playhead and shows that moment."""
        self.position, self._started = seconds, now - seconds
        self.active = self.placed = True

    def tick(self, now: float, duration: float, loop: bool) -> None:
        """Moves the playhead to where it is at the time `now` (seconds of a steady clock)."""
        if not self.playing:
            return
        self.position = max(now - self._started, 0.0)
        if loop and duration > 0:
            self.position %= duration
        elif self.position >= duration:
            self.position, self.playing = duration, False


def turn_noise(noise: LayerNoise, layer: int, turns: float) -> LayerNoise:
    """Noise after `turns` changes to a fresh map; in between it rotates, which keeps its variance.

    Whole turns show one map alone: turn k shows the map k steps after the layer's own.
    """
    step, part = math.floor(turns), turns - math.floor(turns)
    here = noise.terms if step == 0 else (NoiseTerm(_later_seed(noise, layer, step), 1.0),)
    return replace(
        noise, terms=turned_terms(here, _later_seed(noise, layer, step + 1), part * math.pi / 2)
    )


def _later_seed(noise: LayerNoise, layer: int, step: int) -> int:
    """The seed of the map `step` changes after the layer's own."""
    first = noise.terms[0].seed
    base = first if isinstance(first, int) else layer
    return (base * 7919 + layer * 104729 + step * 1299709) % MAX_SEED


@dataclass
class NoiseMotion:
    """Which layers' noise moves, at how many new maps per second, since when."""

    rates: dict[int, float] = field(default_factory=dict)
    _started: dict[int, float] = field(default_factory=dict)

    def start(self, layers: Iterable[int], rate: float, now: float) -> None:
        """Sets layers moving; a layer that moves already keeps its place and only changes its
        speed.
        """
        for layer in layers:
            turns = self._turns(layer, now)
            self.rates[layer] = rate
            self._started[layer] = now - turns / rate

    def hasten(self, layers: Iterable[int], rate: float, now: float) -> None:
        """Gives those of the layers that move another speed."""
        self.start([layer for layer in layers if layer in self.rates], rate, now)

    def freeze(self, layers: list[int], edit: Edit, now: float) -> Edit:
        """Stops layers; returns the edit with their noise as it looks now, so that the picture does
        not jump.
        """
        frozen = self.apply(edit, now, only=layers)
        self.stop(layers)
        return frozen

    def stop(self, layers: list[int]) -> None:
        """Stops layers, which show their own map again."""
        for layer in layers:
            self.rates.pop(layer, None)
            self._started.pop(layer, None)

    def apply(self, edit: Edit, now: float, only: list[int] | None = None) -> Edit:
        """The edit as it looks at the time `now` (seconds of a steady clock)."""
        moving = [i for i in self.rates if i < len(edit.noise) and (only is None or i in only)]
        if not moving:
            return edit
        noise = list(edit.noise)
        for layer in moving:
            noise[layer] = turn_noise(noise[layer], layer, self._turns(layer, now))
        return replace(edit, noise=tuple(noise))

    def clear(self) -> None:
        """Nothing moves, as after another model was opened."""
        self.rates.clear()
        self._started.clear()

    def _turns(self, layer: int, now: float) -> float:
        rate = self.rates.get(layer)
        return 0.0 if rate is None else (now - self._started[layer]) * rate


class FrameRate:
    """How many pictures a second are shown, while some are."""

    def __init__(self) -> None:
        self._times: deque[float] = deque()

    def count(self, now: float) -> None:
        """A picture is shown at the time `now` (seconds of a steady clock)."""
        self._times.append(now)

    def at(self, now: float) -> float:
        """Pictures a second over the last one; 0 at rest."""
        while self._times and now - self._times[0] > _RATE_WINDOW_S:
            self._times.popleft()
        if len(self._times) < _FEWEST_FRAMES or now - self._times[-1] > _STILL_S:
            return 0.0
        return (len(self._times) - 1) / max(self._times[-1] - self._times[0], 1e-3)
