"""The panels of the window. To add one: a function that draws its widgets and returns what
refreshes them, and a line here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from explorer.gui.context import Refresh, Ui
from explorer.gui.panels.menu import menu
from explorer.gui.panels.mix import mix
from explorer.gui.panels.noise import noise
from explorer.gui.panels.position import position, takes_transform
from explorer.gui.panels.sources import sources
from explorer.gui.panels.status import status
from explorer.gui.panels.timeline import timeline
from explorer.gui.panels.training import training
from explorer.gui.panels.truncation import truncation


@dataclass(frozen=True)
class Panel:
    """Where a panel stands and what draws it; panels on the right are tabs. Some are there at times
    only.
    """

    title: str
    place: Literal["menu", "left", "right", "timeline", "status"]
    draw: Callable[[Ui], Refresh]
    is_there: Callable[[Ui], bool] = lambda ui: True


PANELS: Final = (
    Panel("Menu", "menu", menu),
    Panel("Faces", "left", sources),
    Panel("Position", "left", position, takes_transform),
    Panel("Truncation", "left", truncation),
    Panel("Mix", "right", mix),
    Panel("Noise", "right", noise),
    Panel("Training", "right", training, lambda ui: ui.view.run is not None),
    Panel("Timeline", "timeline", timeline),
    Panel("Status", "status", status),
)
