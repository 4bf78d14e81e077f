"""The small world of portraits is part of the large one."""

import pytest

from stylegan_core.data.dataset import open_dataset
from stylegan_core.data.portraits import FACTORS, WORLDS, sample_factors, world_of
from stylegan_core.errors import UserError


def test_the_small_world_lies_within_the_large_one() -> None:
    drawn = sample_factors(0, range(2000), "portraits-small")
    for large, small in zip(FACTORS, WORLDS["portraits-small"], strict=True):
        assert (large.name, large.choices) == (small.name, small.choices)
        if large.choices:
            continue
        low, high = drawn[large.name].min(), drawn[large.name].max()
        assert large.low <= small.low <= low <= high <= small.high <= large.high


def test_the_small_world_never_draws_what_it_leaves_out() -> None:
    drawn = sample_factors(1, range(2000), "portraits-small")
    styles = next(factor.choices for factor in FACTORS if factor.name == "hair_style")
    assert {styles[i] for i in drawn["hair_style"].tolist()} == {"quiff", "bob", "long", "bun"}
    assert set(drawn["glasses"].tolist()) == {0, 1}
    assert not drawn["hat"].any()
    assert not drawn["beard"].any()


def test_data_specs_name_their_world() -> None:
    assert [world_of(s) for s in ("portraits", "portraits-small:8", "portraitsque", "a/b")] == [
        "portraits",
        "portraits-small",
        None,
        None,
    ]
    large, small = (open_dataset(f"{world}:8", 16) for world in WORLDS)
    assert (large.images != small.images).any()
    labelled = open_dataset("portraits-small:8:glasses", 16)
    assert (labelled.images == small.images).all()
    with pytest.raises(UserError, match="how many portraits"):
        open_dataset("portraits-small:many", 16)
