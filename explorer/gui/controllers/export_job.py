"""The one export that may run at a time, beside the pictures on the canvas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from explorer.gui.context import Ui
from explorer.gui.dialogs.modal import Dialogs
from explorer.gui.preferences import Preferences
from explorer.rendering.jobs import Steps
from explorer.rendering.loaded_model import LoadedModel
from explorer.rendering.messages import JobProgress
from explorer.rendering.worker import Worker
from explorer.settings import FileKind


class ExportJob:
    """Starts and cancels an export on the worker, and reports on it."""

    def __init__(
        self, ui: Ui, dialogs: Dialogs, preferences: Preferences, worker: Worker[LoadedModel]
    ) -> None:
        self._ui = ui
        self._dialogs = dialogs
        self._preferences = preferences
        self._worker = worker
        self._path: Path | None = None  # of the last export
        self._kind: FileKind = "videos"
        self._left_out: Sequence[str] = ()  # snapshots that the last export could not show

    def may_start(self) -> bool:
        """Tell whether an export may start; if another one runs, say so."""
        if self._ui.view.job_id is not None:
            self._ui.say("An export is running. Wait for it or cancel it first.")
        return self._ui.view.job_id is None

    def start(
        self,
        kind: FileKind,
        path: Path,
        make_steps: Callable[[LoadedModel], Steps],
        left_out: Sequence[str] = (),
    ) -> None:
        """Start an export, unless one was started while the desktop's dialog was open.

        `make_steps` gets the open model. The export adds to `left_out` what it cannot show.
        """
        if not self.may_start():
            return
        self._kind = kind
        self._path = path
        self._left_out = left_out
        self._ui.view.progress = None
        job_id = self._worker.start_job(make_steps, f"Exporting {path.name}")
        self._ui.view.job_id = job_id
        text = f"Exporting {path.name} …"
        self._ui.say(text, during=lambda: self._ui.view.job_id == job_id)

    def cancel(self) -> None:
        """Stop the export; the worker removes what it has written."""
        if self._ui.view.job_id is not None:
            self._worker.cancel(self._ui.view.job_id)

    def progress(self, report: JobProgress) -> None:
        """Show how far the export is, or how it ended."""
        view = self._ui.view
        if report.job_id != view.job_id:
            return
        view.progress = (report.done, report.total, report.seconds_left)
        self._ui.stale = True
        if report.state == "running":
            return
        view.job_id = None
        view.progress = None
        if report.state == "done" and self._path is not None:
            self._preferences.remember_folder(self._kind, self._path)
            self._preferences.remember_opened(self._path)
            self._ui.say(f"Wrote {self._path}.{self._omissions()}")
        elif report.state == "cancelled":
            self._ui.say("The export was cancelled; nothing was written.")
        else:
            self._dialogs.refuse("The export failed", report.message)

    def confirm_quit(self, leave: Callable[[], None]) -> None:
        """Leave, after asking if that would lose a running export."""
        if self._ui.view.job_id is None or self._path is None:
            leave()
            return
        self._dialogs.message(
            "An export is running",
            f"{self._path.name} is not complete yet. If you quit now, nothing of it is kept.",
            (("Keep exporting", None), ("Stop it and quit", leave)),
        )

    def _omissions(self) -> str:
        """Return a sentence about snapshots that were left out, or nothing."""
        count = len(self._left_out)
        subject = "1 snapshot was" if count == 1 else f"{count} snapshots were"
        return f" {subject} left out: damaged or deleted." if count else ""
