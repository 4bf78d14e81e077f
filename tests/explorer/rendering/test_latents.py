"""Walks through the space of latents."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.edit.edit import Walk
from explorer.rendering.latents import walked_latent
from stylegan_core import sampling


def test_a_walk_starts_at_its_seed_and_stays_on_the_shell() -> None:
    z0 = walked_latent(Walk(3), 512)
    assert torch.equal(z0, sampling.latent(3, 512))
    for r in np.linspace(0.1, 6, 20):
        z = walked_latent(Walk(3, 0.6 * r, 0.8 * r), 512)
        assert z.norm().item() == pytest.approx(512**0.5, rel=0.15)
    half_turn = walked_latent(Walk(3, np.pi, 0.0), 512)
    torch.testing.assert_close(half_turn, -z0, atol=1e-5, rtol=0)


@given(st.floats(-5, 5), st.floats(-5, 5))
def test_small_drags_move_the_latent_a_little(dx: float, dy: float) -> None:
    here, there = (walked_latent(Walk(3, dx + d, dy), 64) for d in (0.0, 1e-3))
    assert (here - there).norm() < 0.05
