"""Files: what happens when one is opened, dropped or saved, and which questions that raises."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from explorer import settings as user_settings
from explorer.export import FORMATS, ExportOptions, export_timeline, save_png
from explorer.gui import native
from explorer.gui.browser import Browser
from explorer.gui.canvas import Canvas
from explorer.gui.commands import Command
from explorer.gui.context import Ui
from explorer.gui.dialogs import Dialogs
from explorer.gui.panels.export import ExportSheet
from explorer.model import ModelMissing, find_model
from explorer.recipe import Recipe, fit_recipe, read_recipe, recipe_of, write_recipe
from explorer.session import ModelFacts
from explorer.worker import FrameRequest, JobProgress, Worker
from explorer.writers import resized
from stylegan_core.errors import UserError

RECIPE_SUFFIXES: Final = (".png", ".mp4", ".gif", ".webp", ".json")
MODEL_SUFFIXES: Final = (".safetensors",)
LARGE_PICTURE: Final = 1024
STORED_STAMP: Final = 0


class Documents:
    """Opens and saves, on the main thread; `later` brings answers from elsewhere to it."""

    def __init__(
        self,
        ui: Ui,
        dialogs: Dialogs,
        canvas: Canvas,
        worker: Worker,
        later: Callable[[Callable[[], None]], None],
    ) -> None:
        self._ui, self._dialogs, self._canvas, self._worker, self._later = (
            ui,
            dialogs,
            canvas,
            worker,
            later,
        )
        self._browser = Browser(ui, dialogs)
        self._settings = user_settings.load_settings()
        self._pending: Recipe | None = None
        self._sheet = ExportSheet(ui, dialogs, self._browse_export, self._export)
        self._export_path = Path()

    def commands(self) -> tuple[Command, ...]:
        """The File menu."""
        return (
            Command("file.open", "Open…", "File", ("Ctrl+O",), self.ask_open),
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
            Command("file.cancel", "Cancel export", "File", ("Ctrl+.",), self.cancel_export),
        )

    @property
    def settings(self) -> user_settings.Settings:
        """The user's settings."""
        return self._settings

    def change_settings(self, **fields: Any) -> None:
        """Changes and keeps settings."""
        self._settings = replace(self._settings, **fields)
        user_settings.save_settings(self._settings)

    def open(self, path: Path) -> None:
        """Opens a model or a file with a recipe, whatever it is."""
        if path.is_dir():
            self._dialogs.message(
                "This is a folder", f"{path.name} is a folder. Open a model or a picture instead."
            )
        elif path.suffix.lower() in RECIPE_SUFFIXES:
            self._open_recipe(path)
        else:
            self.open_model(path)

    def open_model(self, path: Path, recipe: Recipe | None = None) -> None:
        """Lets the worker open a model; `recipe` is restored once it is there."""
        self._pending = recipe
        self._ui.view.loading = path.name
        self._ui.say("")
        self._worker.open(str(path))

    def model_loaded(self, facts: ModelFacts) -> None:
        """The worker has opened a model: the session is now about it."""
        view, session = self._ui.view, self._ui.session
        view.loading = ""
        self._ui.motion.clear()
        self._ui.player.leave()
        session.open_model(facts)
        if session.stored:
            self._send_stored()
        if self._pending is not None:
            recipe, self._pending = self._pending, None
            self._restore(recipe)
        self._remember(facts.path)
        self._ui.say(f"Opened {facts.name}.")

    def model_failed(self, path: str, message: str) -> None:
        """The worker could not open a model; the one before stays."""
        self._pending = None
        self._ui.view.loading = ""
        self._ui.say(message, warning=True)
        self._dialogs.message("This model cannot be opened", message)

    def _open_recipe(self, path: Path) -> None:
        try:
            recipe = read_recipe(path)
        except (UserError, OSError) as error:
            self._ui.say(str(error), warning=True)
            self._dialogs.message("Nothing to restore", str(error))
            return
        self._remember(str(path))
        facts = self._ui.session.facts
        if facts is not None and recipe.model.digest in ("", facts.digest):
            self._restore(recipe)
            self._ui.say(f"Restored {path.name}.")
        else:
            self._ask_model(path.name, recipe, facts)

    def _ask_model(self, name: str, recipe: Recipe, facts: ModelFacts | None) -> None:
        """The recipe's model is missing or is not the one that is open: says which, and asks."""
        made_with = f"{name} was made with the model {recipe.model.known_as}."
        choices: list[tuple[str, Callable[[], None] | None]] = [("Cancel", None)]
        if facts is not None:
            choices.append((f"Use {_short(facts.name)}", lambda: self._restore(recipe)))
            made_with += f" The model that is open is '{facts.name}', so faces will differ."
        try:
            found = find_model(recipe.model, self._models_seen())
        except ModelMissing:
            made_with += (
                "\n\nThat model is not among the files known here. You can look for its file."
            )
            choices.append(("Find the model…", lambda: self._find_model(recipe)))
            self._dialogs.message("The model is missing", made_with, choices)
            return
        if facts is None:
            self.open_model(found, recipe)
            return
        choices.append(
            (f"Open {_short(recipe.model.name)}", lambda: self.open_model(found, recipe))
        )
        self._dialogs.message("Made with another model", made_with, choices)

    def _find_model(self, recipe: Recipe) -> None:
        question = native.Question("The model of this picture", self._folder(), MODEL_SUFFIXES)
        self._ask(question, lambda path: self.open_model(path, recipe))

    def _restore(self, recipe: Recipe) -> None:
        session = self._ui.session
        assert session.facts is not None
        fitted = (
            recipe
            if recipe.model.digest == session.facts.digest
            else fit_recipe(recipe, session.facts)
        )
        session.restore(fitted.edit, fitted.timeline, fitted.stored)
        self._send_stored()
        self._ui.motion.clear()
        self._ui.player.leave()
        self._ui.view.keyframe = None
        self._ui.stale = True

    def _send_stored(self) -> None:
        self._worker.request(FrameRequest("stored", STORED_STAMP, dict(self._ui.session.stored)))

    def ask_open(self) -> None:
        """File > Open."""
        suffixes = (*MODEL_SUFFIXES, *RECIPE_SUFFIXES)
        self._ask(native.Question("Open a model or a picture", self._folder(), suffixes), self.open)

    def ask_save(self) -> None:
        """File > Save picture, in the model's own size."""
        if self._canvas.picture is None:
            self._ui.say("There is no picture to save yet.")
            return
        question = native.Question(
            "Save the picture", self._folder(), (".png",), True, self._name(".png")
        )
        self._ask(question, lambda path: self._save(path, None))

    def ask_save_large(self) -> None:
        """File > Save picture enlarged."""
        if self._canvas.picture is not None:
            question = native.Question(
                "Save the picture", self._folder(), (".png",), True, self._name("-large.png")
            )
            self._ask(question, lambda path: self._save(path, LARGE_PICTURE))

    def ask_save_recipe(self) -> None:
        """File > Save recipe: the timeline when there is one, else the picture."""
        question = native.Question(
            "Save the recipe", self._folder(), (".json",), True, self._name(".json")
        )
        self._ask(question, self._save_recipe)

    def ask_export(self) -> None:
        """File > Export: asks how, then starts."""
        if self._ui.view.job_id is not None:
            self._ui.say("An export is running; wait for it or cancel it first.")
        elif not self._ui.session.timeline.keyframes:
            self._dialogs.message(
                "Nothing to export yet",
                "An animation goes from keyframe to keyframe. Press K to keep the present picture "
                "as the first, change something, press K again, then export.",
            )
        else:
            if self._export_path == Path():
                self._export_path = self._folder() / self._name(".mp4")
            self._sheet.open(self._export_path)

    def cancel_export(self) -> None:
        """Stops the export; the worker removes what it had written."""
        if self._ui.view.job_id is not None:
            self._worker.cancel(self._ui.view.job_id)

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
            self._ui.say(f"Wrote {self._export_path}.")
        elif report.state == "cancelled":
            self._ui.say("The export was cancelled; nothing was written.")
        else:
            self._ui.say(report.message, warning=True)
            self._dialogs.message("The export failed", report.message)

    def _browse_export(self, path: Path) -> None:
        suffixes = tuple(suffix for suffix in FORMATS if suffix)
        question = native.Question("Export to", path.parent, suffixes, True, path.name)

        def chosen(answer: Path) -> None:
            self._export_path = answer
            self._sheet.open(answer)

        self._ask(question, chosen, lambda: self._sheet.open(path))

    def _export(self, path: Path, options: ExportOptions) -> None:
        session, self._export_path = self._ui.session, path
        line, stored = session.timeline, dict(session.stored)
        self._remember(str(path))
        self._ui.view.progress = None
        self._ui.view.job_id = self._worker.start_job(
            lambda model: export_timeline(model.renderer, line, path, options, stored),
            f"Exporting {path.name}",
        )
        self._ui.say(f"Exporting {path.name} …")

    def _save(self, path: Path, size: int | None) -> None:
        picture, session = self._canvas.picture, self._ui.session
        if picture is None:
            return
        path = path if path.suffix else path.with_suffix(".png")
        recipe = recipe_of(self._ui.shown(time.monotonic()), session.facts, session.stored)
        self._write(
            path,
            lambda: save_png(picture if size is None else resized(picture, size), path, recipe),
        )

    def _save_recipe(self, path: Path) -> None:
        session = self._ui.session
        content = (
            session.timeline if session.timeline.keyframes else self._ui.shown(time.monotonic())
        )
        path = path if path.suffix else path.with_suffix(".json")
        self._write(
            path, lambda: write_recipe(path, recipe_of(content, session.facts, session.stored))
        )

    def _write(self, path: Path, write: Callable[[], None]) -> None:
        try:
            write()
        except (OSError, UserError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            self._ui.say(f"{path.name} could not be written: {reason}.", warning=True)
            return
        self._remember(str(path))
        self._ui.say(f"Saved {path}.")

    def _ask(
        self,
        question: native.Question,
        use: Callable[[Path], None],
        leave: Callable[[], None] | None = None,
    ) -> None:
        """Asks for a path by the desktop's dialog, or by our own where there is none."""

        def answer(path: Path | None) -> None:
            if path is not None:
                use(path)
            elif leave is not None:
                leave()

        if not native.ask(question, lambda path: self._later(lambda: answer(path))):
            self._browser.ask(question, answer)

    def _folder(self) -> Path:
        folder = Path(self._settings.last_folder) if self._settings.last_folder else Path.home()
        return folder if folder.is_dir() else Path.home()

    def _name(self, ending: str) -> str:
        facts = self._ui.session.facts
        name = (
            "".join(c if c.isalnum() or c in "-_" else "-" for c in facts.name)
            if facts
            else "stylegan"
        )
        return f"{name}-{time.strftime('%Y%m%d-%H%M%S')}{ending}"

    def _models_seen(self) -> list[str]:
        return [path for path in self._settings.recent_files if path.endswith(MODEL_SUFFIXES)]

    def _remember(self, path: str) -> None:
        if path:
            self._settings = user_settings.with_recent(self._settings, str(Path(path).resolve()))
            user_settings.save_settings(self._settings)


def _short(name: str) -> str:
    """A model's name for a button."""
    return name if len(name) <= 14 else f"{name[:13]}…"
