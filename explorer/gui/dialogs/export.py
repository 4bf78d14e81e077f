"""The export sheet: where to, how large, how many frames a second, each shown how often."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.export.export import (
    FORMATS,
    ExportError,
    ExportOptions,
    check_rate,
    chosen_size,
    format_of,
    parse_fps,
)
from explorer.gui import widgets
from explorer.gui.context import Ui
from explorer.gui.dialogs.modal import Dialogs
from explorer.gui.toolkit import texts

WIDTH: Final = 560
_SIZES: Final = (128, 256, 512, 1024)
_LEAST_SIZE: Final = 512  # that is offered at first
_RATES: Final = ("5", "12", "24", "25", "29.97", "30", "50", "60")
_USUAL: Final = "Usual"
_FOLDER: Final = "Folder of PNG pictures"
_REPLACED: Final = (
    *filter(None, FORMATS),
    *(".png", ".jpg", ".jpeg", ".mov", ".m4v", ".avi", ".mkv", ".webm"),
)  # suffixes that another format takes the place of; any other is a part of the name
_TIPS: Final = {
    "path": "The file to be written. Its ending decides the format.",
    "format": "What kind of file: a video, an animation for web pages, or single pictures.",
    "size": "Width and height in pixels, from 8 up. MP4 needs an even number: an odd one is "
    "made larger by 1.",
    "fps": "Pictures per second, as in 30, 29.97 or 30000/1001. More look smoother and make a "
    "larger file; the journey lasts as long either way.",
    "hold": "How long each snapshot stays.",
}


@dataclass(frozen=True)
class Subject:
    """What is exported: its name, how long it is at a rate and so many frames for each of its
    pictures, and its usual rate; `holds` are the numbers of frames to choose from, if any.
    """

    title: str
    summary: Callable[[Fraction, int], str]
    fps: str = "30"
    holds: tuple[int, ...] = ()


class ExportDialog:
    """Asks how to export a subject and hands on path, options and frames for each picture."""

    def __init__(
        self,
        ui: Ui,
        dialogs: Dialogs,
        subject: Subject,
        browse: Callable[[Path], None],
        export: Callable[[Path, ExportOptions, int], None],
    ) -> None:
        self._ui, self._dialogs, self._browse, self._export = ui, dialogs, browse, export
        self._subject, self._fps, self._hold = subject, subject.fps, 1
        self._size: str | None = None  # as typed, None for the usual one
        self._may_replace: Path | None = None  # the user has been told that this file exists
        self._labels = {
            (_FOLDER if not suffix else label): suffix for suffix, label in FORMATS.items()
        }

    def open(self, path: Path, may_replace: bool = False) -> None:
        """Shows the sheet; `may_replace` when a file dialog has asked about that already."""
        self._path, self._may_replace = path, path if may_replace else None
        self._dialogs.open(self._subject.title, self._draw, WIDTH)

    def _draw(self) -> None:
        with widgets.grid(90, 0, 96):
            self._path_row()
            self._choice("Format", "format", list(self._labels), self._label(), self._format_chosen)
            self._typed("Size in px", "size", self._size_text(), self._sizes())
            self._typed("Rate in fps", "fps", self._fps, _RATES)
            if self._subject.holds:
                holds = [_hold_text(hold) for hold in self._subject.holds]
                self._choice("Each", "hold", holds, _hold_text(self._hold), self._hold_chosen)
        widgets.gap(4)
        widgets.note(self._ui, "", tag="export.summary", wrap=True)
        widgets.gap(8)
        self._dialogs.buttons((("Cancel", None),), WIDTH - 28, ("Export", "export.go", self._go))
        self._summarise()

    def _path_row(self) -> None:
        with dpg.table_row():
            dpg.add_text("File")
            path = dpg.add_input_text(
                tag="export.path",
                default_value=str(self._path),
                width=-1,
                callback=self._path_typed,
            )
            widgets.tooltip(path, _TIPS["path"])
            widgets.text_button(
                "Browse…",
                "Choose where the file goes.",
                self._ask_path,
                tag="export.browse",
                width=-1,
            )

    def _choice(
        self, name: str, what: str, items: list[str], value: str, changed: Callable[[str], None]
    ) -> None:
        with dpg.table_row():
            dpg.add_text(name)
            item = dpg.add_combo(
                items,
                tag=f"export.{what}",
                default_value=value,
                width=-1,
                callback=lambda _s, text, _d: changed(str(text)),
            )
            widgets.tooltip(item, _TIPS[what])
            dpg.add_spacer()

    def _typed(self, name: str, what: str, value: str, usual: Sequence[str]) -> None:
        """A field, and beside it what is usually typed there."""
        tag = f"export.{what}"

        def take(text: str) -> None:
            dpg.set_value(tag, text)
            dpg.set_value(f"{tag}.usual", _USUAL)
            self._summarise()

        with dpg.table_row():
            dpg.add_text(name)
            field = dpg.add_input_text(
                tag=tag, default_value=value, width=-1, callback=lambda *_: self._summarise()
            )
            widgets.tooltip(field, _TIPS[what])
            combo = dpg.add_combo(
                usual,
                tag=f"{tag}.usual",
                default_value=_USUAL,
                width=-1,
                callback=lambda _s, text, _d: take(str(text).split()[0]),
            )
            widgets.tooltip(combo, "What is usual here.")

    def _own_size(self) -> int:
        model_info = self._ui.session.model_info
        return model_info.resolution if model_info else 64

    def _usual_size(self) -> int:
        return max(self._own_size(), _LEAST_SIZE)

    def _size_text(self) -> str:
        return str(self._usual_size()) if self._size is None else self._size

    def _sizes(self) -> list[str]:
        own = self._own_size()
        sizes = sorted({own, *_SIZES})
        return [f"{size}  (the model's own)" if size == own else str(size) for size in sizes]

    def _label(self) -> str:
        suffix = self._path.suffix.lower()
        return next((label for label, s in self._labels.items() if s == suffix), _FOLDER)

    def _format_chosen(self, label: str) -> None:
        suffix = self._path.suffix if self._path.suffix.lower() in _REPLACED else ""
        self._path = Path(str(self._path).removesuffix(suffix) + self._labels[label])
        dpg.set_value("export.path", str(self._path))
        self._summarise()

    def _hold_chosen(self, text: str) -> None:
        self._hold = int(text.split()[0])
        self._summarise()

    def _path_typed(self, _sender: object, text: str, _data: object) -> None:
        self._path = texts.typed_path(text)
        dpg.set_value("export.format", self._label())
        self._summarise()

    def _ask_path(self) -> None:
        self._browse(self._path)

    def _summarise(self) -> None:
        """Says what will be written, or why that cannot be."""
        typed, self._fps = str(dpg.get_value("export.size")), str(dpg.get_value("export.fps"))
        self._size = None if typed == str(self._usual_size()) else typed
        try:
            options = self._options()
        except ExportError as error:
            dpg.set_value("export.summary", str(error))
            return
        summary = self._subject.summary(options.fps, self._hold)
        _, form = format_of(self._path)
        side = chosen_size(options, self._own_size(), form)
        dpg.set_value("export.summary", f"{summary}, {side} {texts.TIMES} {side}")

    def _options(self) -> ExportOptions:
        """What was chosen. Raises ExportError where it cannot be had."""
        _, form = format_of(self._path)
        typed = self._size_text().strip()
        if not (typed.isascii() and typed.isdigit()):
            raise ExportError(f"'{typed}' is no size; write a number of pixels, such as 512.")
        options = ExportOptions(size=int(typed), fps=parse_fps(self._fps))
        chosen_size(options, self._own_size(), form)
        check_rate(options, form)
        return options

    def _go(self) -> None:
        self._summarise()
        try:
            options, (target, _) = self._options(), format_of(self._path)
        except ExportError:
            return  # the summary says why
        if target.is_file() and target != self._may_replace:
            self._may_replace = target
            dpg.set_value("export.summary", f"{target.name} exists; press Export to replace it.")
            return
        self._dialogs.close()
        self._export(self._path, options, self._hold)


def _hold_text(hold: int) -> str:
    return f"{hold} frame{'s' * (hold != 1)} for each snapshot"
