"""What the worker and the window tell each other: values, without torch and without dearpygui."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from explorer.edit.model_info import ModelInfo

JobState = Literal["running", "done", "cancelled", "failed"]


@dataclass(frozen=True)
class FrameRequest:
    """One picture, please. `stamp` comes back with the result; newest per channel wins."""

    channel: str
    stamp: int
    payload: Any


@dataclass(frozen=True)
class FrameResult:
    """uint8 [H, W, 3] or a tuple of them; how long it took; which layers ran."""

    channel: str
    stamp: int
    value: Any
    render_ms: float
    detail: str = ""


@dataclass(frozen=True)
class JobProgress:
    """Where a job stands; `seconds_left` is None until it can be estimated."""

    job_id: int
    done: int
    total: int
    message: str
    state: JobState
    seconds_left: float | None = None


@dataclass(frozen=True)
class Failure:
    """A request that could not be served, and why, in one sentence."""

    channel: str
    message: str
    stamp: int = -1


@dataclass(frozen=True)
class ModelOpening:
    """How much of a model file has been read, in bytes."""

    path: str
    done: int
    total: int


@dataclass(frozen=True)
class ModelLoaded:
    """The model is there. Requests made before it were dropped: ask again."""

    model_info: ModelInfo


@dataclass(frozen=True)
class ModelFailed:
    """The file could not be opened; the model shown before stays.

    `is_damaged` says that the file is to blame, not the device or the memory.
    """

    path: str
    message: str
    is_damaged: bool


Result = FrameResult | JobProgress | Failure | ModelOpening | ModelLoaded | ModelFailed
