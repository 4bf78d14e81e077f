"""The card of the open model: what it is, how it was trained, and what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final

import dearpygui.dearpygui as dpg
import numpy as np

from explorer.edit.model_info import ModelInfo
from explorer.gui import widgets
from explorer.gui.context import Ui
from explorer.gui.dialogs.modal import Dialogs, inner_width
from explorer.gui.toolkit import texts
from explorer.gui.toolkit.letters import shown, shown_name
from explorer.gui.toolkit.scale import px
from explorer.gui.toolkit.theme import Item
from stylegan_core.picture_files.errors import PictureError
from stylegan_core.picture_files.opening import load, opened

_TITLE: Final = "About this model"
_WIDTH: Final = 620
_HEIGHT: Final = 440
_MARGIN: Final = 36  # of the text within the well, with its scroll bar
_NAMES: Final = 132
_LONGEST_VALUE: Final = 400  # characters
_MOST_ROWS: Final = 60  # of a table
_PICTURES: Final = {
    "samples.png": "Samples",
    "mixing-coarse.png": "Coarse styles from the top row",
    "mixing-middle.png": "Middle styles from the top row",
    "mixing-fine.png": "Fine styles from the top row",
    "noise.png": "Five draws of the noise, and where they differ",
    "truncation.png": "Truncation",
}
_GROUPS: Final = ("coarse", "middle", "fine")
_LEAST_RELIABILITY: Final = 0.5


def facts_of(model_info: ModelInfo) -> dict[str, str]:
    """Return what people ask about a model first, by name."""
    card = model_info.card
    architecture = texts.ARCHITECTURES.get(model_info.architecture, model_info.architecture)
    facts = {
        "Model": model_info.name,
        "Architecture": architecture,
        "Size": f"{model_info.resolution} {texts.TIMES} {model_info.resolution} pixels",
        "Layers": str(model_info.num_layers),
        "Parameters": f"{model_info.parameters:,}",
        "Classes": str(model_info.c_dim) if model_info.c_dim else "",
        "Data": card.get("data"),
        "Licence": card.get("licence"),
        "File": model_info.path,
    }
    return {name: _text(value) for name, value in facts.items() if value}


class ModelCard:
    """Shows the card in a dialog."""

    def __init__(self, ui: Ui, dialogs: Dialogs) -> None:
        self._ui = ui
        self._dialogs = dialogs
        self._textures: Item | None = None

    def show(self) -> None:
        """Open the dialog, if a model is open."""
        model_info = self._ui.session.model_info
        if model_info is None:
            self._ui.say(texts.NO_MODEL)
        else:
            self._dialogs.open(_TITLE, lambda: self._draw(model_info), _WIDTH, self._closed)

    def _draw(self, model_info: ModelInfo) -> None:
        room = inner_width(_WIDTH)
        with dpg.child_window(
            width=px(room), height=px(_HEIGHT), always_use_window_padding=True, tag="card.text"
        ) as well:
            dpg.bind_item_theme(well, self._ui.theme.well)
            self._draw_text(model_info)
        widgets.gap(8)
        self._dialogs.buttons((("Close", None),), room)

    def _draw_text(self, model_info: ModelInfo) -> None:
        card = model_info.card
        widgets.heading(self._ui, shown_name(model_info.name))
        if card.get("description"):
            dpg.add_text(_text(card["description"]), wrap=0)
        self._draw_table("", facts_of(model_info))
        self._draw_pictures(Path(model_info.path).with_suffix(""))
        training, quality = _mapping(card.get("training")), _mapping(card.get("quality"))
        facts = {k: v for k, v in training.items() if not isinstance(v, Mapping)}
        self._draw_table("Training", _readable(facts))
        self._draw_shares(quality)
        self._draw_table("Settings of the training", _readable(_mapping(training.get("config"))))
        self._draw_table("Networks", _readable(_mapping(card.get("config"))))

    def _draw_table(self, title: str, rows: Mapping[str, str]) -> None:
        if not rows:
            return
        self._draw_heading(title)
        with widgets.grid(_NAMES, 0):
            for name, value in islice(rows.items(), _MOST_ROWS):
                with dpg.table_row():
                    widgets.note(self._ui, name, small=False)
                    dpg.add_text(value, wrap=0)

    def _draw_shares(self, quality: Mapping[str, Any]) -> None:
        """Draw how much of each factor every group of styles brings, where it is read reliably."""
        shares = _mapping(quality.get("mixing_shares"))
        reliability = _mapping(quality.get("reliability"))
        rows = [
            (factor, by_group)
            for factor, by_group in shares.items()
            if isinstance(by_group, Mapping)
            and _number(reliability.get(factor)) >= _LEAST_RELIABILITY
        ]
        if not rows:
            return
        self._draw_heading("What each group of styles brings, from 0 to 1")
        with widgets.grid(_NAMES, 0, 0, 0):
            self._draw_row("", [group.capitalize() for group in _GROUPS])
            for factor, by_group in rows[:_MOST_ROWS]:
                values = [f"{_number(by_group.get(group)):.2f}" for group in _GROUPS]
                self._draw_row(_name(factor), values)

    def _draw_row(self, name: str, values: Sequence[str]) -> None:
        with dpg.table_row():
            widgets.note(self._ui, name, small=False)
            for value in values:
                dpg.add_text(value.replace("-", texts.MINUS))

    def _draw_heading(self, title: str) -> None:
        widgets.gap(4)
        if title:
            widgets.heading(self._ui, title)

    def _draw_pictures(self, folder: Path) -> None:
        """Draw the pictures that lie beside a model with a card of its own."""
        if not (folder / "card.md").is_file():
            return
        with self._registry():
            pictures = {caption: _texture(folder / name) for name, caption in _PICTURES.items()}
        room = px(inner_width(_WIDTH) - _MARGIN)
        for caption, picture in pictures.items():
            if picture is not None:
                texture, width, height = picture
                self._draw_heading(caption)
                dpg.add_image(texture, width=room, height=round(room * height / width))

    @contextmanager
    def _registry(self) -> Iterator[None]:
        with dpg.texture_registry() as self._textures:
            yield

    def _closed(self) -> None:
        if self._textures is not None:
            dpg.delete_item(self._textures)
            self._textures = None


def _texture(path: Path) -> tuple[Item, int, int] | None:
    """Return a picture as a texture with its width and height; None if it cannot be read."""
    try:
        with opened(path, formats=("PNG",)) as image:
            load(image)
            pixels = np.asarray(image.convert("RGBA"), np.float32) / np.float32(255)
    except PictureError:
        return None
    height, width = pixels.shape[:2]
    return dpg.add_static_texture(width, height, pixels.ravel()), width, height


def _readable(values: Mapping[str, Any]) -> dict[str, str]:
    return {_name(name): _text(value) for name, value in islice(values.items(), _MOST_ROWS)}


def _name(name: object) -> str:
    return shown_name(str(name).removesuffix("_deg").replace("_", " "))


def _text(value: Any) -> str:
    return shown(str(value)[:_LONGEST_VALUE])


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
