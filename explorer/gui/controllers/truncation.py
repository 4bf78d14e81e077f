"""The commands of the Truncation menu: psi in steps, and its usual value."""

from __future__ import annotations

from functools import partial

from explorer.edit.ops import with_psi
from explorer.gui.context import Ui
from explorer.gui.previews import HIGHEST_PSI, LOWEST_PSI
from explorer.gui.toolkit import texts
from explorer.gui.toolkit.commands import REPEATS, Command, section
from stylegan_core.conventions import USUAL_PSI


class TruncationController:
    """Sets psi."""

    def __init__(self, ui: Ui) -> None:
        self._ui = ui

    def commands(self) -> tuple[Command, ...]:
        """Return the commands of the Truncation menu."""
        return section(
            "Truncation",
            ("psi.less", "Closer to the average face", "[", partial(self._step, -0.1), REPEATS),
            ("psi.more", "Further from the average face", "]", partial(self._step, 0.1), REPEATS),
            ("psi.reset", "Reset psi", "P", partial(self._set, USUAL_PSI)),
        )

    def _step(self, difference: float) -> None:
        self._set(round(self._ui.edit.psi + difference, 2))

    def _set(self, psi: float) -> None:
        model_info = self._ui.session.model_info
        if model_info is not None and not model_info.has_w_avg:
            self._ui.say(texts.NO_AVERAGE)
            return
        self._ui.change(with_psi(self._ui.edit, min(max(psi, LOWEST_PSI), HIGHEST_PSI)))
