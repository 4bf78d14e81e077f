"""The commands of the Timeline menu: keyframes, playing, stepping."""

from __future__ import annotations

import time
from functools import partial

from explorer.edit.timeline import Timeline
from explorer.gui.context import Ui
from explorer.gui.toolkit.commands import REPEATS, Command, section


class TimelineController:
    """Changes the keyframes and moves the playhead."""

    def __init__(self, ui: Ui) -> None:
        self._ui = ui

    def commands(self) -> tuple[Command, ...]:
        """Return the commands of the Timeline menu."""
        update = "Update the keyframe"
        return section(
            "Timeline",
            ("timeline.add", "Keep the picture as a keyframe", "K", self._add_keyframe),
            ("timeline.update", update, "Shift+K", self._update_keyframe),
            ("timeline.remove", "Remove the keyframe", "Delete", self._remove_keyframe),
            ("timeline.play", "Play or pause", "Space", self._play_or_pause),
            ("timeline.previous", "Previous keyframe", ",", partial(self._step, -1), REPEATS),
            ("timeline.next", "Next keyframe", ".", partial(self._step, 1), REPEATS),
            ("timeline.loop", "Loop", "L", self._toggle_loop),
        )

    def _add_keyframe(self) -> None:
        """Keep the picture at the playhead if that lies between keyframes, else at the end."""
        ui, timeline = self._ui, self._ui.session.timeline
        is_between = ui.player.placed and 0 < ui.player.position < timeline.duration_s
        changed = timeline.with_keyframe(
            ui.shown(time.monotonic()), ui.player.position if is_between else None
        )
        self._change(changed)
        chosen = self._at_playhead(changed) if is_between else len(changed.keyframes) - 1
        ui.view.keyframe = chosen
        is_new = len(changed.keyframes) > len(timeline.keyframes)
        ui.say(f"Added keyframe {chosen + 1}." if is_new else _updated(chosen))

    def _update_keyframe(self) -> None:
        chosen = self._ui.chosen_keyframe
        if chosen is not None:
            shown = self._ui.shown(time.monotonic())
            self._change(self._ui.session.timeline.replaced(chosen, edit=shown))
            self._ui.say(_updated(chosen))

    def _remove_keyframe(self) -> None:
        chosen = self._ui.chosen_keyframe
        if chosen is None:
            return
        self._change(self._ui.session.timeline.without_keyframe(chosen))
        count = len(self._ui.session.timeline.keyframes)
        self._ui.view.keyframe = min(chosen, count - 1) if count else None
        if not count:
            self._ui.player.leave_timeline()

    def _play_or_pause(self) -> None:
        ui, timeline = self._ui, self._ui.session.timeline
        if ui.player.playing:
            ui.player.pause()
        elif len(timeline.keyframes) < 2:
            ui.say("Playing needs two keyframes: press K, change the picture, press K again.")
        else:
            ui.player.play(time.monotonic(), timeline.duration_s, timeline.loop)
        ui.stale = True

    def _step(self, by: int) -> None:
        """Go to the keyframe before or after the chosen one."""
        starts = self._ui.session.timeline.start_times
        if starts:
            chosen = self._ui.chosen_keyframe
            index = (0 if chosen is None else chosen + by) % len(starts)
            self._ui.view.keyframe = index
            self._ui.player.pause()
            self._ui.player.seek(starts[index], time.monotonic())
            self._ui.stale = True

    def _toggle_loop(self) -> None:
        timeline = self._ui.session.timeline
        self._change(Timeline(timeline.keyframes, not timeline.loop))

    def _change(self, timeline: Timeline) -> None:
        self._ui.session.change_timeline(timeline)
        self._ui.player.position = min(self._ui.player.position, timeline.duration_s)
        self._ui.stale = True

    def _at_playhead(self, timeline: Timeline) -> int:
        """Return the index of the keyframe nearest to the playhead."""
        starts, position = timeline.start_times, self._ui.player.position
        return min(range(len(starts)), key=lambda index: abs(starts[index] - position))


def _updated(index: int) -> str:
    return f"Keyframe {index + 1} now shows this picture."
