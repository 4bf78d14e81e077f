"""A form in a dialog: rows of a name, a field and perhaps a button, each with a tooltip."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.gui import widgets
from explorer.gui.context import Ui
from explorer.gui.toolkit.numbers import Numbers
from explorer.gui.toolkit.theme import Item

Changed = Callable[[str], None]
"""Gets the new text of a field."""

COMMON: Final = "Common"
"""The label of a list of values that people commonly type into the field beside it."""


class Form:
    """Draws rows into a grid of three columns; tags are PREFIX.KEY, tooltips come from `tips`."""

    def __init__(self, ui: Ui, prefix: str, tips: Mapping[str, str]) -> None:
        self._ui = ui
        self._prefix = prefix
        self._tips = tips

    def tag(self, key: str) -> str:
        """Return the tag of a field."""
        return f"{self._prefix}.{key}"

    def path(
        self,
        name: str,
        key: str,
        value: str,
        browse: Callable[[], None],
        changed: Changed | None = None,
        browse_key: str = "",
    ) -> None:
        """Draw a row for a path, with a button KEY.browse or `browse_key` for a file dialog."""
        with self._row(name, key):
            self._add_text_field(key, value, changed)
            tag = self.tag(browse_key or f"{key}.browse")
            widgets.text_button("Browse…", "Open a file dialog.", browse, tag=tag, width=-1)

    def choice(
        self,
        name: str,
        key: str,
        items: Sequence[str],
        value: str,
        changed: Changed | None = None,
    ) -> None:
        """Draw a row for a choice from a list."""
        with self._row(name, key):
            item = dpg.add_combo(
                items,
                tag=self.tag(key),
                default_value=value,
                width=-1,
                callback=_text_callback(changed),
            )
            widgets.tooltip(item, self._tips[key])
            dpg.add_spacer()

    def text(self, name: str, key: str, value: str, hint: str = "") -> None:
        """Draw a row for free text."""
        with self._row(name, key):
            self._add_text_field(key, value, hint=hint)

    def text_with_common(
        self, name: str, key: str, value: str, common: Sequence[str], changed: Changed
    ) -> None:
        """Draw a row for free text, beside a list of common values.

        The first word of a listed value goes into the field; the rest explains it.
        """
        tag = self.tag(key)

        def take(text: str) -> None:
            value = text.split()[0]
            dpg.set_value(tag, value)
            dpg.set_value(f"{tag}.usual", COMMON)
            changed(value)

        with self._row(name, key):
            self._add_text_field(key, value, changed)
            combo = dpg.add_combo(
                common,
                tag=f"{tag}.usual",
                default_value=COMMON,
                width=-1,
                callback=_text_callback(take),
            )
            widgets.tooltip(combo, "Choose a common value.")

    def number(self, name: str, key: str, value: float, numbers: Numbers) -> None:
        """Draw a row for a number with its unit."""
        with self._row(name, key):
            item = dpg.add_input_text(
                tag=self.tag(key),
                default_value=numbers.plain(value),
                decimal=True,
                auto_select_all=True,
                width=-1,
                user_data=numbers,
            )
            widgets.tooltip(item, self._tips[key])
            widgets.note(self._ui, numbers.unit, small=False)

    def show_number(self, key: str, value: float) -> None:
        """Write a number into its field."""
        dpg.set_value(self.tag(key), self._numbers(key).plain(value))

    def read_number(self, key: str) -> float:
        """Return the number in a field. Raises UserError where the field holds none."""
        return self._numbers(key).read(str(dpg.get_value(self.tag(key))))

    def _numbers(self, key: str) -> Numbers:
        numbers: Numbers = dpg.get_item_user_data(self.tag(key))
        return numbers

    def check(
        self,
        name: str,
        key: str,
        label: str,
        value: bool,
        is_enabled: bool,
        changed: Callable[[], None],
    ) -> None:
        """Draw a row for a check box."""
        with self._row(name, key):
            item = dpg.add_checkbox(
                label=label,
                tag=self.tag(key),
                default_value=value,
                enabled=is_enabled,
                callback=lambda *_: changed(),
            )
            widgets.tooltip(item, self._tips[key])

    def note(self, key: str) -> None:
        """Draw a row for an explanation below a field."""
        with dpg.table_row():
            dpg.add_spacer()
            widgets.note(self._ui, "", tag=self.tag(key), wrap=True)

    @contextmanager
    def _row(self, name: str, key: str) -> Iterator[None]:
        with dpg.table_row():
            widgets.tooltip(dpg.add_text(name), self._tips[key])
            yield

    def _add_text_field(
        self, key: str, value: str, changed: Changed | None = None, hint: str = ""
    ) -> None:
        item: Item = dpg.add_input_text(
            tag=self.tag(key),
            default_value=value,
            hint=hint,
            width=-1,
            callback=_text_callback(changed),
        )
        widgets.tooltip(item, self._tips[key])


def _text_callback(changed: Changed | None) -> Callable[..., None] | None:
    if changed is None:
        return None

    def take(sender: Item, text: str) -> None:
        if dpg.does_item_exist(sender):  # Escape closes the dialog before its last change is told
            changed(str(text))

    return take
