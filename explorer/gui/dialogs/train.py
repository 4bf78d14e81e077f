"""The training sheet: which pictures, how large, how long, and where to."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.gui import widgets
from explorer.gui.context import Ui
from explorer.gui.dialogs.modal import Dialogs
from explorer.gui.dialogs.paths import Paths
from explorer.gui.toolkit import texts
from explorer.gui.toolkit.background import in_background
from explorer.gui.toolkit.native import Question
from explorer.gui.toolkit.theme import px
from explorer.runs.process import PresetInfo, TrainOptions, check, presets
from stylegan_core.cli.train import DEFAULT_PRESET
from stylegan_core.errors import UserError
from stylegan_core.readable import readable

WIDTH: Final = 640
_PROBLEM_HEIGHT: Final = 50
_SIZES: Final = (8, 16, 32, 64, 128, 256, 512, 1024)
_TIPS: Final = {
    "data": "A folder of pictures, a zip file of pictures, or portraits:30000 for so many "
    "portraits that the program draws itself.",
    "resolution": "Width and height of the pictures. Each doubling takes about four times as long.",
    "preset": "All other settings to begin with.",
    "kimg": "How many thousands of pictures are shown. Training can be paused, continued and "
    "ended early; each snapshot can be explored.",
    "out": "A new folder for the run: its log, its snapshots and its samples.",
    "from": "Trains the present model on, at its size or a larger one, instead of beginning with "
    "chance. A few hundred pictures can be enough then.",
    "more": "Any further settings of stylegan train, as in r1_gamma=5 mirror=false.",
}


class TrainDialog:
    """Asks how to train and hands the options on, once nothing speaks against them."""

    def __init__(
        self, ui: Ui, dialogs: Dialogs, paths: Paths, start: Callable[[TrainOptions], None]
    ) -> None:
        self._ui, self._dialogs, self._paths, self._start = ui, dialogs, paths, start
        self._presets: tuple[PresetInfo, ...] = ()
        self._options: TrainOptions | None = None
        self._checked: TrainOptions | None = None  # what is being looked at

    def open(self, options: TrainOptions | None = None, pictures: Path | None = None) -> None:
        """Shows the sheet with given options, or with those it was left with; `pictures` is a
        folder to train with.
        """
        self._presets = self._presets or presets()
        options = options or self._options or self._usual()
        if pictures is not None:
            options = replace(options, data=str(pictures))
        if (options.out / "config.json").exists():
            options = replace(options, out=_unused(options.out))
        self._options = options
        self._dialogs.open("Train a model", self._draw, WIDTH, self._closed)

    def _closed(self) -> None:
        self._checked = None

    def _usual(self) -> TrainOptions:
        model_info = self._ui.session.model_info
        on_gpu = model_info is not None and model_info.device.startswith("cuda")
        wanted = "portraits-gpu" if on_gpu else DEFAULT_PRESET
        preset = next(preset for preset in self._presets if preset.name == wanted)
        out = _unused(Path.home() / "stylegan-runs" / "portraits")
        return TrainOptions("portraits", preset.resolution, preset.name, preset.kimg, out)

    def _draw(self) -> None:
        options = self._options
        assert options is not None
        with widgets.grid(104, 0, 92):
            self._path_row("Pictures", "data", options.data, self._ask_pictures)
            self._choice_row(
                "Size", "resolution", [_size(s) for s in _SIZES], _size(options.resolution)
            )
            self._choice_row("Preset", "preset", [p.name for p in self._presets], options.preset)
            self._purpose_row()
            self._number_row(options.kimg)
            self._path_row("Run folder", "out", str(options.out), self._ask_folder)
            self._from_row(options.start_from is not None)
            self._text_row("Further", "more", options.more, "name=value name=value")
        widgets.gap(2)
        with dpg.child_window(height=px(_PROBLEM_HEIGHT), border=False):
            dpg.add_text("", tag="train.problem", wrap=0)
        widgets.gap(4)
        self._dialogs.buttons((("Cancel", None),), WIDTH - 28, ("Train", "train.go", self._go))
        self._show_purpose()
        self._show_sizes()

    # Rows ----------------------------------------------------------------------------------

    def _name(self, name: str, what: str) -> None:
        widgets.tooltip(dpg.add_text(name), _TIPS[what])

    def _path_row(self, name: str, what: str, value: str, ask: Callable[[], None]) -> None:
        with dpg.table_row():
            self._name(name, what)
            item = dpg.add_input_text(tag=f"train.{what}", default_value=value, width=-1)
            widgets.tooltip(item, _TIPS[what])
            widgets.text_button("Browse…", _TIPS[what], ask, tag=f"train.{what}.browse", width=-1)

    def _choice_row(self, name: str, what: str, items: list[str], value: str) -> None:
        with dpg.table_row():
            self._name(name, what)
            item = dpg.add_combo(
                items,
                tag=f"train.{what}",
                default_value=value,
                width=-1,
                callback=self._preset_chosen if what == "preset" else None,
            )
            widgets.tooltip(item, _TIPS[what])
            dpg.add_spacer()

    def _purpose_row(self) -> None:
        with dpg.table_row():
            dpg.add_spacer()
            widgets.note(self._ui, "", tag="train.purpose")

    def _number_row(self, kimg: float) -> None:
        with dpg.table_row():
            self._name("Length", "kimg")
            item = dpg.add_input_float(
                tag="train.kimg", default_value=kimg, step=0, format="%g kimg", width=-1
            )
            widgets.tooltip(item, _TIPS["kimg"])
            dpg.add_spacer()

    def _from_row(self, chosen: bool) -> None:
        with dpg.table_row():
            self._name("Begin with", "from")
            model_info = self._ui.session.model_info
            item = dpg.add_checkbox(
                label="the present model" + (f", {model_info.name}" if model_info else ""),
                tag="train.from",
                default_value=chosen and model_info is not None,
                enabled=model_info is not None,
                callback=self._from_chosen,
            )
            widgets.tooltip(item, _TIPS["from"])

    def _text_row(self, name: str, what: str, value: str, hint: str) -> None:
        with dpg.table_row():
            self._name(name, what)
            item = dpg.add_input_text(tag=f"train.{what}", default_value=value, hint=hint, width=-1)
            widgets.tooltip(item, _TIPS[what])

    # What depends on what ------------------------------------------------------------------

    def _preset(self) -> PresetInfo:
        name = dpg.get_value("train.preset")
        return next(preset for preset in self._presets if preset.name == name)

    def _preset_chosen(self, *_: object) -> None:
        dpg.set_value("train.kimg", self._preset().kimg)
        if not dpg.get_value("train.from"):
            dpg.set_value("train.resolution", _size(self._preset().resolution))
        self._show_purpose()

    def _show_purpose(self) -> None:
        purpose = self._preset().purpose
        dpg.set_value("train.purpose", purpose[0].upper() + purpose[1:])

    def _from_chosen(self, *_: object) -> None:
        model_info = self._ui.session.model_info
        if model_info is not None and dpg.get_value("train.from"):
            dpg.set_value("train.resolution", _size(model_info.resolution))
        self._show_sizes()

    def _show_sizes(self) -> None:
        """A model that is trained on keeps its size or gets a larger one."""
        model_info = self._ui.session.model_info
        least = (
            model_info.resolution if model_info is not None and dpg.get_value("train.from") else 0
        )
        items = [_size(size) for size in _SIZES if size >= least]
        dpg.configure_item("train.resolution", items=items)
        dpg.set_value("train.resolution", _size(max(least, self._resolution())))

    # Asking and starting -------------------------------------------------------------------

    def _ask_pictures(self) -> None:
        self._ask("Pictures to train with", "data")

    def _ask_folder(self) -> None:
        self._ask("The folder of the new run", "out")

    def _ask(self, title: str, what: str) -> None:
        options = self._options = self._read()

        def use(path: Path) -> None:
            field = {"data": str(path)} if what == "data" else {"out": path}
            self.open(replace(options, **field))

        question = Question(title, self._paths.folder(), ())
        self._paths.ask(question, use, lambda: self.open(options))

    def _resolution(self) -> int:
        return int(str(dpg.get_value("train.resolution")).split()[0])

    def _read(self) -> TrainOptions:
        model_info = self._ui.session.model_info
        begins = bool(dpg.get_value("train.from")) and model_info is not None
        return TrainOptions(
            data=str(dpg.get_value("train.data")).strip(),
            resolution=self._resolution(),
            preset=str(dpg.get_value("train.preset")),
            kimg=round(float(dpg.get_value("train.kimg")), 6),
            out=texts.typed_path(str(dpg.get_value("train.out"))).absolute(),
            start_from=Path(model_info.path) if begins and model_info else None,
            more=str(dpg.get_value("train.more")).strip(),
        )

    def _go(self) -> None:
        """Looks at the pictures, which may be many and far away, and then starts."""
        if self._checked is not None:
            return
        options = self._options = self._checked = self._read()
        self._say("Looking at the pictures\N{HORIZONTAL ELLIPSIS}")
        in_background(
            lambda: check(options),
            self._paths.later,
            lambda future: self._start_if_right(options, future),
        )

    def _start_if_right(self, options: TrainOptions, future: Future[None]) -> None:
        if self._checked is not options:
            return  # the sheet was closed meanwhile
        self._checked = None
        try:
            future.result()
        except UserError as error:
            self._say(str(error), warning=True)
            return
        self._dialogs.close()
        self._start(options)

    def _say(self, text: str, *, warning: bool = False) -> None:
        dpg.set_value("train.problem", readable(text[:1].upper() + text[1:]))
        theme = self._ui.theme.warning_text if warning else self._ui.theme.dim_text
        dpg.bind_item_theme("train.problem", theme)


def _size(side: int) -> str:
    return f"{side} {texts.TIMES} {side}"


def _unused(folder: Path) -> Path:
    """The folder, or the first of folder-2, folder-3 and so on that is not there yet."""
    number, free = 1, folder
    while free.exists():
        number += 1
        free = folder.with_name(f"{folder.name}-{number}")
    return free
