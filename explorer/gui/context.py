"""The context of every panel: the session, the commands, the themes and the view."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field

from explorer.edit.edit import Edit
from explorer.edit.session import Session
from explorer.edit.timeline import Timeline
from explorer.gui.followed_run import FollowedRun
from explorer.gui.messages import Messages
from explorer.gui.motion import NoiseMotion, Player
from explorer.gui.toolkit.atlas import Atlas
from explorer.gui.toolkit.commands import Commands
from explorer.gui.toolkit.number_editor import NumberEditor
from explorer.gui.toolkit.pointer import Pointer
from explorer.gui.toolkit.theme import Theme

Refresh = Callable[[], None]
"""Brings the widgets of a panel up to date with the session."""


@dataclass
class View:
    """The state of the window that is not part of the edit, so that undo leaves it alone."""

    tab: str = "Mix"  # the title of the panel on the right
    heat: bool = False
    show_a: bool = False
    pictured: Edit | None = None  # of the full picture on the canvas; None for a draft, a heat map
    open_blocks: set[int] = field(default_factory=set)  # resolutions whose layers are unfolded
    keyframe: int | None = None  # the index of the chosen one
    noise_rate: float = 0.5  # new patterns a second, for noise that is set moving
    noise_rates: dict[int, float] = field(default_factory=dict)  # by resolution, where it differs
    run: FollowedRun | None = None
    job_id: int | None = None  # of the running export
    device: str = "auto"  # where pictures are made, as the settings name it if it is here
    absent_devices: Mapping[str, str] | None = None  # with reasons; None while that is not known
    takes_drops: bool = False  # files can be dropped on the window
    loading: str = ""  # the file that the worker is opening
    render_ms: float = 0.0
    fps: int = 0  # pictures shown a second; 0 at rest
    detail: str = ""  # how the last picture was made
    progress: tuple[int, int, float | None] | None = None  # done, total, seconds left

    def rate_of(self, resolution: int) -> float:
        """Return how fast the noise of a resolution flows, in new patterns a second."""
        return self.noise_rates.get(resolution, self.noise_rate)


@dataclass
class Ui:
    """Everything that panels read and change. They keep no values of their own."""

    session: Session
    commands: Commands
    theme: Theme
    thumbs: Atlas
    player: Player
    motion: NoiseMotion
    pointer: Pointer
    numbers: NumberEditor
    messages: Messages
    view: View = field(default_factory=View)
    stale: bool = True  # the panels must be refreshed before the next frame
    said_version: int = 0  # of the session, when the last message was shown
    _moment: tuple[Timeline, float, Edit] | None = None  # timeline, position and the edit there

    @property
    def edit(self) -> Edit:
        """The edit that panels show and change.

        It is the moment at the playhead while the timeline is shown, else the session's edit.
        """
        timeline, position = self.session.timeline, self.player.position
        if not self.player.shows_timeline or not timeline.keyframes:
            return self.session.edit
        if self._moment is None or self._moment[:2] != (timeline, position):
            self._moment = (timeline, position, timeline.at(position))
        return self._moment[2]

    @property
    def chosen_keyframe(self) -> int | None:
        """The index of the chosen keyframe, if it still exists."""
        chosen, count = self.view.keyframe, len(self.session.timeline.keyframes)
        return chosen if chosen is not None and chosen < count else None

    def shown(self, now: float) -> Edit:
        """Return the edit on the canvas at the time `now` (seconds of a steady clock).

        Noise flows in it, but not in the timeline, which is shown as it will be exported.
        """
        return self.edit if self.player.shows_timeline else self.motion.apply(self.edit, now)

    def freeze(self, layers: list[int], now: float) -> None:
        """Stop the flowing noise of layers, and keep it as it looks now."""
        if self.player.shows_timeline:
            self.motion.stop(layers)
        else:
            self.change(self.motion.freeze(layers, self.edit, now))
        self.stale = True

    def set_moving(self, layers: Iterable[int], now: float) -> None:
        """Let the noise of layers flow, each at the speed of its resolution."""
        if self.player.shows_timeline:
            self.say("The timeline keeps its own noise. The noise flows once you change something.")
        model_info = self.session.model_info
        if model_info is not None:
            for i in layers:
                rate = self.view.rate_of(model_info.layers[i].resolution)
                self.motion.start([i], rate, now)

    def change(self, edit: Edit, gesture: Hashable | None = None) -> None:
        """Make `edit` the current one, as one step to undo or as part of a gesture."""
        self.session.change(edit, gesture=gesture)
        self.player.return_to_edit()
        self.stale = True

    def say(
        self, message: str, *, warning: bool = False, during: Callable[[], bool] | None = None
    ) -> None:
        """Show a message in the status bar until it fades or the next action comes.

        One that speaks of something that lasts stays for as long as `during` is true.
        """
        self.messages.say(message, is_warning=warning, during=during)
        self.said_version = self.session.version
        self.stale = True

    def warn(self, message: str) -> None:
        """Show a warning in the status bar."""
        self.say(message, warning=True)

    def end_gesture(self) -> None:
        """Begin a new undo step, before and after a slider moves or a number is typed."""
        self.session.end_gesture()
        self.stale = True
