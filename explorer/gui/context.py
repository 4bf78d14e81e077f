"""The context of every panel: the session, the commands, the themes and the view."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from explorer.edit.edit import Edit
from explorer.edit.keyframes import keyframe_at, with_edit_at
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
    heat: bool = False  # a heat map is wanted
    shows_heat: bool = False  # the canvas shows one
    heat_is_old: bool = False  # it is of a picture before, and the new one takes long
    heat_share: float | None = None  # how much of the next one is done, where that takes long
    show_a: bool = False  # face A alone is wanted
    shows_a: bool = False  # the canvas shows it
    pictured: Edit | None = None  # of the full picture on the canvas; None for a draft, a heat map
    open_blocks: set[int] = field(default_factory=set)  # resolutions whose layers are unfolded
    keyframe: int | None = None  # the index of the chosen one
    edited_keyframe: int | None = None  # the one from which the session's edit has come
    auto_key: bool = False  # changes go into the chosen keyframe at once
    loop_faces: int = 5  # of a loop through random faces
    loop_s: float = 10.0
    noise_rate: float = 0.5  # new patterns a second, for noise that is set moving
    noise_rates: dict[int, float] = field(default_factory=dict)  # by resolution, where it differs
    run: FollowedRun | None = None
    job_id: int | None = None  # of the running export
    device: str = "auto"  # where pictures are made, as the settings name it if it is here
    absent_devices: Mapping[str, str] | None = None  # with reasons; None while that is not known
    takes_drops: bool = False  # files can be dropped on the window
    hint_until: int = -1  # the version of the session that still shows what to drag
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
    def is_opening(self) -> bool:
        """True while a model is being opened, or the run that is followed is being read."""
        run = self.view.run
        return bool(self.view.loading) or (run is not None and not run.is_read)

    @property
    def edit(self) -> Edit:
        """The edit that panels show and change.

        It is the moment at the playhead while the timeline is shown, else the session's edit.
        """
        timeline, position = self.session.timeline, self.player.position
        if not self.player.shows_timeline or not timeline.keyframes:
            return self.session.edit
        if self._moment is None or self._moment[:2] != (timeline, position):
            self._moment = (timeline, position, timeline.between_keyframes(position))
        return self._moment[2]

    @property
    def chosen_keyframe(self) -> int | None:
        """The index of the chosen keyframe, if it still exists."""
        chosen, count = self.view.keyframe, len(self.session.timeline.keyframes)
        return chosen if chosen is not None and chosen < count else None

    def shown(self, now: float) -> Edit:
        """Return the edit on the canvas at the time `now` (seconds of a steady clock).

        The timeline is shown as it will be exported: noise flows in it as the timeline says.
        """
        timeline = self.session.timeline
        if self.player.shows_timeline and timeline.keyframes:
            return timeline.at(self.player.position)
        return self.motion.apply(self.edit, now)

    @property
    def is_unkept(self) -> bool:
        """True if there are keyframes, and none of them has the session's edit.

        Noise that flows in the window is not compared.
        """
        edit, flowing = self.session.edit, self.motion.rates
        return bool(self.session.timeline.keyframes) and not any(
            _is_same(edit, keyframe.edit, flowing) for keyframe in self.session.timeline.keyframes
        )

    @property
    def changed_keyframe(self) -> int | None:
        """The index of the keyframe from which an edit has come that is not kept."""
        index = self.view.edited_keyframe
        exists = index is not None and index < len(self.session.timeline.keyframes)
        return index if exists and self.is_unkept else None

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
            self.say(
                "The timeline keeps its own noise, which flows with the switch beside Loop. "
                "This noise flows once you change something."
            )
        model_info = self.session.model_info
        if model_info is not None:
            for i in layers:
                rate = self.view.rate_of(model_info.layers[i].resolution)
                self.motion.start([i], rate, now)

    def change(self, edit: Edit, gesture: Hashable | None = None) -> None:
        """Make `edit` the current one, as one step to undo or as part of a gesture.

        Where a moment of the timeline is shown, undo first comes back to that moment.
        """
        timeline, view = self.session.timeline, self.view
        if self.player.shows_timeline and timeline.keyframes:
            self.session.change(self.edit)
            if view.auto_key:
                timeline = with_edit_at(timeline, edit, self.player.position)
            view.keyframe = keyframe_at(timeline, self.player.position)
        elif view.auto_key and self.chosen_keyframe is not None:
            timeline = timeline.replaced(self.chosen_keyframe, edit=edit)
        self.session.change(edit, timeline, gesture=gesture)
        view.edited_keyframe = self.chosen_keyframe
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


def _is_same(edit: Edit, other: Edit, flowing: Collection[int]) -> bool:
    """Tell whether edits are equal but for the noise of layers where it flows."""
    pairs = zip(edit.noise, other.noise, strict=True)
    noise = (b if i in flowing else a for i, (a, b) in enumerate(pairs))
    return edit == other or (bool(flowing) and replace(edit, noise=tuple(noise)) == other)
