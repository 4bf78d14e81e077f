"""The messages between the window and the worker: values, without torch and without dearpygui.

To add a kind of request, write two classes here, the request and its result; name them in `Request`
and `Rendered`; then serve the request in `LoadedModel.render`, where mypy reports a missing case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from explorer.edit.edit import Edit
from explorer.edit.model_info import ModelInfo
from explorer.edit.step import StoredVectors

Picture = npt.NDArray[np.uint8]
"""[H, W, 3], uint8."""


@dataclass(frozen=True)
class StoredVectorsRequest:
    """Hand over vectors that edits name by hash; the model keeps them."""

    vectors: StoredVectors


@dataclass(frozen=True)
class VectorsKept:
    """The vectors of a `StoredVectorsRequest` can be used from here on."""


@dataclass(frozen=True)
class PictureRequest:
    """The picture of an edit, for the canvas.

    `is_moving` says that the edit will soon change again, so that a draft will do where the full
    picture is slow.
    """

    edit: Edit
    is_moving: bool


@dataclass(frozen=True)
class RenderedPicture:
    """A picture, and which layers ran to make it, for example "layers 12-17"."""

    picture: Picture
    layers: str


@dataclass(frozen=True)
class ThumbnailsRequest:
    """A small picture of each edit."""

    edits: tuple[Edit, ...]


@dataclass(frozen=True)
class RenderedThumbnails:
    """Small pictures in the order of the request's edits."""

    pictures: tuple[Picture, ...]


@dataclass(frozen=True)
class PsiStripRequest:
    """A small picture of one edit at each truncation psi."""

    edit: Edit
    psis: tuple[float, ...]


@dataclass(frozen=True)
class RenderedPsiStrip:
    """Small pictures in the order of the request's psis."""

    pictures: tuple[Picture, ...]


@dataclass(frozen=True)
class HeatMapRequest:
    """The map of where noise acts in the picture of an edit."""

    edit: Edit


@dataclass(frozen=True)
class RenderedHeatMap:
    """A heat map in colours, of the picture's size."""

    picture: Picture


Request = (
    StoredVectorsRequest | PictureRequest | ThumbnailsRequest | PsiStripRequest | HeatMapRequest
)
"""The kinds of requests, the most urgent first."""

Rendered = VectorsKept | RenderedPicture | RenderedThumbnails | RenderedPsiStrip | RenderedHeatMap
"""The results of these kinds, in the same order."""

REQUEST_KINDS: tuple[type[Request], ...] = get_args(Request)


@dataclass(frozen=True)
class Reply:
    """The result of a request."""

    request: Request  # the very object, so that an equal request made later is not taken for it
    rendered: Rendered
    render_ms: float


@dataclass(frozen=True)
class Failure:
    """A request that could not be served, and one sentence that says why."""

    request: Request  # the very object, as in `Reply`
    message: str
    is_of_device: bool = False  # another device may serve it


@dataclass(frozen=True)
class RequestProgress:
    """The share of a request that is done, 0 to 1."""

    request: Request  # the very object, as in `Reply`
    share: float


JobState = Literal["running", "done", "cancelled", "failed"]


@dataclass(frozen=True)
class JobProgress:
    """Progress of a job; `seconds_left` is None until it can be estimated."""

    job_id: int
    done: int
    total: int
    message: str
    state: JobState
    seconds_left: float | None = None


@dataclass(frozen=True)
class ModelOpening:
    """How many bytes of a model file have been read."""

    path: str
    done: int
    total: int


@dataclass(frozen=True)
class ModelLoaded:
    """A new model is ready. Requests made before it were dropped and must be repeated."""

    model_info: ModelInfo


@dataclass(frozen=True)
class ModelFailed:
    """A model file could not be opened; the model shown before stays.

    `is_damaged` says that the file is to blame, `is_of_device` that the device is.
    """

    path: str
    message: str
    is_damaged: bool
    is_of_device: bool = False


@dataclass(frozen=True)
class DevicesFound:
    """Which of the devices are not here, each with the reason in a few words."""

    absent: Mapping[str, str]


Result = (
    Reply
    | Failure
    | RequestProgress
    | JobProgress
    | DevicesFound
    | ModelOpening
    | ModelLoaded
    | ModelFailed
)
"""Everything that the worker posts."""
