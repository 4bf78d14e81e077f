"""Pictures of seeds: random streams, both numberings of seeds, and truncation."""

import numpy as np
import torch

from stylegan_core import picture, sampling
from stylegan_core.networks.stylegan1 import Generator
from tests.small_networks import TINY


def test_official_latents_are_drawn_as_numpy_does(tiny_generator: Generator) -> None:
    expected = np.random.RandomState(5).randn(1, 24).astype(np.float32)[0]
    assert np.array_equal(sampling.official_latent(5, 24).numpy(), expected)
    ours, official = (
        picture.of_seed(tiny_generator, 5, convention=convention)
        for convention in ("ours", "official")
    )
    assert not torch.equal(ours, official)


def test_streams_of_different_keys_differ() -> None:
    keys = [(5,), (5, 0), (5, 1), (5, 1, 0), (6,)]
    draws = [sampling.stream_normal(key, (8,)) for key in keys]
    assert len({tuple(draw.tolist()) for draw in draws}) == len(keys)


def test_psi_zero_is_the_same_for_every_seed(tiny_generator: Generator) -> None:
    a, b = (picture.of_seed(tiny_generator, s, psi=0, cutoff=TINY.resolution) for s in (1, 2))
    assert torch.equal(a, b)


def test_layers_above_the_cutoff_are_not_truncated(tiny_generator: Generator) -> None:
    assert torch.equal(
        picture.of_seed(tiny_generator, 1, psi=0.5, cutoff=0),
        picture.of_seed(tiny_generator, 1, psi=1.0, cutoff=8),
    )
