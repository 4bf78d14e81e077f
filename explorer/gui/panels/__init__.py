"""The panels of the window, as data.

To add a panel, write a function that draws its widgets and returns the function that refreshes
them, import it here and add a line to `PANELS`. `position.py` is a small example.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from explorer.gui.context import Refresh, Ui
from explorer.gui.panels.menu import menu
from explorer.gui.panels.mix import mix
from explorer.gui.panels.noise import noise
from explorer.gui.panels.position import can_move_picture, position
from explorer.gui.panels.sources import sources, swap_button
from explorer.gui.panels.status import status
from explorer.gui.panels.timeline import timeline
from explorer.gui.panels.training import follows_run, training
from explorer.gui.panels.truncation import truncation

Draw = Callable[[Ui], Refresh]
"""Draws widgets into the current container and returns the function that refreshes them."""


@dataclass(frozen=True)
class Panel:
    """A panel on the left, below a heading with its title, or on the right, behind a tab.

    `tip` is the tooltip of the heading or the tab. The window is drawn again whenever a model with
    other layers is opened or a run is followed; only panels for which `is_visible` holds are drawn.
    `draw_beside_heading` draws what stands at the right end of a heading on the left.
    """

    title: str
    place: Literal["left", "right"]
    draw: Draw
    tip: str
    is_visible: Callable[[Ui], bool] = lambda _ui: True
    draw_beside_heading: Callable[[Ui], None] | None = None


PANELS: Final[tuple[Panel, ...]] = (
    Panel(
        "Faces",
        "left",
        sources,
        "Choose two faces. The Mix tab decides which layers come from which.",
        draw_beside_heading=swap_button,
    ),
    Panel(
        "Position",
        "left",
        position,
        "Move and turn the face inside the network, so that hair and skin move with it.",
        is_visible=can_move_picture,
    ),
    Panel(
        "Truncation",
        "left",
        truncation,
        "Pull the face towards the average: less variety, fewer flaws.",
    ),
    Panel("Mix", "right", mix, "Choose which layers come from face A and which from face B."),
    Panel("Noise", "right", noise, "Change the random details: strands, freckles, skin texture."),
    Panel(
        "Training",
        "right",
        training,
        "Follow a training run: its snapshots, samples and curves.",
        is_visible=follows_run,
    ),
)

BARS: Final[Mapping[str, Draw]] = {"menu": menu, "timeline": timeline, "status": status}
"""The bars around the panels, which the window always has, by place."""
