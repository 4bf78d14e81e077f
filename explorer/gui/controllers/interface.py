"""The commands about the program itself: size of the interface, shortcuts, About, Quit."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from explorer import __version__
from explorer.gui.context import Ui
from explorer.gui.dialogs.modal import Choice, Dialogs
from explorer.gui.dialogs.model_card import ModelCard, facts_of
from explorer.gui.dialogs.shortcuts import WIDTH as SHORTCUTS_WIDTH
from explorer.gui.dialogs.shortcuts import draw_shortcuts
from explorer.gui.preferences import Preferences
from explorer.gui.toolkit.commands import Command, section
from explorer.gui.toolkit.scale import current_scale, set_scale, wanted_scale

_SHORTCUTS: Final = "Keyboard and mouse"
_SCALES: Final = (0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0)


class InterfaceController:
    """Rescales the interface and shows help; `redraw_panels` draws the panels at the new scale."""

    def __init__(
        self,
        ui: Ui,
        dialogs: Dialogs,
        preferences: Preferences,
        fit_picture: Callable[[], None],
        redraw_panels: Callable[[], None],
        quit_: Callable[[], None],
    ) -> None:
        self._ui = ui
        self._dialogs = dialogs
        self._preferences = preferences
        self._fit_picture = fit_picture
        self._redraw_panels = redraw_panels
        self._quit = quit_
        self._card = ModelCard(ui, dialogs)

    def commands(self) -> tuple[Command, ...]:
        """Return Quit, the size of the interface and the Help menu."""
        return (
            *section("File", ("file.quit", "Quit", "Ctrl+Q", self._quit)),
            *section(
                "View",
                ("view.larger", "Larger interface", "Ctrl++", partial(self._rescale, 1)),
                ("view.smaller", "Smaller interface", "Ctrl+-", partial(self._rescale, -1)),
                ("view.usual", "Usual sizes", "Ctrl+0", self._reset_sizes),
            ),
            *section(
                "Help",
                ("help.keys", _SHORTCUTS, "F1 ?", self._toggle_shortcuts),
                ("help.card", "About this model", "Ctrl+I", self._card.show),
                ("help.about", "About", "", self._show_about),
            ),
        )

    def _rescale(self, steps: int) -> None:
        is_limited = current_scale() < wanted_scale()
        if not (is_limited and steps > 0):
            nearest = min(range(len(_SCALES)), key=lambda i: abs(_SCALES[i] - current_scale()))
            self._use_scale(_SCALES[min(max(nearest + steps, 0), len(_SCALES) - 1)])
        limit = "" if current_scale() == wanted_scale() else ", the most that fits into this window"
        self._ui.say(f"Interface at {current_scale():.0%}{limit}.")

    def _reset_sizes(self) -> None:
        """Show the interface at the size that suits the display, and the whole picture."""
        self._use_scale(0.0)
        self._fit_picture()
        self._ui.say("Interface and picture at their usual sizes.")

    def _use_scale(self, scale: float) -> None:
        set_scale(scale)
        self._preferences.change(ui_scale=scale)
        self._redraw_panels()

    def _toggle_shortcuts(self) -> None:
        if self._dialogs.is_open():
            self._dialogs.close()
        else:
            self._dialogs.open(_SHORTCUTS, lambda: draw_shortcuts(self._ui), SHORTCUTS_WIDTH)

    def _show_about(self) -> None:
        model_info = self._ui.session.model_info
        paragraphs = [
            f"StyleGAN Explorer {__version__} shows what layers, noise and truncation do.",
        ]
        if model_info is not None:
            facts = facts_of(model_info)
            paragraphs.append("\n".join(f"{name}: {value}" for name, value in facts.items()))
        paragraphs.append(
            "The program is under the MIT licence. The font is Inter (SIL OFL 1.1); the icons are "
            "from Lucide (ISC)."
        )
        card: Choice = ("About this model", self._card.show)
        choices = (*((card,) if model_info is not None else ()), ("OK", None))
        self._dialogs.message("About", "\n\n".join(paragraphs), choices)
