"""The training dialog: which pictures, how large, how long, and into which folder."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.gui import widgets
from explorer.gui.context import Ui
from explorer.gui.dialogs.form import Form
from explorer.gui.dialogs.modal import Dialogs, inner_width
from explorer.gui.dialogs.paths import Paths
from explorer.gui.dialogs.train_notes import TrainNotes
from explorer.gui.toolkit import texts
from explorer.gui.toolkit.background import Post, in_background
from explorer.gui.toolkit.numbers import Numbers
from explorer.runs.train_options import PresetInfo, TrainOptions, check, presets
from explorer.settings import FileKind
from stylegan_core.errors import UserError
from stylegan_core.training.run_files import holds_run
from stylegan_core.training.settings import DEFAULT_PRESET

_WIDTH: Final = 640
_SIZES: Final = (8, 16, 32, 64, 128, 256, 512, 1024)
_LENGTHS: Final = Numbers(0.001, 1_000_000, unit="kimg")
_TIPS: Final = {
    "data": "A folder or zip file of pictures, or portraits:30000 for 30,000 portraits that the "
    "program draws itself.",
    "resolution": "Width and height of the pictures. Each doubling takes about four times as long.",
    "preset": "The networks and all settings that are not below, as they proved good. It also "
    "proposes a size and a length; those that you have changed stay.",
    "kimg": "How many pictures are shown, in thousands. You can pause, resume or end training "
    "earlier, and explore each snapshot.",
    "out": "A new folder for the log, the snapshots and the samples of the run.",
    "from": "Continue from the open model, at its size or a larger one, instead of starting from "
    "scratch. A few hundred pictures can then be enough.",
    "more": "Further settings by name, such as r1_gamma=5 mirror=false.",
}


class TrainDialog:
    """Asks how to train; `start` gets the options once they have been checked."""

    def __init__(
        self,
        ui: Ui,
        dialogs: Dialogs,
        paths: Paths,
        post: Post,
        start: Callable[[TrainOptions], None],
    ) -> None:
        self._ui = ui
        self._dialogs = dialogs
        self._paths = paths
        self._post = post
        self._start = start
        self._form = Form(ui, "train", _TIPS)
        self._notes = TrainNotes(ui, post)
        self._presets: tuple[PresetInfo, ...] = ()
        self._options: TrainOptions | None = None  # as the dialog was left
        self._being_checked: TrainOptions | None = None

    def open(self, options: TrainOptions | None = None, pictures: Path | None = None) -> None:
        """Show the dialog with the given options, or as it was left.

        `pictures` is a folder to train with.
        """
        if not self._presets:
            self._load_presets(options, pictures)
            return
        options = options or self._options or self._default_options()
        if pictures is not None:
            options = replace(options, data=str(pictures))
        if holds_run(options.out):
            options = replace(options, out=_unused(options.out))
        self._options = options
        self._dialogs.open("Train a model", lambda: self._draw(options), _WIDTH, self._closed)

    def advance(self, now: float) -> None:
        """Follow the fields of the open dialog with the estimate; `now` is of a steady clock."""
        if self._notes.are_shown():
            self._notes.watch(self._readable(), now)

    def _load_presets(self, options: TrainOptions | None, pictures: Path | None) -> None:
        """Load the presets, which takes seconds, then open the dialog."""

        def loaded(future: Future[tuple[PresetInfo, ...]]) -> None:
            self._presets = future.result()
            self.open(options, pictures)

        text = "Loading the presets…"
        self._ui.say(text, during=lambda: not self._presets)
        in_background(presets, self._post, loaded)

    def _closed(self) -> None:
        self._being_checked = None
        self._notes.close()

    def _default_options(self) -> TrainOptions:
        model_info = self._ui.session.model_info
        is_on_gpu = model_info is not None and model_info.device.startswith("cuda")
        name = "portraits-gpu" if is_on_gpu else DEFAULT_PRESET
        preset = next(preset for preset in self._presets if preset.name == name)
        out = _unused(Path.home() / "stylegan-runs" / "portraits")
        return TrainOptions("portraits", preset.resolution, preset.name, preset.kimg, out)

    def _draw(self, options: TrainOptions) -> None:
        form, model_info = self._form, self._ui.session.model_info
        sizes = [_size_text(size) for size in _SIZES]
        names = [preset.name for preset in self._presets]
        with widgets.grid(104, 0, 92):
            form.choice("Preset", "preset", names, options.preset, self._preset_chosen)
            form.note("purpose")
            form.path("Pictures", "data", options.data, self._browse_pictures)
            form.choice("Size", "resolution", sizes, _size_text(options.resolution))
            form.number("Length", "kimg", options.kimg, _LENGTHS)
            form.path("Run folder", "out", str(options.out), self._browse_folder)
            form.check(
                "Start from",
                "from",
                "the open model" + (f", {model_info.name}" if model_info else ""),
                options.start_from is not None and model_info is not None,
                model_info is not None,
                self._start_from_toggled,
            )
            form.text("More settings", "more", options.more, "name=value name=value")
        widgets.gap(2)
        self._notes.draw()
        widgets.gap(4)
        self._dialogs.buttons(
            (("Cancel", None),), inner_width(_WIDTH), ("Train", "train.go", self._confirm)
        )
        self._chosen = self._preset()
        self._show_purpose()
        self._offer_sizes()

    # Fields that depend on each other ------------------------------------------------------

    def _preset_chosen(self, _name: str) -> None:
        """Follow the preset with the fields that still hold what the one before proposed."""
        before, preset = self._chosen, self._preset()
        self._chosen = preset
        if dpg.get_value("train.kimg") == _LENGTHS.plain(before.kimg):
            self._form.show_number("kimg", preset.kimg)
        if not dpg.get_value("train.from") and self._resolution() == before.resolution:
            dpg.set_value("train.resolution", _size_text(preset.resolution))
        self._show_purpose()

    def _show_purpose(self) -> None:
        preset = self._chosen
        purpose = preset.purpose[0].upper() + preset.purpose[1:]
        length = f"{_LENGTHS.plain(preset.kimg)} kimg"
        dpg.set_value(
            "train.purpose", f"{purpose}. Proposed: {_size_text(preset.resolution)}, {length}."
        )

    def _start_from_toggled(self) -> None:
        start_size = self._start_size()
        if start_size and self._resolution() == self._chosen.resolution:
            dpg.set_value("train.resolution", _size_text(start_size))
        self._offer_sizes()

    def _offer_sizes(self) -> None:
        """Offer the size of the model to start from and larger ones, or all sizes."""
        start_size = self._start_size()
        items = [_size_text(size) for size in _SIZES if size >= start_size]
        dpg.configure_item("train.resolution", items=items)
        dpg.set_value("train.resolution", _size_text(max(start_size, self._resolution())))

    # The options as they stand in the form -------------------------------------------------

    def _preset(self) -> PresetInfo:
        name = dpg.get_value("train.preset")
        return next(preset for preset in self._presets if preset.name == name)

    def _resolution(self) -> int:
        return int(str(dpg.get_value("train.resolution")).split()[0])

    def _start_size(self) -> int:
        """Return the size of the model to start from, 0 when training starts from scratch."""
        model_info = self._ui.session.model_info
        return model_info.resolution if model_info and dpg.get_value("train.from") else 0

    def _read(self) -> TrainOptions:
        """Return the options. Raises UserError where the length is not a number."""
        model_info = self._ui.session.model_info
        continues = model_info is not None and bool(dpg.get_value("train.from"))
        return TrainOptions(
            data=_typed_data(str(dpg.get_value("train.data")).strip()),
            resolution=self._resolution(),
            preset=str(dpg.get_value("train.preset")),
            kimg=self._form.read_number("kimg"),
            out=texts.typed_path(str(dpg.get_value("train.out"))).absolute(),
            start_from=Path(model_info.path) if model_info and continues else None,
            more=str(dpg.get_value("train.more")).strip(),
        )

    def _readable(self) -> TrainOptions | None:
        """Return the options, None where they cannot be read."""
        try:
            return self._read()
        except UserError:
            return None

    def _remember(self) -> TrainOptions | None:
        """Keep the options for the next time and return them; if they are wrong, say why."""
        try:
            self._options = self._read()
        except UserError as error:
            self._notes.refuse(str(error), None)
            return None
        return self._options

    # File dialogs and the start ------------------------------------------------------------

    def _browse_pictures(self) -> None:
        self._browse("data", "Pictures to train with", lambda o, path: replace(o, data=str(path)))

    def _browse_folder(self) -> None:
        self._browse("runs", "The folder of the new run", lambda o, path: replace(o, out=path))

    def _browse(
        self, kind: FileKind, title: str, with_path: Callable[[TrainOptions, Path], TrainOptions]
    ) -> None:
        """Ask for a folder, then show the dialog again."""
        options = self._remember()
        if options is None:
            return
        self._paths.ask_folder(
            kind,
            title,
            lambda path: self.open(with_path(options, path)),
            lambda: self.open(options),
        )

    def _confirm(self) -> None:
        """Check the options in the background, because reading many pictures takes long."""
        if self._being_checked is not None:
            return
        options = self._remember()
        if options is None:
            return
        self._being_checked = options
        self._notes.answer("Checking the pictures\N{HORIZONTAL ELLIPSIS}")
        in_background(
            lambda: check(options), self._post, lambda future: self._checked(options, future)
        )

    def _checked(self, options: TrainOptions, future: Future[None]) -> None:
        if self._being_checked is not options:
            return  # the dialog was closed meanwhile
        self._being_checked = None
        try:
            future.result()
        except UserError as error:
            self._notes.refuse(str(error), self._readable())
            return
        self._dialogs.close()
        self._start(options)


def _typed_data(text: str) -> str:
    """Return the pictures as the command line takes them, where a "~" is not known."""
    return str(texts.typed_path(text)) if text.startswith("~") else text


def _size_text(side: int) -> str:
    return f"{side} {texts.TIMES} {side}"


def _unused(folder: Path) -> Path:
    """Return the folder, or the first of folder-2, folder-3, ... that does not exist."""
    number, free = 1, folder
    while free.exists():
        number += 1
        free = folder.with_name(f"{folder.name}-{number}")
    return free
