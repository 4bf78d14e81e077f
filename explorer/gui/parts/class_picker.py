"""The class of a face of a conditional model: one class, or two blended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.edit.classes import ClassBlend, blend_of
from explorer.edit.ops import with_class_weights
from explorer.gui import widgets
from explorer.gui.context import Ui
from explorer.gui.toolkit.letters import shown_name
from explorer.gui.toolkit.numbers import Numbers

_COLUMNS: Final = (48, 0, widgets.BUTTON)
_CLASSES_PER_PIXEL: Final = 0.1
_SHARES: Final = Numbers(0, 1, snaps=widgets.ENDS)


class ClassPicker:
    """Draws three rows: the class and, while two are blended, the second one and its share."""

    def __init__(self, ui: Ui, index: int, name: str) -> None:
        model_info = ui.session.model_info
        assert model_info is not None
        self._ui = ui
        self._index = index
        self._name = name
        self._tag = f"source.{name}.class"
        self._count = model_info.c_dim
        names = map(shown_name, model_info.class_names)
        self._titles = [f"{number}  {name}" for number, name in enumerate(names)]
        self._blend = ClassBlend(0)  # as last shown; it keeps a class whose share is 0

    def draw(self) -> None:
        """Draw the rows."""
        with widgets.grid(*_COLUMNS):
            self._draw_class()
            self._draw_second()
            self._draw_share()
        widgets.gap(4)

    def refresh(self) -> None:
        """Show the class of the current edit."""
        weights = self._ui.edit.sources[self._index].class_weights
        self._blend = blend = blend_of(weights, self._blend)
        is_blended = blend.second is not None
        is_locked = self._index in self._ui.session.locked_sources
        self._show(self._tag, blend.first)
        for field in ("", ".blend", ".second", ".share"):
            widgets.set_enabled(f"{self._tag}{field}", not is_locked)
        widgets.set_switch(self._ui, f"{self._tag}.blend", is_blended)
        for row in ("with", "row"):
            dpg.configure_item(f"{self._tag}.{row}", show=is_blended)
        if blend.second is not None:
            self._show(f"{self._tag}.second", blend.second)
            has_more = sum(weight != 0.0 for weight in weights) > 2
            words = "mixed" if has_more else ""
            widgets.show_number(f"{self._tag}.share", blend.share, words)

    def _draw_class(self) -> None:
        tip = (
            f"Choose the class of face {self._name}. The same seed in another class often keeps "
            "pose and colours."
        )
        with dpg.table_row():
            dpg.add_text("Class")
            self._draw_field(
                self._tag,
                tip,
                lambda chosen: self._blend._replace(first=chosen),
                command=f"sources.class_{self._name.lower()}",
            )
            widgets.icon_button(
                self._ui,
                "blend",
                "Blend this class with a second one, or go back to one class.",
                self._toggle_blend,
                tag=f"{self._tag}.blend",
            )

    def _draw_second(self) -> None:
        with dpg.table_row(tag=f"{self._tag}.with"):
            dpg.add_text("With")
            self._draw_field(
                f"{self._tag}.second",
                "Choose the class to blend with.",
                lambda chosen: self._blend._replace(second=chosen),
            )

    def _draw_share(self) -> None:
        tag = f"{self._tag}.share"
        with dpg.table_row(tag=f"{self._tag}.row"):
            dpg.add_text("Share")
            widgets.slider(
                self._ui,
                tag,
                _SHARES,
                lambda share: self._change(self._blend._replace(share=share), tag),
                tip="0 is the first class alone, 1 the second.",
            )

    def _draw_field(
        self, tag: str, tip: str, choose: Callable[[int], ClassBlend], command: str = ""
    ) -> None:
        """Draw a list of names, or a field for a number where the model does not name classes."""
        hint = self._ui.commands.hint(command, tip) if command else tip
        if self._titles:
            item = dpg.add_combo(
                self._titles,
                tag=tag,
                width=-1,
                height_mode=dpg.mvComboHeight_Large,
                callback=lambda _s, title, _d: self._change(choose(self._titles.index(title))),
            )
            widgets.tooltip(item, hint)
        else:
            hint += f"\nA number from 0 to {self._count - 1}; this model does not name its classes."
            widgets.drag_number(
                self._ui,
                tag,
                Numbers(0, self._count - 1, digits=0, whole=True),
                lambda number: self._change(choose(round(number)), tag),
                width=-1,
                speed=_CLASSES_PER_PIXEL,
                tip=hint,
            )

    def _show(self, tag: str, chosen: int) -> None:
        if self._titles:
            widgets.show_value(tag, self._titles[chosen])
        else:
            widgets.show_number(tag, chosen)

    def _toggle_blend(self) -> None:
        first, second, share = self._blend
        if second is None:
            self._change(ClassBlend(first, (first + 1) % self._count, 0.5))
        else:
            self._change(ClassBlend(first if share <= 0.5 else second))

    def _change(self, blend: ClassBlend, gesture: str | None = None) -> None:
        self._blend = blend
        weights = blend.weights(self._count)
        self._ui.change(with_class_weights(self._ui.edit, self._index, weights), gesture)
