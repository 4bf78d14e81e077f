"""The effect of noise, on generators and readers whose effects are known."""

import copy
from functools import partial
from typing import cast

from stylegan_core.metrics.noise import NoiseEffect, noise_effect, portrait_noise_effect
from stylegan_core.networks.stylegan1 import Generator, SynthesisLayer
from tests.stylegan_core.metrics.readers import read_brightness, read_pixel


def test_a_generator_without_noise_has_no_effect(tiny_generator: Generator) -> None:
    silent = copy.deepcopy(tiny_generator)
    for layer in silent.synthesis_layers:
        strength = cast(SynthesisLayer, layer).noise_strength
        assert strength is not None
        strength.zero_()
    pixels, factors = noise_effect(silent, read_brightness, people=3, draws=3)
    assert pixels == 0
    assert set(factors.values()) == {0.0}
    assert noise_effect(tiny_generator, read_brightness, people=3, draws=3).pixels > 0


def test_details_of_portraits_move_the_background_but_not_the_nose() -> None:
    def effect_at(row: int, column: int) -> NoiseEffect:
        read = partial(read_pixel, row=row, column=column)
        return portrait_noise_effect("portraits-small", 32, 0, read, people=8, draws=4)

    corner, nose = effect_at(0, 0), effect_at(16, 16)
    assert 2 < corner.pixels == nose.pixels < 10
    assert corner.factors["yaw_deg"] > 0.05 > nose.factors["yaw_deg"]
