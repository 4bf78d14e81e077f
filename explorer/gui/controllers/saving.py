"""Pictures, recipes and animations to files."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Final

from explorer.export.export import (
    FORMATS,
    ExportOptions,
    export_timeline,
    format_of,
    picture_steps,
    save_png,
)
from explorer.export.recipe import recipe_of, write_recipe
from explorer.export.snapshot_video import SnapshotVideo, export_snapshot_video
from explorer.export.writers import resized
from explorer.gui.canvas import Canvas
from explorer.gui.context import Ui
from explorer.gui.dialogs.export import ExportDialog, Subject
from explorer.gui.dialogs.modal import Dialogs
from explorer.gui.dialogs.paths import Paths
from explorer.gui.toolkit import native
from explorer.gui.toolkit.commands import Command
from explorer.rendering.jobs import Steps
from explorer.rendering.loaded_model import LoadedModel, open_model
from explorer.rendering.messages import JobProgress
from explorer.rendering.worker import Worker

LARGE_PICTURE: Final = 1024
HOLDS: Final = (1, 2, 3, 6, 12, 24)


class Saving:
    """Saves and exports. Belongs to the main thread."""

    def __init__(
        self, ui: Ui, dialogs: Dialogs, paths: Paths, canvas: Canvas, worker: Worker[LoadedModel]
    ) -> None:
        self._ui, self._dialogs, self._paths = ui, dialogs, paths
        self._canvas, self._worker = canvas, worker
        self._sheet = ExportDialog(
            ui,
            dialogs,
            Subject("Export the journey", self._journey_text),
            lambda path: self._browse_export(self._sheet, path),
            self._export,
        )
        self._growth_sheet = ExportDialog(
            ui,
            dialogs,
            Subject("Export the growth", self._growth_text, "12", HOLDS),
            lambda path: self._browse_export(self._growth_sheet, path),
            self._export_growth,
        )
        self._growth: SnapshotVideo | None = None  # what the sheet of a growth is about
        self._exported_growth: SnapshotVideo | None = None  # what the last export shows of a run
        self._exported: Path | None = None  # what the last export writes or wrote
        self._suffix = ".mp4"  # of the last animation

    def commands(self) -> tuple[Command, ...]:
        """The rest of the File menu."""
        return (
            Command("file.save_png", "Save picture…", "File", ("Ctrl+S",), self.ask_save),
            Command(
                "file.save_large",
                "Save picture enlarged…",
                "File",
                ("Ctrl+Shift+S",),
                self.ask_save_large,
            ),
            Command("file.save_recipe", "Save recipe…", "File", ("Ctrl+R",), self.ask_save_recipe),
            Command("file.export", "Export animation…", "File", ("Ctrl+E",), self.ask_export),
            Command(
                "file.export_growth", "Export growth…", "File", ("Ctrl+G",), self.ask_snapshot_video
            ),
            Command("file.cancel", "Cancel export", "File", ("Ctrl+.",), self.cancel_export),
        )

    def ask_save(self) -> None:
        """File > Save picture, in the model's own size."""
        self._ask_picture(".png", None)

    def ask_save_large(self) -> None:
        """File > Save picture enlarged."""
        self._ask_picture("-large.png", LARGE_PICTURE)

    def _ask_picture(self, ending: str, size: int | None) -> None:
        """Keeps what is shown now, then asks where to put it. Where only a preview is shown, as
        while noise flows on a slow machine, the worker makes the whole picture.
        """
        session, view, title = self._ui.session, self._ui.view, "Save the picture"
        if session.model_info is None or view.heat:
            self._ui.say("There is no picture to save: open a model, or leave the heat map.")
        elif view.pictured is not None:
            picture = self._canvas.picture
            assert picture is not None
            recipe = recipe_of(view.pictured, session.model_info, session.stored)
            picture = picture if size is None else resized(picture, size)
            self._ask_to_write(title, ".png", ending, lambda path: save_png(picture, path, recipe))
        elif not self._is_exporting():
            edit, stored = self._ui.shown(time.monotonic()), dict(session.stored)

            def start(path: Path) -> None:
                self._start(
                    path, lambda model: picture_steps(model.renderer, edit, path, size, stored)
                )

            self._ask(title, ".png", ending, start)

    def ask_save_recipe(self) -> None:
        """File > Save recipe: the timeline when there is one, else the picture."""
        session = self._ui.session
        if session.model_info is None:
            self._ui.say("There is no recipe to save: open a model first.")
            return
        line = session.timeline
        content = line if line.keyframes else self._ui.shown(time.monotonic())
        recipe = recipe_of(content, session.model_info, session.stored)
        self._ask_to_write(
            "Save the recipe", ".json", ".json", lambda path: write_recipe(path, recipe)
        )

    def _ask_to_write(
        self, title: str, suffix: str, ending: str, write: Callable[[Path], None]
    ) -> None:
        self._ask(title, suffix, ending, lambda path: self._write(path, write))

    def _ask(self, title: str, suffix: str, ending: str, use: Callable[[Path], None]) -> None:
        folder, name = self._paths.folder(), self._name(ending)
        question = native.Question(title, folder, (suffix,), True, name)

        def save(chosen: Path) -> None:
            path = native.with_suffix_of(question, chosen)
            if path != chosen and path.exists():  # the desktop's dialog asked about another name
                self._ui.say(f"{path} exists already: choose another name.", warning=True)
            else:
                use(path)

        self._paths.ask(question, save)

    def ask_export(self) -> None:
        """File > Export: asks how, then starts."""
        if self._is_exporting():
            return
        if not self._ui.session.timeline.keyframes:
            self._dialogs.message(
                "Nothing to export yet",
                "An animation goes from keyframe to keyframe. Press K to keep the present picture "
                "as the first, change something, press K again, then export.",
            )
        else:
            self._sheet.open(self._paths.folder() / self._name(self._suffix))

    def ask_snapshot_video(self) -> None:
        """Model > Export growth: the present picture, snapshot by snapshot."""
        if self._is_exporting():
            return
        run, model_info = self._ui.view.run, self._ui.session.model_info
        if run is None or model_info is None or not run.usable:
            self._ui.say("Follow a run that has saved a snapshot: then its growth can be exported.")
            return
        self._growth = SnapshotVideo(
            self._ui.shown(time.monotonic()),
            model_info,
            tuple(snapshot.path for snapshot in run.usable),
            stored=dict(self._ui.session.stored),
        )
        self._growth_sheet.open(self._paths.folder() / self._name(f"-growth{self._suffix}"))

    def _is_exporting(self) -> bool:
        """Whether an export runs, beside which no other may; says so."""
        if self._ui.view.job_id is not None:
            self._ui.say("An export is running; wait for it or cancel it first.")
        return self._ui.view.job_id is not None

    def _journey_text(self, fps: Fraction, _hold: int) -> str:
        line = self._ui.session.timeline
        keys = len(line.keyframes)
        words = f"{keys} keyframe{'s' * (keys != 1)}, {line.duration_s:.1f} s, "
        words += f"{line.frame_count(fps)} frames"
        return words + (", closing into a loop" if line.loop and keys > 1 else "")

    def _growth_text(self, fps: Fraction, hold: int) -> str:
        count = len(self._growth.snapshots) if self._growth is not None else 0
        seconds = float(count * hold / fps)
        return f"{count} snapshot{'s' * (count != 1)}, {seconds:.1f} s, {count * hold} frames"

    def cancel_export(self) -> None:
        """Stops the export; the worker removes what it had written."""
        if self._ui.view.job_id is not None:
            self._worker.cancel(self._ui.view.job_id)

    def before_the_end(self, leave: Callable[[], None]) -> None:
        """Leaves, once it is known that an export that runs may be lost."""
        if self._ui.view.job_id is None or self._exported is None:
            leave()
            return
        self._dialogs.message(
            "An export is running",
            f"{self._exported.name} is not complete yet: if the window closes now, nothing of it "
            "is kept.",
            (("Keep exporting", None), ("Stop it and quit", leave)),
        )

    def progress(self, report: JobProgress) -> None:
        """Shows how far the export is."""
        view = self._ui.view
        if report.job_id != view.job_id:
            return
        view.progress = (report.done, report.total, report.seconds_left)
        self._ui.stale = True
        if report.state == "running":
            return
        view.job_id, view.progress = None, None
        if report.state == "done":
            self._ui.say(f"Wrote {self._exported}.{self._left_out()}")
        elif report.state == "cancelled":
            self._ui.say("The export was cancelled; nothing was written.")
        else:
            self._ui.say(report.message, warning=True)
            self._dialogs.message("The export failed", report.message)

    def _left_out(self) -> str:
        """What a growth lacks, in a sentence."""
        growth = self._exported_growth
        count = len(growth.left_out) if growth is not None else 0
        some = "A snapshot was" if count == 1 else f"{count} snapshots were"
        return f" {some} left out: damaged, or no longer there." if count else ""

    def _browse_export(self, sheet: ExportDialog, path: Path) -> None:
        suffixes = tuple(suffix for suffix in FORMATS if suffix)
        question = native.Question("Export to", path.parent, suffixes, True, path.name)

        def take(chosen: Path) -> None:
            target = native.with_suffix_of(question, chosen)
            sheet.open(target, may_replace=target == chosen)  # asked about that name only

        self._paths.ask(question, take, lambda: sheet.open(path))

    def _export(self, path: Path, options: ExportOptions, _hold: int) -> None:
        session = self._ui.session
        line, stored = session.timeline, dict(session.stored)
        self._start_animation(
            path, lambda model: export_timeline(model.renderer, line, path, options, stored)
        )

    def _export_growth(self, path: Path, options: ExportOptions, hold: int) -> None:
        assert self._growth is not None
        growth = replace(self._growth, frames_each=hold)
        settings = self._paths.settings

        def opened(snapshot: str) -> LoadedModel:
            return open_model(snapshot, settings.device, settings.cache_mb)

        self._start_animation(
            path, lambda _: export_snapshot_video(opened, growth, path, options), growth
        )

    def _start_animation(
        self,
        path: Path,
        make_steps: Callable[[LoadedModel], Steps],
        growth: SnapshotVideo | None = None,
    ) -> None:
        target = format_of(path)[0]
        self._suffix = target.suffix
        self._start(target, make_steps, growth)

    def _start(
        self,
        path: Path,
        make_steps: Callable[[LoadedModel], Steps],
        growth: SnapshotVideo | None = None,
    ) -> None:
        """Starts an export, unless one was started while the desktop's dialog was open."""
        if self._is_exporting():
            return
        self._exported, self._exported_growth = path, growth
        self._paths.remember_folder(path)
        self._ui.view.progress = None
        self._ui.view.job_id = self._worker.start_job(make_steps, f"Exporting {path.name}")
        self._ui.say(f"Exporting {path.name} …")

    def _write(self, path: Path, write: Callable[[Path], None]) -> None:
        try:
            write(path)
        except OSError as error:
            reason = error.strerror or error
            self._ui.say(f"{path.name} could not be written: {reason}.", warning=True)
            return
        self._paths.remember_folder(path)
        self._ui.say(f"Saved {path}.")

    def _name(self, ending: str) -> str:
        model_info = self._ui.session.model_info
        name = (
            "".join(c if c.isalnum() or c in "-_" else "-" for c in model_info.name)
            if model_info
            else "stylegan"
        )
        return f"{name}-{time.strftime('%Y%m%d-%H%M%S')}{ending}"
