"""Frames per second of an exported video, and where the time goes."""

import tempfile
import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from explorer.edit.edit import Edit, default_edit
from explorer.edit.timeline import Keyframe, Timeline
from explorer.export.export import export_timeline
from explorer.export.options import ExportOptions
from explorer.rendering.renderer import Renderer
from stylegan_core.networks.stylegan1 import Generator

FPS = Fraction(30)


@dataclass(frozen=True)
class ExportTimes:
    """A two-second loop of two faces as MP4."""

    frames: int
    render_s: float
    rest_s: float  # scaling, encoding, writing


class _Timed(Renderer):
    """A renderer that adds up what its pictures take."""

    spent_s = 0.0

    def render(self, edit: Edit, budget_ms: float | None = None) -> np.ndarray[Any, Any]:
        start = time.perf_counter()
        picture = super().render(edit, budget_ms)
        self.spent_s += time.perf_counter() - start
        return picture


def measure(generator: Generator, device: str) -> ExportTimes:
    """The export of the window and of `stylegan-explorer render`, from start to the whole file."""
    faces = [default_edit(generator.num_layers, seeds=(seed,)) for seed in (1, 2)]
    line = Timeline(tuple(Keyframe(face, 1.0) for face in faces), loop=True)
    renderer = _Timed(generator, device)
    renderer.render(faces[0])
    renderer.spent_s = 0.0
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        frames = len(list(export_timeline(renderer, line, Path(folder, "x.mp4"), ExportOptions())))
        total_s = time.perf_counter() - start
    return ExportTimes(frames, renderer.spent_s, total_s - renderer.spent_s)
