"""Time the export of a video: rendering, and everything else."""

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from explorer.edit.edit import Edit, default_edit
from explorer.edit.timeline import Keyframe, Timeline
from explorer.export.export import export_timeline
from explorer.export.options import ExportOptions
from explorer.rendering.renderer import Renderer
from stylegan_core.networks.stylegan1 import Generator


@dataclass(frozen=True)
class ExportTimes:
    """A two-second loop of two faces as MP4."""

    frames: int
    render_s: float
    rest_s: float  # scaling, encoding, writing


class _TimedRenderer(Renderer):
    """A renderer that adds up the time of its pictures."""

    spent_s = 0.0

    def render(self, edit: Edit, budget_ms: float | None = None) -> np.ndarray[Any, Any]:
        start = time.perf_counter()
        picture = super().render(edit, budget_ms)
        self.spent_s += time.perf_counter() - start
        return picture


def measure(generator: Generator, device: str) -> ExportTimes:
    """Time an export as the window and `stylegan-explorer render` run it, to the complete file."""
    faces = [default_edit(generator.num_layers, seeds=(seed,)) for seed in (1, 2)]
    timeline = Timeline(tuple(Keyframe(face, 1.0) for face in faces), loop=True)
    renderer = _TimedRenderer(generator, device)
    renderer.render(faces[0])
    renderer.spent_s = 0.0
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        steps = export_timeline(renderer, timeline, Path(folder, "x.mp4"), ExportOptions())
        frames = len(list(steps)) - 1  # the first step precedes all frames
        total_s = time.perf_counter() - start
    return ExportTimes(frames, renderer.spent_s, total_s - renderer.spent_s)
