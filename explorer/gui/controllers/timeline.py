"""The commands of the timeline: keyframes, playing, stepping."""

from __future__ import annotations

import time

from explorer.edit.timeline import Timeline
from explorer.gui.context import Ui
from explorer.gui.toolkit.commands import Command


class Journey:
    """What the timeline's commands do."""

    def __init__(self, ui: Ui) -> None:
        self._ui = ui

    def commands(self) -> tuple[Command, ...]:
        """All of them, with their keys."""
        return (
            Command(
                "timeline.add",
                "Keep the picture as a keyframe",
                "Timeline",
                ("K",),
                self.add_keyframe,
            ),
            Command(
                "timeline.update",
                "Put the picture into the keyframe",
                "Timeline",
                ("Shift+K",),
                self.update_keyframe,
            ),
            Command(
                "timeline.remove",
                "Remove the keyframe",
                "Timeline",
                ("Delete",),
                self.remove_keyframe,
            ),
            Command("timeline.play", "Play or stop", "Timeline", ("Space",), self.play),
            Command(
                "timeline.previous",
                "Keyframe before",
                "Timeline",
                (",",),
                lambda: self.step(-1),
                True,
            ),
            Command(
                "timeline.next", "Keyframe after", "Timeline", (".",), lambda: self.step(1), True
            ),
            Command("timeline.loop", "Loop", "Timeline", ("L",), self.loop),
        )

    def add_keyframe(self) -> None:
        ui, line = self._ui, self._ui.session.timeline
        between = ui.player.placed and 0 < ui.player.position < line.duration_s
        changed = line.with_keyframe(
            ui.shown(time.monotonic()), ui.player.position if between else None
        )
        self._take(changed)
        chosen = self._at_playhead(changed) if between else len(changed.keyframes) - 1
        ui.view.keyframe = chosen
        is_new = len(changed.keyframes) > len(line.keyframes)
        ui.say(f"Kept keyframe {chosen + 1}." if is_new else _replaced(chosen))

    def update_keyframe(self) -> None:
        chosen = self._ui.chosen_keyframe
        if chosen is not None:
            self._take(
                self._ui.session.timeline.replaced(chosen, edit=self._ui.shown(time.monotonic()))
            )
            self._ui.say(_replaced(chosen))

    def remove_keyframe(self) -> None:
        chosen = self._ui.chosen_keyframe
        if chosen is None:
            return
        self._take(self._ui.session.timeline.without_keyframe(chosen))
        count = len(self._ui.session.timeline.keyframes)
        self._ui.view.keyframe = min(chosen, count - 1) if count else None
        if not count:
            self._ui.player.leave()

    def play(self) -> None:
        ui, line = self._ui, self._ui.session.timeline
        if ui.player.playing:
            ui.player.pause()
        elif len(line.keyframes) < 2:
            ui.say("A journey needs two keyframes: press K, change the picture, press K again.")
        else:
            ui.player.play(time.monotonic(), line.duration_s, line.loop)
        ui.stale = True

    def step(self, by: int) -> None:
        """To the keyframe before or after the chosen one."""
        starts = self._ui.session.timeline.start_times
        if starts:
            chosen = self._ui.chosen_keyframe
            index = (0 if chosen is None else chosen + by) % len(starts)
            self._ui.view.keyframe = index
            self._ui.player.pause()
            self._ui.player.seek(starts[index], time.monotonic())
            self._ui.stale = True

    def loop(self) -> None:
        line = self._ui.session.timeline
        self._take(Timeline(line.keyframes, not line.loop))

    def _take(self, line: Timeline) -> None:
        self._ui.session.change_timeline(line)
        self._ui.player.position = min(self._ui.player.position, line.duration_s)
        self._ui.stale = True

    def _at_playhead(self, line: Timeline) -> int:
        position = self._ui.player.position
        return min(range(len(line.keyframes)), key=lambda i: abs(line.start_times[i] - position))


def _replaced(index: int) -> str:
    return f"Keyframe {index + 1} now shows this picture."
