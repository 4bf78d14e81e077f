"""The export dialog: file, format, size, frame rate, and frames for each snapshot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.export.options import (
    ExportError,
    ExportOptions,
    chosen_size,
    format_of,
    limit_note,
    parse_fps,
    with_possible_rate,
)
from explorer.export.writers import FILE_SUFFIXES, FORMATS, FRAMES
from explorer.gui import widgets
from explorer.gui.context import Ui
from explorer.gui.dialogs.form import Form
from explorer.gui.dialogs.modal import Dialogs, inner_width
from explorer.gui.toolkit import texts
from stylegan_core.write_errors import WriteError

_WIDTH: Final = 560
_SIZES: Final = (128, 256, 512, 1024)
_MIN_PROPOSED_SIZE: Final = 512
_RATES: Final = ("5", "12", "24", "25", "29.97", "30", "50", "60")
_SUFFIXES: Final = {form.label: suffix for suffix, form in FORMATS.items()}
_REPLACED_SUFFIXES: Final = (
    *FILE_SUFFIXES,
    *(".png", ".jpg", ".jpeg", ".mov", ".m4v", ".avi", ".mkv", ".webm"),
)  # when another format is chosen; any other suffix is part of the name
_FLOW: Final = "flows, and is back where it began at the end"
_TIPS: Final = {
    "path": "The file to write. Its suffix decides the format.",
    "format": "A video, an animation for web pages, or single pictures.",
    "size": "Width and height in pixels, at least 8. MP4 needs an even number: an odd one is "
    "increased by 1.",
    "fps": "Frames per second, such as 30, 29.97 or 30000/1001. More frames look smoother and make "
    "a larger file. The duration stays the same.",
    "hold": "How long each snapshot is shown.",
    "flow": "Let noise flow through the whole timeline, at the speeds of the Noise panel. At the "
    "end it is back where it began, so that a loop closes.",
}


@dataclass(frozen=True)
class Subject:
    """The subject of an export: a title, a proposed frame rate and a summary for the dialog.

    `summary` gets the frame rate and the frames for each picture. `holds` are the choices of
    frames for each picture, if there are any. `has_flow` says that noise can flow in it.
    """

    title: str
    summary: Callable[[Fraction, int], str]
    fps: str = "30"
    holds: tuple[int, ...] = ()
    has_flow: bool = False


class ExportDialog:
    """Asks how to export a subject; `export` gets path, options and frames for each picture.

    `checked` returns the file or folder that will be written. It raises ExportError, and WriteError
    for a place that cannot be written.
    """

    def __init__(
        self,
        ui: Ui,
        dialogs: Dialogs,
        subject: Subject,
        browse: Callable[[Path], None],
        export: Callable[[Path, ExportOptions, int], None],
        checked: Callable[[Path], Path],
    ) -> None:
        self._ui = ui
        self._dialogs = dialogs
        self._subject = subject
        self._browse = browse
        self._export = export
        self._checked = checked
        self._form = Form(ui, "export", _TIPS)
        self._fps = subject.fps
        self._hold = 1
        self._size: str | None = None  # as typed, None for the proposed one
        self._may_replace: Path | None = None  # an existing file that the user agreed to replace

    def open(self, path: Path, may_replace: bool = False) -> None:
        """Show the dialog; `may_replace` says that a file dialog has asked about `path`."""
        self._path = path
        self._may_replace = path if may_replace else None
        self._dialogs.open(self._subject.title, self._draw, _WIDTH)

    def _draw(self) -> None:
        form = self._form
        with widgets.grid(90, 0, 96):
            form.path(
                "File",
                "path",
                str(self._path),
                lambda: self._browse(self._path),
                self._path_typed,
                browse_key="browse",
            )
            form.choice("Format", "format", list(_SUFFIXES), self._format(), self._format_chosen)
            form.text_with_common(
                "Size in px", "size", self._size_text(), self._sizes(), self._changed
            )
            form.text_with_common("Rate in fps", "fps", self._fps, _RATES, self._changed)
            if self._subject.holds:
                holds = [_hold_text(hold) for hold in self._subject.holds]
                form.choice("Hold", "hold", holds, _hold_text(self._hold), self._hold_chosen)
            if self._subject.has_flow:
                model_info = self._ui.session.model_info
                takes_noise = model_info is not None and model_info.takes_noise
                form.check("Noise", "flow", _FLOW, self._flows(), takes_noise, self._toggle_flow)
        widgets.gap(4)
        widgets.note(self._ui, "", tag="export.summary", wrap=True)
        widgets.gap(8)
        self._dialogs.buttons(
            (("Cancel", None),), inner_width(_WIDTH), ("Export", "export.go", self._confirm)
        )
        self._summarise()

    def _model_size(self) -> int:
        model_info = self._ui.session.model_info
        return model_info.resolution if model_info else 64

    def _proposed_size(self) -> int:
        return max(self._model_size(), _MIN_PROPOSED_SIZE)

    def _size_text(self) -> str:
        return str(self._proposed_size()) if self._size is None else self._size

    def _sizes(self) -> list[str]:
        model_size = self._model_size()
        sizes = sorted({model_size, *_SIZES})
        return [f"{size}  (the model's)" if size == model_size else str(size) for size in sizes]

    def _format(self) -> str:
        suffix = self._path.suffix.lower()
        return next((label for label, other in _SUFFIXES.items() if other == suffix), FRAMES.label)

    def _format_chosen(self, label: str) -> None:
        suffix = self._path.suffix if self._path.suffix.lower() in _REPLACED_SUFFIXES else ""
        self._path = Path(str(self._path).removesuffix(suffix) + _SUFFIXES[label])
        dpg.set_value("export.path", str(self._path))
        self._summarise()

    def _path_typed(self, text: str) -> None:
        self._path = texts.typed_path(text)
        dpg.set_value("export.format", self._format())
        self._summarise()

    def _flows(self) -> bool:
        return self._ui.session.timeline.flow is not None

    def _toggle_flow(self) -> None:
        """Let noise flow in the timeline itself, so that the window plays what is exported."""
        self._ui.commands.runner("timeline.flow")()
        dpg.set_value("export.flow", self._flows())
        self._summarise()

    def _hold_chosen(self, text: str) -> None:
        self._hold = int(text.split()[0])
        self._summarise()

    def _changed(self, _text: str) -> None:
        self._summarise()

    def _summarise(self) -> None:
        """Show what will be written, or why that is impossible."""
        size = str(dpg.get_value("export.size"))
        self._size = None if size == str(self._proposed_size()) else size
        self._fps = str(dpg.get_value("export.fps"))
        try:
            options = self._options()
            form = format_of(self._path)[1]
            side = chosen_size(options, self._model_size(), form)
        except ExportError as error:
            dpg.set_value("export.summary", str(error))
            return
        summary = self._subject.summary(with_possible_rate(options, form).fps, self._hold)
        note = limit_note(options, form)
        dpg.set_value("export.summary", f"{summary}, {side} {texts.TIMES} {side}\n{note}".strip())

    def _options(self) -> ExportOptions:
        """Return the options as they stand in the form. Raises ExportError for impossible ones."""
        _, form = format_of(self._path)
        typed = self._size_text().strip()
        if not (typed.isascii() and typed.isdigit()):
            raise ExportError(f"'{typed}' is not a size. Write a number of pixels, such as 512.")
        options = ExportOptions(size=int(typed), fps=parse_fps(self._fps))
        chosen_size(options, self._model_size(), form)
        return options

    def _confirm(self) -> None:
        self._summarise()
        try:
            options = self._options()
            target = self._checked(self._path)
        except (ExportError, WriteError) as error:
            dpg.set_value("export.summary", str(error))
            return
        if target.is_file() and target != self._may_replace:
            self._may_replace = target
            dpg.set_value("export.summary", f"{target.name} exists. Press Export to replace it.")
            return
        self._dialogs.close()
        self._export(self._path, options, self._hold)


def _hold_text(hold: int) -> str:
    return f"{hold} frame{'s' * (hold != 1)} for each snapshot"
