"""Exporting the timeline, or one picture through the snapshots of a run, as a video."""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Final

from explorer.export.export import checked_target, export_timeline
from explorer.export.options import ExportOptions, format_of
from explorer.export.snapshot_video import SnapshotVideo, export_snapshot_video
from explorer.export.writers import FILE_SUFFIXES
from explorer.gui.context import Ui
from explorer.gui.controllers.export_job import ExportJob
from explorer.gui.dialogs.export import ExportDialog, Subject
from explorer.gui.dialogs.modal import Dialogs
from explorer.gui.dialogs.paths import Paths
from explorer.gui.preferences import Preferences
from explorer.gui.toolkit.commands import Command, section
from explorer.rendering.loaded_model import LoadedModel, open_model
from stylegan_core.files import check_writable
from stylegan_core.write_errors import WriteError

_HOLDS: Final = (1, 2, 3, 6, 12, 24)  # frames for each snapshot
_SNAPSHOT_FPS: Final = "12"


class ExportController:
    """Asks how to export, then starts the export."""

    def __init__(
        self,
        ui: Ui,
        dialogs: Dialogs,
        paths: Paths,
        preferences: Preferences,
        export_job: ExportJob,
    ) -> None:
        self._ui = ui
        self._dialogs = dialogs
        self._paths = paths
        self._preferences = preferences
        self._export_job = export_job
        self._timeline_dialog = ExportDialog(
            ui,
            dialogs,
            Subject("Export the timeline", self._timeline_summary, has_flow=True),
            lambda path: self._browse(self._timeline_dialog, path),
            self._export_timeline,
            self._checked,
        )
        self._video_dialog = ExportDialog(
            ui,
            dialogs,
            Subject("Export a snapshot video", self._video_summary, _SNAPSHOT_FPS, _HOLDS),
            lambda path: self._browse(self._video_dialog, path),
            self._export_video,
            self._checked,
        )
        self._video: SnapshotVideo | None = None  # the one that the dialog asks about
        self._suffix = ".mp4"  # of the last export

    def commands(self) -> tuple[Command, ...]:
        """Return the commands of the File menu that export."""
        video = "Export snapshot video…"
        return section(
            "File",
            ("file.export", "Export timeline…", "Ctrl+E", self._ask_timeline),
            ("file.export_growth", video, "Ctrl+G", self._ask_video),
            ("file.cancel", "Cancel export", "Ctrl+.", self._export_job.cancel),
        )

    def _ask_timeline(self) -> None:
        if not self._export_job.may_start():
            return
        if self._ui.session.timeline.keyframes:
            self._timeline_dialog.open(self._paths.new_path("videos", self._suffix))
        else:
            self._dialogs.message(
                "Nothing to export yet",
                "A timeline goes from keyframe to keyframe. Press K to keep the current picture "
                "as the first one, change something, press K again, then export.",
            )

    def _ask_video(self) -> None:
        """Ask how to export the current picture, snapshot by snapshot."""
        if not self._export_job.may_start():
            return
        run, model_info = self._ui.view.run, self._ui.session.model_info
        if run is None or model_info is None or not run.usable:
            self._ui.say("Follow a training run that has saved a snapshot first.")
            return
        self._video = SnapshotVideo(
            self._ui.shown(time.monotonic()),
            model_info,
            tuple(snapshot.path for snapshot in run.usable),
            stored=dict(self._ui.session.stored),
        )
        self._video_dialog.open(self._paths.new_path("videos", f"-snapshots{self._suffix}"))

    def _browse(self, dialog: ExportDialog, path: Path) -> None:
        """Ask for a file, then show the dialog again."""
        self._paths.ask_target(
            "Export to", path, FILE_SUFFIXES, dialog.open, lambda: dialog.open(path)
        )

    def _timeline_summary(self, fps: Fraction, _hold: int) -> str:
        timeline = self._ui.session.timeline
        count = len(timeline.keyframes)
        summary = _summary(count, "keyframe", timeline.duration_s, timeline.frame_count(fps))
        moves = count > 1 or timeline.flow is not None
        return summary + (", as a loop" if timeline.loop and moves else "")

    def _video_summary(self, fps: Fraction, hold: int) -> str:
        count = len(self._video.snapshots) if self._video is not None else 0
        frames = count * hold
        return _summary(count, "snapshot", float(frames / fps), frames)

    def _export_timeline(self, path: Path, options: ExportOptions, _hold: int) -> None:
        timeline, stored = self._ui.session.timeline, dict(self._ui.session.stored)
        self._export_job.start(
            "videos",
            self._target(path),
            lambda model: export_timeline(model.renderer, timeline, path, options, stored),
        )

    def _export_video(self, path: Path, options: ExportOptions, hold: int) -> None:
        assert self._video is not None
        video = replace(self._video, frames_each=hold)
        device, cache_mb = self._ui.view.device, self._preferences.settings.cache_mb

        def open_snapshot(snapshot: str) -> LoadedModel:
            return open_model(snapshot, device, cache_mb)

        self._export_job.start(
            "videos",
            self._target(path),
            lambda _model: export_snapshot_video(open_snapshot, video, path, options),
            video.left_out,
        )

    def _checked(self, path: Path) -> Path:
        """Return the file or folder to write. WriteError where it cannot be written."""
        target, form = checked_target(path)
        try:
            check_writable(target, is_folder=form.is_folder)
        except WriteError:
            self._preferences.avoid_folder(target.parent)
            raise
        return target

    def _target(self, path: Path) -> Path:
        """Return the file or folder to write, and propose its suffix next time."""
        target, _ = format_of(path)
        self._suffix = target.suffix
        return target


def _summary(count: int, noun: str, seconds: float, frames: int) -> str:
    """Return "2 keyframes, 4.0 s, 120 frames"."""
    return f"{_counted(count, noun)}, {seconds:.1f} s, {_counted(frames, 'frame')}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"
