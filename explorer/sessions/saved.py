"""A session as it is saved: the work, its model, and how the window showed it. No torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from explorer.edit.model_info import ModelInfo
from explorer.edit.session import Session
from explorer.edit.step import Work
from explorer.export.recipe import ModelRef
from stylegan_core.readable import readable

SUFFIX: Final = ".session"
_MAX_NAME: Final = 300


@dataclass(frozen=True)
class SavedModel:
    """The model of a session: where its file was, its name and its content hash."""

    path: str
    name: str
    digest: str

    @classmethod
    def of(cls, model_info: ModelInfo) -> SavedModel:
        """Return an open model as it is saved; a file can give itself any name and hash."""
        path = str(Path(model_info.path).absolute())
        name, digest = readable(model_info.name), readable(model_info.digest)
        return cls(path, name[:_MAX_NAME], digest[:_MAX_NAME])

    @property
    def ref(self) -> ModelRef:
        """The model as recipes name it, by which another file of it can be found."""
        return ModelRef(self.name, self.digest)


@dataclass(frozen=True)
class SavedView:
    """How the window showed the work.

    `keyframe` is the chosen one, `edited_keyframe` the one from which the edit has come. `zoom` is
    1 and `centre` (0.5, 0.5) where the whole picture is shown. `playhead_s` is the moment
    of the timeline on the canvas, None for the edit. `rates` are the speeds of noise by resolution,
    `flowing` those of the layers whose noise flowed, all in new patterns a second.
    """

    tab: str = "Mix"
    zoom: float = 1.0
    centre: tuple[float, float] = (0.5, 0.5)
    keyframe: int | None = None
    edited_keyframe: int | None = None
    auto_key: bool = False
    playhead_s: float | None = None
    open_blocks: tuple[int, ...] = ()
    rate: float = 0.5
    rates: tuple[tuple[int, float], ...] = ()
    flowing: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True)
class WindowPlace:
    """The window on the desktop, in screen pixels."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True)
class SavedSession:
    """A whole session. `is_current` holds until its window goes over to another session."""

    work: Work = field(default_factory=lambda: Session().work)
    model: SavedModel | None = None
    view: SavedView = SavedView()
    window: WindowPlace | None = None
    is_current: bool = True


def is_session(path: Path) -> bool:
    """Tell whether a file is named as saved sessions are."""
    return path.suffix.lower() == SUFFIX
