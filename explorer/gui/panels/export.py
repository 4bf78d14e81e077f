"""The export sheet: where to, how large, how many frames a second, each shown how often."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.export import FORMATS, ExportError, ExportOptions, format_of, parse_fps
from explorer.gui import widgets, words
from explorer.gui.context import Ui
from explorer.gui.dialogs import Dialogs

WIDTH: Final = 560
_SIZES: Final = (256, 512, 1024)
_RATES: Final = ("5", "12", "24", "25", "30", "50", "60")
_FOLDER: Final = "Folder of PNG pictures"


@dataclass(frozen=True)
class Subject:
    """What is exported: its name, how long it is at a rate and so many frames for each of its
    pictures, and its usual rate; `holds` are the numbers of frames to choose from, if any.
    """

    title: str
    summary: Callable[[Fraction, int], str]
    fps: str = "30"
    holds: tuple[int, ...] = ()


class ExportSheet:
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
        self._subject, self._fps, self._size, self._hold = subject, subject.fps, 512, 1
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
            with dpg.table_row():
                dpg.add_text("File")
                dpg.add_input_text(
                    tag="export.path",
                    default_value=str(self._path),
                    width=-1,
                    callback=self._path_typed,
                )
                widgets.text_button(
                    "Browse…",
                    "Choose where the file goes.",
                    self._ask_path,
                    tag="export.browse",
                    width=-1,
                )
            self._choice(
                "Format", "export.format", list(self._labels), self._label(), self._format_chosen
            )
            sizes = [self._size_text(size) for size in self._sizes()]
            self._choice(
                "Size",
                "export.size",
                sizes,
                self._size_text(self._chosen_size()),
                self._size_chosen,
            )
            self._choice(
                "Rate",
                "export.fps",
                [f"{rate} fps" for rate in _RATES],
                f"{self._fps} fps",
                self._fps_chosen,
            )
            if self._subject.holds:
                self._choice(
                    "Each",
                    "export.hold",
                    [_hold_text(hold) for hold in self._subject.holds],
                    _hold_text(self._hold),
                    self._hold_chosen,
                )
        widgets.gap(4)
        widgets.note(self._ui, "", tag="export.summary")
        widgets.gap(8)
        self._dialogs.buttons((("Cancel", None),), WIDTH - 28, ("Export", "export.go", self._go))
        self._summarise()

    def _choice(
        self, name: str, tag: str, items: list[str], value: str, changed: Callable[[str], None]
    ) -> None:
        with dpg.table_row():
            dpg.add_text(name)
            dpg.add_combo(
                items,
                tag=tag,
                default_value=value,
                width=-1,
                callback=lambda _s, text, _d: changed(str(text)),
            )
            dpg.add_spacer()

    def _sizes(self) -> list[int]:
        facts = self._ui.session.facts
        own = facts.resolution if facts else 64
        return sorted({own, *(size for size in _SIZES if size > own)})

    def _chosen_size(self) -> int:
        return self._size if self._size in self._sizes() else self._sizes()[0]

    def _size_text(self, size: int) -> str:
        facts = self._ui.session.facts
        note = "  (the model's own)" if facts and size == facts.resolution else ""
        return f"{size} {words.TIMES} {size}{note}"

    def _label(self) -> str:
        suffix = self._path.suffix.lower()
        return next((label for label, s in self._labels.items() if s == suffix), _FOLDER)

    def _format_chosen(self, label: str) -> None:
        suffix = self._path.suffix if self._path.suffix.lower() in FORMATS else ""
        self._path = Path(str(self._path).removesuffix(suffix) + self._labels[label])
        dpg.set_value("export.path", str(self._path))
        self._summarise()

    def _size_chosen(self, text: str) -> None:
        self._size = int(text.split()[0])
        self._summarise()

    def _fps_chosen(self, text: str) -> None:
        self._fps = text.split()[0]
        self._summarise()

    def _hold_chosen(self, text: str) -> None:
        self._hold = int(text.split()[0])
        self._summarise()

    def _path_typed(self, _sender: object, text: str, _data: object) -> None:
        self._path = Path(text).expanduser()
        dpg.set_value("export.format", self._label())
        self._summarise()

    def _ask_path(self) -> None:
        self._browse(self._path)

    def _summarise(self) -> None:
        dpg.set_value("export.summary", self._subject.summary(parse_fps(self._fps), self._hold))

    def _go(self) -> None:
        options = ExportOptions(size=self._chosen_size(), fps=parse_fps(self._fps))
        try:
            target, _ = format_of(self._path)
        except ExportError as error:
            dpg.set_value("export.summary", str(error))
            return
        if target.is_file() and target != self._may_replace:
            self._may_replace = target
            dpg.set_value("export.summary", f"{target.name} exists; press Export to replace it.")
            return
        self._dialogs.close()
        self._export(self._path, options, self._hold)


def _hold_text(hold: int) -> str:
    return f"{hold} frame{'s' * (hold != 1)} for each snapshot"
