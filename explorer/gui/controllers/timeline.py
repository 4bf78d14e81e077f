"""The commands of the Timeline menu: keyframes, playing, stepping."""

from __future__ import annotations

import time
from bisect import bisect_right
from dataclasses import replace
from functools import partial

from explorer.edit.edit import Edit
from explorer.edit.keyframes import index_after, keyframe_at
from explorer.edit.timeline import Timeline
from explorer.gui.changes import NoiseChanges
from explorer.gui.context import Ui
from explorer.gui.toolkit import texts
from explorer.gui.toolkit.commands import REPEATS, Command, section


class TimelineController:
    """Changes the keyframes and moves the playhead."""

    def __init__(self, ui: Ui) -> None:
        self._ui = ui

    def commands(self) -> tuple[Command, ...]:
        """Return the commands of the Timeline menu."""
        return section(
            "Timeline",
            ("timeline.add", "Keep the picture as a keyframe", "K", self._add_keyframe),
            ("timeline.update", "Update the keyframe", "Shift+K", self._update_keyframe),
            ("timeline.back", "Back to the changed picture", "E", self._back),
            ("timeline.remove", "Remove the keyframe", "Delete", self._remove_keyframe),
            ("timeline.auto_key", "Auto-key", "Shift+E", self._toggle_auto_key),
            ("timeline.play", "Play or pause", "Space", self._play_or_pause),
            ("timeline.previous", "Previous keyframe", ",", partial(self._step, -1), REPEATS),
            ("timeline.next", "Next keyframe", ".", partial(self._step, 1), REPEATS),
            ("timeline.loop", "Loop", "L", self._toggle_loop),
            ("timeline.flow", "Let noise flow in the timeline", "Shift+W", self._toggle_flow),
        )

    def _add_keyframe(self) -> None:
        """Keep the picture at the playhead if that lies between keyframes, else at the end."""
        ui, timeline = self._ui, self._ui.session.timeline
        is_between = ui.player.placed and 0 < ui.player.position < timeline.duration_s
        changed = timeline.with_keyframe(
            self._picture_to_keep(), ui.player.position if is_between else None
        )
        self._change(changed)
        chosen = self._at_playhead(changed) if is_between else len(changed.keyframes) - 1
        ui.view.keyframe = chosen
        if ui.player.shows_timeline:
            ui.player.seek(changed.start_times[chosen], time.monotonic())
        else:
            ui.view.edited_keyframe = chosen
            ui.player.placed = is_between
        is_new = len(changed.keyframes) > len(timeline.keyframes)
        ui.say(f"Added keyframe {chosen + 1}." if is_new else _updated(chosen))

    def _update_keyframe(self) -> None:
        ui, chosen = self._ui, self._ui.chosen_keyframe
        if chosen is None or ui.player.shows_timeline:
            ui.say("There is nothing to update: click a keyframe and change its picture first.")
            return
        self._change(ui.session.timeline.replaced(chosen, edit=self._picture_to_keep()))
        ui.view.edited_keyframe = chosen
        ui.say(_updated(chosen))

    def _back(self) -> None:
        """Show the edit, and mark the keyframe from which it came."""
        ui = self._ui
        if ui.player.shows_timeline:
            ui.player.return_to_edit()
            if (changed := ui.changed_keyframe) is not None:
                ui.view.keyframe = changed
                ui.player.position = ui.session.timeline.start_times[changed]
            ui.stale = True

    def _remove_keyframe(self) -> None:
        ui, chosen = self._ui, self._ui.chosen_keyframe
        if chosen is None:
            return
        self._change(ui.session.timeline.without_keyframe(chosen))
        starts = ui.session.timeline.start_times
        ui.view.keyframe = min(chosen, len(starts) - 1) if starts else None
        if ui.view.keyframe is None:
            ui.player.leave_timeline()
        elif ui.player.shows_timeline:
            ui.player.seek(starts[ui.view.keyframe], time.monotonic())

    def _toggle_auto_key(self) -> None:
        view = self._ui.view
        view.auto_key = not view.auto_key
        self._ui.say(
            "Auto-key: every change goes into the chosen keyframe."
            if view.auto_key
            else "Changes stay out of the keyframes until you update one."
        )

    def _play_or_pause(self) -> None:
        ui, timeline = self._ui, self._ui.session.timeline
        if ui.player.playing:
            ui.player.pause()
            ui.view.keyframe = keyframe_at(timeline, ui.player.position)
        elif not timeline.duration_s or (len(timeline.keyframes) < 2 and timeline.flow is None):
            ui.say("Playing needs two keyframes: press K, change the picture, press K again.")
        else:
            ui.player.play(time.monotonic(), timeline.duration_s, timeline.loop)
        ui.stale = True

    def _step(self, by: int) -> None:
        """Go to the keyframe before or after the chosen one, or the playhead if none is chosen."""
        ui, starts = self._ui, self._ui.session.timeline.start_times
        if not starts:
            return
        index = 0
        if ui.chosen_keyframe is not None:
            index = (ui.chosen_keyframe + by) % len(starts)
        elif ui.player.placed:
            following = bisect_right(starts, ui.player.position)
            index = (following if by > 0 else following - 1) % len(starts)
        ui.view.keyframe = index
        ui.player.pause()
        ui.player.seek(starts[index], time.monotonic())
        ui.stale = True

    def _toggle_loop(self) -> None:
        timeline = self._ui.session.timeline
        self._change(replace(timeline, loop=not timeline.loop))

    def _toggle_flow(self) -> None:
        """Let noise flow in the timeline as it does in the window, or let it be still."""
        ui, timeline = self._ui, self._ui.session.timeline
        model_info = ui.session.model_info
        flow = None if timeline.flow is not None else NoiseChanges(ui).flow()
        if model_info is not None and not model_info.takes_noise:
            ui.say(texts.NO_NOISE)
        elif not timeline.keyframes:
            ui.say("Noise flows from keyframe to keyframe: press K to add the first one.")
        elif flow is None and timeline.flow is None:
            ui.say("All noise is locked. Unlock some to let it flow.")
        else:
            self._change(replace(timeline, flow=flow))
            is_flowing = "Noise flows in the timeline, and is back where it began at the end."
            ui.say(is_flowing if flow is not None else "Noise stays as the keyframes have it.")

    def _change(self, timeline: Timeline) -> None:
        view, before = self._ui.view, self._ui.session.timeline
        view.edited_keyframe = index_after(before, timeline, view.edited_keyframe)
        self._ui.session.change_timeline(timeline)
        self._ui.player.position = min(self._ui.player.position, timeline.duration_s)
        self._ui.stale = True

    def _picture_to_keep(self) -> Edit:
        """Return the picture on the canvas, without the noise that the timeline adds."""
        ui = self._ui
        return ui.edit if ui.player.shows_timeline else ui.shown(time.monotonic())

    def _at_playhead(self, timeline: Timeline) -> int:
        """Return the index of the keyframe nearest to the playhead."""
        starts, position = timeline.start_times, self._ui.player.position
        return min(range(len(starts)), key=lambda index: abs(starts[index] - position))


def _updated(index: int) -> str:
    return f"Keyframe {index + 1} now shows this picture."
