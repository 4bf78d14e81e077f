"""Movement in the window: the timeline while it plays, and noise that flows.

Both are functions of the clock, not of the number of frames drawn, so their speed is the same on
every computer.
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
_STILL_S: Final = 0.4  # nothing moves if no picture has been shown for this long
_LEAST_FRAMES: Final = 3  # fewer pictures do not give a rate


@dataclass
class Player:
    """The playhead of the timeline, in seconds. `now` is the time of a steady clock."""

    position: float = 0.0
    playing: bool = False
    shows_timeline: bool = False  # the picture shows the moment at the playhead, not the edit
    placed: bool = False  # the next keyframe goes to where the playhead stands
    _started: float = 0.0  # when the playhead was at 0, as the clock tells

    def play(self, now: float, duration: float, loop: bool) -> None:
        """Play from the playhead, or from the start if it stands at the end."""
        if not loop and self.position >= duration:
            self.position = 0.0
        self.seek(self.position, now)
        self.playing = True

    def pause(self) -> None:
        """Stop where the playhead is."""
        self.playing = False

    def return_to_edit(self) -> None:
        """Show the edit again. The playhead keeps its place, for the next keyframe."""
        self.playing = False
        self.shows_timeline = False

    def leave_timeline(self) -> None:
        """Show the edit again, and let the next keyframe go to the end of the timeline."""
        self.return_to_edit()
        self.placed = False

    def seek(self, seconds: float, now: float) -> None:
        """Move the playhead and show that moment."""
        self.position = seconds
        self._started = now - seconds
        self.shows_timeline = True
        self.placed = True

    def tick(self, now: float, duration: float, loop: bool) -> None:
        """Move the playhead to where it is at the time `now`."""
        if not self.playing:
            return
        self.position = max(now - self._started, 0.0)
        if loop and duration > 0:
            self.position %= duration
        elif self.position >= duration:
            self.position = duration
            self.playing = False


def turn_noise(noise: LayerNoise, layer: int, turns: float) -> LayerNoise:
    """Return the noise of a layer after a number of turns, each to a fresh map.

    Between two maps the noise rotates, which keeps its variance. After k whole turns it is the k-th
    map after the layer's own.
    """
    step, fraction = math.floor(turns), turns - math.floor(turns)
    start = noise.terms if step == 0 else (NoiseTerm(_later_seed(noise, layer, step), 1.0),)
    next_seed = _later_seed(noise, layer, step + 1)
    return replace(noise, terms=turned_terms(start, next_seed, fraction * math.pi / 2))


def _later_seed(noise: LayerNoise, layer: int, step: int) -> int:
    """Return the seed of the map `step` turns after the layer's own."""
    first = noise.terms[0].seed
    base = first if isinstance(first, int) else layer
    return (base * 7919 + layer * 104729 + step * 1299709) % MAX_SEED


@dataclass
class NoiseMotion:
    """The layers whose noise flows, each at its rate in turns (new maps) a second.

    `now` is the time of a steady clock.
    """

    rates: dict[int, float] = field(default_factory=dict)
    _started: dict[int, float] = field(default_factory=dict)  # when each layer was at turn 0

    def start(self, layers: Iterable[int], rate: float, now: float) -> None:
        """Let layers flow. Those that flow already only change their speed, without a jump."""
        for layer in layers:
            turns = self._turns(layer, now)
            self.rates[layer] = rate
            self._started[layer] = now - turns / rate

    def change_rate(self, layers: Iterable[int], rate: float, now: float) -> None:
        """Change the speed of those of the layers that flow."""
        self.start([layer for layer in layers if layer in self.rates], rate, now)

    def freeze(self, layers: list[int], edit: Edit, now: float) -> Edit:
        """Stop layers and return the edit with their noise as it looks now."""
        frozen = self.apply(edit, now, only=layers)
        self.stop(layers)
        return frozen

    def stop(self, layers: list[int]) -> None:
        """Stop layers, which then show the noise of the edit again."""
        for layer in layers:
            self.rates.pop(layer, None)
            self._started.pop(layer, None)

    def apply(self, edit: Edit, now: float, only: list[int] | None = None) -> Edit:
        """Return the edit as it looks at the time `now`."""
        moving = [i for i in self.rates if i < len(edit.noise) and (only is None or i in only)]
        if not moving:
            return edit
        noise = list(edit.noise)
        for layer in moving:
            noise[layer] = turn_noise(noise[layer], layer, self._turns(layer, now))
        return replace(edit, noise=tuple(noise))

    def clear(self) -> None:
        """Stop everything, as after another model was opened."""
        self.rates.clear()
        self._started.clear()

    def _turns(self, layer: int, now: float) -> float:
        rate = self.rates.get(layer)
        return 0.0 if rate is None else (now - self._started[layer]) * rate


class FrameRate:
    """Measures how many pictures a second are shown. `now` is the time of a steady clock."""

    def __init__(self) -> None:
        self._times: deque[float] = deque()

    def count(self, now: float) -> None:
        """Count a picture that is shown at the time `now`."""
        self._times.append(now)

    def at(self, now: float) -> float:
        """Return the pictures a second over the last second; 0 at rest."""
        while self._times and now - self._times[0] > _RATE_WINDOW_S:
            self._times.popleft()
        if len(self._times) < _LEAST_FRAMES or now - self._times[-1] > _STILL_S:
            return 0.0
        return (len(self._times) - 1) / max(self._times[-1] - self._times[0], 1e-3)
