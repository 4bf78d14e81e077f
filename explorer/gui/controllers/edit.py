"""The commands that change the session: faces, mix, noise, truncation. Each is a few
lines over edit_ops.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from explorer.edit.classes import ClassBlend, blend_of
from explorer.edit.ops import (
    convention_of,
    mix_of,
    with_class_weights,
    with_convention,
    with_layer_reset,
    with_mix,
    with_noise_mute,
    with_psi,
    with_seed,
    with_swapped_sources,
)
from explorer.gui.changes import NoiseChanges
from explorer.gui.context import Ui
from explorer.gui.noise_presets import PRESETS, NoisePreset
from explorer.gui.panels.truncation import HIGHEST_PSI, LOWEST_PSI
from explorer.gui.toolkit import texts
from explorer.gui.toolkit.commands import Command
from stylegan_core.conventions import USUAL_PSI, SeedConvention

HIGHEST_SEED: Final = 100_000


class Actions:
    """What the commands do."""

    def __init__(self, ui: Ui) -> None:
        self._ui = ui
        self._noise_changes = NoiseChanges(ui)

    def commands(self) -> tuple[Command, ...]:
        """All of them, with their keys."""
        return (
            *self._edit(),
            *self._faces(),
            *self._mix(),
            *self._noise(),
            *self._truncation(),
        )

    def _edit(self) -> tuple[Command, ...]:
        return (
            Command("edit.undo", "Undo", "Edit", ("Ctrl+Z",), self.undo, repeats=True),
            Command(
                "edit.redo", "Redo", "Edit", ("Ctrl+Shift+Z", "Ctrl+Y"), self.redo, repeats=True
            ),
        )

    def _faces(self) -> tuple[Command, ...]:
        return (
            Command(
                "sources.shuffle_a", "Another face A", "Faces", ("A",), lambda: self.shuffle(0)
            ),
            Command(
                "sources.shuffle_b", "Another face B", "Faces", ("B",), lambda: self.shuffle(1)
            ),
            Command("sources.swap", "Swap A and B", "Faces", ("X",), self.swap),
            Command("sources.lock_a", "Lock face A", "Faces", ("Shift+A",), lambda: self.lock(0)),
            Command("sources.lock_b", "Lock face B", "Faces", ("Shift+B",), lambda: self.lock(1)),
            Command("sources.class_a", "Next class for A", "Faces", ("C",), lambda: self.turn(0)),
            Command(
                "sources.class_b", "Next class for B", "Faces", ("Shift+C",), lambda: self.turn(1)
            ),
            Command(
                "sources.convention",
                "Official seed numbers, or our own",
                "Faces",
                ("O",),
                self.switch_convention,
            ),
        )

    def _mix(self) -> tuple[Command, ...]:
        return (
            Command(
                "mix.coarse",
                "Coarse layers from A or B",
                "Mix",
                ("1",),
                lambda: self.flip("coarse"),
            ),
            Command(
                "mix.middle",
                "Middle layers from A or B",
                "Mix",
                ("2",),
                lambda: self.flip("middle"),
            ),
            Command(
                "mix.fine", "Fine layers from A or B", "Mix", ("3",), lambda: self.flip("fine")
            ),
            Command("mix.reset", "All layers from A", "Mix", ("R", "0"), self.reset_mix),
        )

    def _noise(self) -> tuple[Command, ...]:
        changes = self._noise_changes
        return (
            Command(
                "noise.new",
                "New noise",
                "Noise",
                ("N",),
                self._on_noise(lambda: changes.renew(self._noisy())),
            ),
            Command(
                "noise.move",
                "Let the noise flow, or stop it",
                "Noise",
                ("W",),
                self._on_noise(lambda: changes.move(self._noisy())),
            ),
            Command(
                "noise.mute",
                "Noise on or off",
                "Noise",
                ("M",),
                self._on_noise(lambda: changes.mute(self._free_noise())),
            ),
            Command(
                "noise.reset",
                "Noise number 0, as trained",
                "Noise",
                ("Shift+N",),
                self._on_noise(lambda: changes.reset(self._free_noise())),
            ),
            *map(self._noise_preset, PRESETS),
            Command(
                "noise.stored",
                "Noise as in the file",
                "Noise",
                ("8",),
                self._on_noise(self.show_stored_noise),
            ),
        )

    def _noise_preset(self, preset: NoisePreset) -> Command:
        run = self._on_noise(lambda: self.mute_as(preset))
        return Command(f"noise.preset_{preset.name}", preset.what, "Noise", (preset.key,), run)

    def _truncation(self) -> tuple[Command, ...]:
        return (
            Command(
                "psi.less",
                "Closer to the average face",
                "Truncation",
                ("[",),
                lambda: self.nudge_psi(-0.1),
                True,
            ),
            Command(
                "psi.more",
                "Further from the average face",
                "Truncation",
                ("]",),
                lambda: self.nudge_psi(0.1),
                True,
            ),
            Command(
                "psi.reset",
                "Usual truncation",
                "Truncation",
                ("P",),
                lambda: self.set_psi(USUAL_PSI),
            ),
        )

    def undo(self) -> None:
        self._travel(self._ui.session.undo, "There is nothing to undo.")

    def redo(self) -> None:
        self._travel(self._ui.session.redo, "There is nothing to redo.")

    def _travel(self, go: Callable[[], bool], nothing: str) -> None:
        self._ui.player.work()
        self._ui.say("" if go() else nothing)

    def shuffle(self, index: int) -> None:
        if index in self._ui.session.locked_sources:
            self._ui.say("This face is locked; unlock it to draw another one.")
            return
        self._ui.change(with_seed(self._ui.edit, index, random.randrange(HIGHEST_SEED)))

    def swap(self) -> None:
        if self._ui.session.locked_sources:
            self._ui.say("A locked face stays where it is; unlock it to swap.")
            return
        self._ui.change(with_swapped_sources(self._ui.edit, 0, 1))

    def lock(self, index: int) -> None:
        self._ui.session.locked_sources ^= {index}
        self._ui.stale = True

    def turn(self, index: int) -> None:
        """A face of the next class from the same seed; after the last comes the first."""
        model_info, edit = self._ui.session.model_info, self._ui.edit
        if model_info is None or not model_info.c_dim:
            self._ui.say("This model has no classes.")
            return
        if index in self._ui.session.locked_sources:
            self._ui.say("This face is locked; unlock it to change its class.")
            return
        present = blend_of(edit.sources[index].class_weights).first
        following = ClassBlend((present + 1) % model_info.c_dim)
        self._ui.change(with_class_weights(edit, index, following.weights(model_info.c_dim)))

    def switch_convention(self) -> None:
        """Official seeds for both faces, or our own where both are official."""
        edit = self._ui.edit
        if self._ui.session.locked_sources:
            self._ui.say("A locked face stays what it is; unlock it to switch the seeds.")
            return
        official = all(convention_of(source) == "official" for source in edit.sources)
        wanted: SeedConvention = "ours" if official else "official"
        for index in range(len(edit.sources)):
            edit = with_convention(edit, index, wanted)
        self._ui.change(edit)
        self._ui.say(texts.SEEDS[wanted])

    def flip(self, group: str) -> None:
        """The group's layers to B, or back to A when they are there."""
        model_info, edit = self._ui.session.model_info, self._ui.edit
        if model_info is None:
            return
        members = [layer.takes_style and layer.group == group for layer in model_info.layers]
        layers = [i for i, belongs in enumerate(members) if belongs]
        if not layers:
            self._ui.say(f"This model has no {group} layers.")
            return
        at_b = all(mix_of(edit, i) >= 0.5 for i in layers)
        self._ui.change(with_mix(edit, layers, 0.0 if at_b else 1.0))

    def reset_mix(self) -> None:
        self._ui.change(with_layer_reset(self._ui.edit, range(self._ui.edit.num_layers)))

    def _noisy(self) -> list[int]:
        model_info = self._ui.session.model_info
        return [
            i
            for i, layer in enumerate(model_info.layers if model_info else ())
            if layer.takes_noise
        ]

    def _free_noise(self) -> list[int]:
        return self._noise_changes.unlocked(self._noisy())

    def mute_as(self, preset: NoisePreset) -> None:
        """Silences the layers that a preset leaves out, and no others."""
        model_info, edit = self._ui.session.model_info, self._ui.edit
        for i, layer in enumerate(model_info.layers if model_info else ()):
            if layer.takes_noise:
                edit = with_noise_mute(edit, [i], not preset.sounds(layer.resolution))
        self._ui.change(edit)

    def show_stored_noise(self) -> None:
        model_info = self._ui.session.model_info
        if model_info is not None and not model_info.has_stored_noise:
            self._ui.say(texts.NO_STORED_NOISE)
            return
        self._noise_changes.reset(self._free_noise(), "stored")

    def _on_noise(self, run: Callable[[], None]) -> Callable[[], None]:
        """Runs something, or says that the model takes no noise."""

        def guarded() -> None:
            model_info = self._ui.session.model_info
            if model_info is None or model_info.takes_noise:
                run()
            else:
                self._ui.say(texts.NO_NOISE)

        return guarded

    def nudge_psi(self, step: float) -> None:
        self.set_psi(round(self._ui.edit.psi + step, 2))

    def set_psi(self, psi: float) -> None:
        model_info = self._ui.session.model_info
        if model_info is not None and not model_info.has_w_avg:
            self._ui.say(texts.NO_AVERAGE)
            return
        self._ui.change(with_psi(self._ui.edit, min(max(psi, LOWEST_PSI), HIGHEST_PSI)))
