"""The class of a face of a conditional model: one class, or two blended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.edit.classes import ClassBlend, blend_of
from explorer.edit.ops import with_class_weights
from explorer.gui import widgets
from explorer.gui.context import Ui

_COLUMNS: Final = (48, 0, widgets.BUTTON)
_SHARE: Final = widgets.BESIDE_GRAB + "%.2f"


class ClassPicker:
    """Three rows of a source's card: the class; and while two are blended, the other one and how
    much of it.
    """

    def __init__(self, ui: Ui, index: int, name: str) -> None:
        assert ui.session.model_info is not None
        self._ui, self._index, self._tag = ui, index, f"source.{name}.class"
        self._name = name
        self._count = ui.session.model_info.c_dim
        self._names = [f"{i}  {n}" for i, n in enumerate(ui.session.model_info.class_names)]
        self._blend = ClassBlend(0)  # as last shown: it knows the class whose share is 0

    def draw(self) -> None:
        """Draws the rows."""
        with widgets.grid(*_COLUMNS):
            self._class_row()
            self._with_row()
            self._share_row()
        widgets.gap(4)

    def refresh(self) -> None:
        """Shows the class of the present edit."""
        weights = self._ui.edit.sources[self._index].class_weights
        self._blend = blend = blend_of(weights, self._blend)
        self._show(self._tag, blend.first)
        blended = blend.second is not None
        locked = self._index in self._ui.session.locked_sources
        for field in ("", ".blend", ".second", ".share"):
            widgets.set_enabled(f"{self._tag}{field}", not locked)
        widgets.set_switch(self._ui, f"{self._tag}.blend", blended)
        for row in ("with", "row"):
            dpg.configure_item(f"{self._tag}.{row}", show=blended)
        if blend.second is not None:
            self._show(f"{self._tag}.second", blend.second)
            widgets.show_value(f"{self._tag}.share", blend.share)
            several = sum(weight != 0.0 for weight in weights) > 2
            dpg.configure_item(f"{self._tag}.share", format="mixed" if several else _SHARE)

    def _class_row(self) -> None:
        with dpg.table_row():
            dpg.add_text("Class")
            self._field(
                self._tag,
                f"What face {self._name} is a picture of. The same seed in another class often "
                "keeps pose and colours.",
                lambda chosen: self._blend._replace(first=chosen),
                key=f"sources.class_{self._name.lower()}",
            )
            widgets.icon_button(
                self._ui,
                "blend",
                "Blends this class with another one, or goes back to one class.",
                self._toggle,
                tag=f"{self._tag}.blend",
            )

    def _with_row(self) -> None:
        with dpg.table_row(tag=f"{self._tag}.with"):
            dpg.add_text("With")
            self._field(
                f"{self._tag}.second",
                "The class to blend with.",
                lambda chosen: self._blend._replace(second=chosen),
            )

    def _share_row(self) -> None:
        tag = f"{self._tag}.share"
        with dpg.table_row(tag=f"{self._tag}.row"):
            dpg.add_text("Share")
            widgets.slider(
                self._ui,
                tag,
                0.0,
                1.0,
                lambda share: self._change(self._blend._replace(share=share), tag),
                tip="How much of the second class: 0 is the first one alone, 1 the second.",
                form=_SHARE,
            )

    def _field(
        self, tag: str, tip: str, choose: Callable[[int], ClassBlend], key: str = ""
    ) -> None:
        """Names to choose from, or a number where the file has no names."""
        if self._names:
            item = dpg.add_combo(
                self._names,
                tag=tag,
                width=-1,
                height_mode=dpg.mvComboHeight_Large,
                callback=lambda _s, name, _d: self._change(choose(self._names.index(name))),
            )
        else:
            item = dpg.add_input_int(
                tag=tag,
                width=-1,
                max_value=self._count - 1,
                min_clamped=True,
                max_clamped=True,
                callback=lambda _s, number, _d: self._change(choose(number), tag),
            )
            self._ui.watch_gesture(item)
            tip += f"\nA number from 0 to {self._count - 1}; this file has no names for them."
        widgets.tooltip(item, self._ui.commands.hint(key, tip) if key else tip)

    def _show(self, tag: str, chosen: int) -> None:
        widgets.show_value(tag, self._names[chosen] if self._names else chosen)

    def _toggle(self) -> None:
        first, second, share = self._blend
        if second is None:
            self._change(ClassBlend(first, (first + 1) % self._count, 0.5))
        else:
            self._change(ClassBlend(first if share <= 0.5 else second))

    def _change(self, blend: ClassBlend, gesture: str | None = None) -> None:
        self._blend = blend
        weights = blend.weights(self._count)
        self._ui.change(with_class_weights(self._ui.edit, self._index, weights), gesture)
