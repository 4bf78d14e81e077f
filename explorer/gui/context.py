"""What a panel is given, and nothing more: the session, the commands, the look, and a few facts
about the view.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field

import dearpygui.dearpygui as dpg

from explorer.edit.edit import Edit
from explorer.edit.session import Session
from explorer.edit.timeline import Timeline
from explorer.gui.followed_run import FollowedRun
from explorer.gui.motion import NoiseMotion, Player
from explorer.gui.toolkit.atlas import Atlas
from explorer.gui.toolkit.commands import Commands
from explorer.gui.toolkit.pointer import Pointer
from explorer.gui.toolkit.theme import Item, Theme
from stylegan_core.readable import readable

Refresh = Callable[[], None]


@dataclass
class View:
    """What is shown but is no part of the edit, so undo leaves it alone."""

    tab: str = "Mix"  # the panel on the right
    heat: bool = False
    show_a: bool = False
    pictured: Edit | None = None  # the edit of the picture on the canvas, None for a heat map
    open_blocks: set[int] = field(
        default_factory=set
    )  # noise resolutions whose two layers are unfolded
    keyframe: int | None = None  # the chosen keyframe
    noise_rate: float = 0.5  # Hz, for noise that is set moving
    noise_rates: dict[int, float] = field(default_factory=dict)  # of resolutions with their own
    run: FollowedRun | None = None  # the training run that is followed
    job_id: int | None = None
    device: str = "auto"  # where pictures are made, as the settings say
    takes_drops: bool = False  # whether files can be dropped on the window
    loading: str = ""  # the file the worker is opening
    status: str = ""
    status_is_warning: bool = False
    render_ms: float = 0.0
    fps: int = 0  # pictures shown a second, 0 at rest
    detail: str = ""
    progress: tuple[int, int, float | None] | None = None  # done, total, seconds left

    def rate_of(self, resolution: int) -> float:
        """How fast the noise of a resolution flows, in Hz."""
        return self.noise_rates.get(resolution, self.noise_rate)


@dataclass
class Ui:
    """Handed to every panel: panels read the session and ask for changes, they keep no values."""

    session: Session
    commands: Commands
    theme: Theme
    thumbs: Atlas
    player: Player
    motion: NoiseMotion
    pointer: Pointer
    view: View = field(default_factory=View)
    refreshes: list[Refresh] = field(default_factory=list)
    gestures: Item = 0  # item handlers that end a gesture when a slider is let go
    stale: bool = True  # the panels show something old
    _moment: tuple[Timeline, float, Edit] | None = None

    @property
    def edit(self) -> Edit:
        """What panels show and change: the timeline's moment while one is looked at, else the
        session's edit.
        """
        line = self.session.timeline
        if not self.player.active or not line.keyframes:
            return self.session.edit
        if self._moment is None or self._moment[:2] != (line, self.player.position):
            self._moment = (line, self.player.position, line.at(self.player.position))
        return self._moment[2]

    @property
    def chosen_keyframe(self) -> int | None:
        """The index of the chosen keyframe; None where none is chosen or it is gone."""
        chosen, keyframes = self.view.keyframe, self.session.timeline.keyframes
        return chosen if chosen is not None and chosen < len(keyframes) else None

    def shown(self, now: float) -> Edit:
        """The edit on the canvas at the time `now` (seconds of a steady clock): noise that moves
        has moved, but never in a journey, which is shown as it is exported.
        """
        return self.edit if self.player.active else self.motion.apply(self.edit, now)

    def freeze(self, layers: list[int], now: float) -> None:
        """Stops the noise of layers as it is shown."""
        if self.player.active:
            self.motion.stop(layers)
        else:
            self.change(self.motion.freeze(layers, self.edit, now))
        self.stale = True

    def set_moving(self, layers: Iterable[int], now: float) -> None:
        """Sets the noise of layers moving, each at the speed of its resolution."""
        if self.player.active:
            self.say("The journey keeps its own noise; the picture flows once you change it.")
        if self.session.model_info is not None:
            for i in layers:
                resolution = self.session.model_info.layers[i].resolution
                self.motion.start([i], self.view.rate_of(resolution), now)

    def change(self, edit: Edit, gesture: Hashable | None = None) -> None:
        """Makes `edit` the present one, as an undo step of its own or as part of a gesture."""
        self.session.change(edit, gesture=gesture)
        self.player.work()
        self.stale = True

    def say(self, message: str, *, warning: bool = False) -> None:
        """Shows a message in the status bar."""
        self.view.status, self.view.status_is_warning = readable(message), warning
        self.stale = True

    def watch_gesture(self, item: Item) -> None:
        """Makes letting go of a slider the end of one undo step."""
        dpg.bind_item_handler_registry(item, self.gestures)
