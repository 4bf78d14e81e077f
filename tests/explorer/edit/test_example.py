"""The pair that the window first shows, and the picture before a walk."""

from __future__ import annotations

from dataclasses import replace

from explorer.edit.edit import Walk
from explorer.edit.example import FACE_A, FACE_B, example
from explorer.edit.model_info import ModelInfo
from explorer.edit.ops import before_walk, mix_of, with_mix, with_walk
from explorer.edit.session import Session, new_edit
from tests.explorer.model_infos import model_info_with


def info_with_groups() -> ModelInfo:
    info = model_info_with(6)
    groups = ("coarse", "coarse", "middle", "middle", "fine", "fine")
    layers = (replace(layer, group=g) for layer, g in zip(info.layers, groups, strict=True))
    return replace(info, layers=tuple(layers))


def test_the_example_takes_coarse_layers_from_one_face_and_the_others_from_another() -> None:
    edit = example(info_with_groups())
    assert [mix_of(edit, i) for i in range(6)] == [0, 0, 1, 1, 1, 1]
    seeds = [s.latent.seed for s in edit.sources[:2] if isinstance(s.latent, Walk)]
    assert seeds == [FACE_A, FACE_B]


def test_the_example_is_nobodys_work() -> None:
    """Another model replaces it, and it cannot be undone; a change makes it one's own."""
    info = info_with_groups()
    session = Session()
    session.open_model(info)
    session.show_first(example(info))
    assert session.edit == example(info)
    assert session.is_new
    assert not session.can_undo
    session.open_model(model_info_with(8))
    assert session.edit == new_edit(model_info_with(8))
    session.open_model(info)
    session.show_first(example(info))
    session.change(with_mix(session.edit, [2], 0.5))
    assert not session.is_new


def test_before_a_walk_the_mix_is_the_same() -> None:
    edit = with_mix(new_edit(model_info_with(6)), [3], 1.0)
    assert before_walk(edit, 0) is None
    assert before_walk(with_walk(edit, 0, 0.3, -0.2), 0) == edit
    assert before_walk(with_walk(edit, 0, 0.3, -0.2), 1) is None
