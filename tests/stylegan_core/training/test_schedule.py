"""The paper's schedule (appendix C): 600 kimg at each resolution, 600 to fade the next one in."""

from dataclasses import replace

import pytest

from stylegan_core.networks.stylegan1 import StyleGAN1Config
from stylegan_core.training.config import TrainConfig
from stylegan_core.training.presets import PRESETS
from stylegan_core.training.schedule import phase_at, resets_moments

PAPER = PRESETS["config-f"].config
AT_64 = StyleGAN1Config(resolution=64)


@pytest.mark.parametrize(
    ("kimg", "lod", "resolution", "batch", "lr"),
    [
        (0, 7.0, 8, 128, 1e-3),
        (599, 7.0, 8, 128, 1e-3),
        (900, 6.5, 16, 128, 1e-3),
        (1200, 6.0, 16, 128, 1e-3),
        (2100, 5.5, 32, 64, 1e-3),
        (3600, 4.0, 64, 32, 1e-3),
        (4800, 3.0, 128, 16, 1.5e-3),
        (6000, 2.0, 256, 8, 2e-3),
        (7200, 1.0, 512, 4, 3e-3),
        (7950, 0.75, 1024, 4, 3e-3),
        (8400, 0.0, 1024, 4, 3e-3),
        (25_000, 0.0, 1024, 4, 3e-3),
    ],
)
def test_paper_schedule(kimg: int, lod: float, resolution: int, batch: int, lr: float) -> None:
    phase = phase_at(PAPER, kimg * 1000)

    assert phase.lod == pytest.approx(lod)
    assert (phase.resolution, phase.batch) == (resolution, batch)
    assert phase.generator_lr == phase.discriminator_lr == lr


@pytest.mark.parametrize(
    ("kimg", "batch"), [(0, 256), (1800, 128), (3000, 64), (4200, 32), (25_000, 32)]
)
def test_batches_of_eight_gpus(kimg: int, batch: int) -> None:
    assert phase_at(PRESETS["config-f-8gpu"].config, kimg * 1000).batch == batch


def test_moments_are_reset_when_a_fade_starts_and_when_it_ends() -> None:
    lods = [phase_at(PAPER, images).lod for images in range(0, 2_500_000, 128)]

    resets = [i * 128 for i in range(1, len(lods)) if resets_moments(lods[i - 1], lods[i])]

    assert [round(images / 1000) for images in resets] == [600, 1200, 1800, 2400]


def test_a_run_from_the_full_resolution_never_fades() -> None:
    config = TrainConfig(network=AT_64, start_resolution=64)

    assert {phase_at(config, kimg * 1000).lod for kimg in range(0, 25_000, 100)} == {0.0}


def test_without_fades_resolutions_change_at_once() -> None:
    config = TrainConfig(
        network=AT_64, start_resolution=16, phase_kimg=((4, 10),), fade_kimg=((4, 0),)
    )

    assert [phase_at(config, n).resolution for n in (0, 9_999, 10_000, 20_000)] == [16, 16, 32, 64]


def test_learning_rates_fall_linearly_to_zero_at_the_end() -> None:
    config = replace(PAPER, total_kimg=1000, lr_decay_kimg=400, start_resolution=1024)

    rates = [phase_at(config, kimg * 1000).generator_lr for kimg in (0, 600, 800, 1000)]

    assert rates == pytest.approx([3e-3, 3e-3, 1.5e-3, 0])


def test_noise_waits() -> None:
    config = replace(PAPER, noise_from_kimg=2)

    assert [phase_at(config, n).uses_noise for n in (0, 1999, 2000)] == [False, False, True]
