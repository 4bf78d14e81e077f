"""A loop through random faces: other faces, the same edit, exactly as long as asked."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from explorer.edit.edit import Edit, default_edit
from explorer.edit.face_loop import face_loop, used_sources
from explorer.edit.flow import NoiseFlow
from explorer.edit.ops import with_mix, with_mute, with_psi, with_seed
from tests.explorer.strategies import edits


@given(st.integers(2, 60), st.sampled_from([1.0, 2.5, 10.0, 12.0, 59.9]), st.integers(0, 999))
def test_a_loop_lasts_as_long_as_asked_and_closes(faces: int, seconds: float, seed: int) -> None:
    loop = face_loop(default_edit(4), [0], faces, seconds, random.Random(seed))
    assert len(loop.keyframes) == faces
    assert loop.frame_count(Fraction(30)) == round(seconds * 30)
    assert loop.at(seconds) == loop.at(0) == loop.keyframes[0].edit
    seeds = [keyframe.edit.sources[0].latent for keyframe in loop.keyframes]
    assert len(set(seeds)) == faces


@given(edits())
def test_only_seeds_change(edit: Edit) -> None:
    flow = NoiseFlow((1.0,) * edit.num_layers)
    loop = face_loop(edit, [0], 3, 6.0, random.Random(0), flow)
    assert loop.flow == flow
    for before, after in pairwise(keyframe.edit for keyframe in loop.keyframes):
        assert before.sources[0] != after.sources[0]
        assert with_seed(before, 0, 1) == with_seed(after, 0, 1) == with_seed(edit, 0, 1)


def test_only_faces_that_are_seen_are_used() -> None:
    edit = with_psi(default_edit(4), 0.5)
    assert used_sources(edit) == [0]
    assert used_sources(with_mix(edit, [2], 0.3)) == [0, 1]
    assert used_sources(with_mix(edit, range(4), 1.0)) == [1]
    assert used_sources(with_mute(with_mix(edit, [2], 0.3), [2], True)) == [0]
