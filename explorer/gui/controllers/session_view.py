"""How the window shows a session, as a value that is saved, and back again."""

from __future__ import annotations

import time

from explorer.gui.canvas import Canvas
from explorer.gui.context import Ui
from explorer.sessions.saved import SavedView


def saved_view(ui: Ui, canvas: Canvas) -> SavedView:
    """Return how the window shows the session. A timeline that plays is saved as the edit."""
    view, player = ui.view, ui.player
    stands_in_timeline = player.shows_timeline and not player.playing
    return SavedView(
        tab=view.tab,
        zoom=canvas.zoom,
        centre=canvas.centre,
        keyframe=ui.chosen_keyframe,
        edited_keyframe=view.edited_keyframe,
        auto_key=view.auto_key,
        playhead_s=player.position if stands_in_timeline else None,
        open_blocks=tuple(sorted(view.open_blocks)),
        rate=view.noise_rate,
        rates=tuple(sorted(view.noise_rates.items())),
        flowing=tuple(sorted(ui.motion.rates.items())),
    )


def show_view(ui: Ui, canvas: Canvas, saved: SavedView) -> None:
    """Show a session as it was shown, at rest."""
    view = ui.view
    ui.motion.clear()
    ui.player.leave_timeline()
    ui.player.position = 0.0
    view.tab = saved.tab
    view.heat = False
    view.keyframe = saved.keyframe
    view.edited_keyframe = saved.edited_keyframe
    view.auto_key = saved.auto_key
    view.open_blocks = set(saved.open_blocks)
    view.noise_rate = saved.rate
    view.noise_rates = dict(saved.rates)
    canvas.look(saved.zoom, saved.centre)
    ui.stale = True


def set_moving(ui: Ui, saved: SavedView) -> None:
    """Let noise flow and the playhead stand as they did; the model is open."""
    now, timeline, model_info = time.monotonic(), ui.session.timeline, ui.session.model_info
    layers = model_info.layers if model_info is not None else ()
    for layer, rate in saved.flowing:
        if layer < len(layers) and layers[layer].takes_noise:
            ui.motion.start([layer], rate, now)
    if saved.playhead_s is not None and timeline.keyframes:
        ui.player.seek(min(saved.playhead_s, timeline.duration_s), now)
    ui.stale = True
