"""Portraits: what changes them, what does not, and which requests are refused."""

from collections.abc import Iterator

import pytest
import torch

from stylegan_core.data.portraits import (
    FACTORS,
    Factor,
    labels_table,
    portraits,
    render,
    sample_factors,
)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Use one thread: for small pictures a second one costs more than it gains."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def person(**changes: float) -> dict[str, torch.Tensor]:
    """Return the factors of one portrait, with some of them changed."""
    factors = sample_factors(0, [0])
    for name, value in changes.items():
        factors[name] = torch.full_like(factors[name], value)
    return factors


def plain_person(**changes: float) -> dict[str, torch.Tensor]:
    """Return a person who faces the camera, without hat, glasses or beard."""
    facing: dict[str, float] = {
        "yaw_deg": 0,
        "pitch_deg": 0,
        "roll_deg": 0,
        "hat": 0,
        "glasses": 0,
        "beard": 0,
    }
    return person(**(facing | changes))


def difference(a: torch.Tensor, b: torch.Tensor) -> int:
    return int((a.int() - b.int()).abs().max())


@pytest.mark.parametrize("resolution", [32, 64, 96])
def test_pictures_are_bytes_of_the_requested_size(resolution: int) -> None:
    pictures = portraits(0, [3, 1], resolution)
    assert pictures.shape == (2, 3, resolution, resolution)
    assert pictures.dtype == torch.uint8
    assert pictures.float().std() > 20  # not a blank frame


def test_a_picture_depends_on_seed_and_index_alone() -> None:
    together = portraits(5, range(12), 32)
    for index in (0, 7, 11):
        assert difference(together[index], portraits(5, [index], 32)[0]) <= 1
    assert difference(together, portraits(5, range(11, -1, -1), 32).flip(0)) <= 1


def test_factors_do_not_depend_on_the_batch() -> None:
    together = sample_factors(5, range(40))
    alone = sample_factors(5, [33])
    assert all(together[name][33] == alone[name][0] for name in together)


def test_every_seed_and_index_is_another_person() -> None:
    yaws = torch.cat([sample_factors(seed, range(50))["yaw_deg"] for seed in range(20)])
    assert len(set(yaws.tolist())) > 990


def test_factors_stay_in_range_and_all_choices_occur() -> None:
    factors = sample_factors(1, range(500))
    assert list(factors) == [factor.name for factor in FACTORS]
    for factor in FACTORS:
        values = factors[factor.name]
        assert values.shape == (500,)
        if factor.choices:
            assert values.dtype == torch.int64
            assert set(values.tolist()) == set(range(len(factor.choices)))
        else:
            assert values.dtype == torch.float32
            assert factor.low <= values.min() <= values.max() <= factor.high


def test_poses_are_spread_evenly() -> None:
    yaw = sample_factors(2, range(2000))["yaw_deg"]
    shares = torch.histc(yaw, 4, -40.0, 40.0) / 2000
    assert shares.min() > 0.2


def test_noise_seed_redraws_details_but_not_the_face() -> None:
    first, second = (
        render(plain_person(bokeh=1, freckles=0, strands=1, noise_seed=seed), 64).float()
        for seed in (1, 2)
    )
    assert ((first - second).abs().amax(1) > 12).float().mean() > 0.05
    for features in ((slice(27, 36), slice(18, 46)), (slice(42, 50), slice(26, 38))):
        area = (slice(None), slice(None), *features)
        assert (first[area].mean() - second[area].mean()).abs() < 2.0


def test_freckles_are_visible() -> None:
    without, with_freckles = (render(plain_person(freckles=f), 64).float() for f in (0, 1))
    assert ((without - with_freckles).abs().amax(1) > 12).sum() > 10


@pytest.mark.parametrize("factor", [factor for factor in FACTORS if factor.group != "stochastic"])
def test_every_factor_changes_the_picture(factor: Factor) -> None:
    settings: dict[str, float] = {"hat": 1} if factor.name == "accent" else {"hair_style": 1}
    low, high = (0, 1) if factor.choices else (factor.low, factor.high)
    before = render(plain_person(**(settings | {factor.name: low})), 32)
    after = render(plain_person(**(settings | {factor.name: high})), 32)
    assert difference(before, after) > 8


def test_fine_factors_leave_the_outline_alone() -> None:
    """Skin and hair change, but the wall behind them is seen in the same pixels."""
    dark, light = (
        render(plain_person(skin_tone=t, hair_color=h, bokeh=0), 64) for t, h in ((0, 0), (1, 6))
    )
    same = (dark == light).all(1)
    assert same[0, 40, :6].all()
    assert same.float().mean() > 0.15


def test_labels_name_their_choices() -> None:
    factors = sample_factors(0, range(3))
    rows = labels_table(factors)
    assert len(rows) == 3
    for row, style in zip(rows, factors["hair_style"].tolist(), strict=True):
        choices = next(factor.choices for factor in FACTORS if factor.name == "hair_style")
        assert row["hair_style"] == choices[style]
        assert isinstance(row["yaw_deg"], float)


def test_an_empty_batch_is_allowed() -> None:
    assert portraits(0, [], 32).shape == (0, 3, 32, 32)


@pytest.mark.parametrize("resolution", [0, -8, 4096])
def test_impossible_resolution_is_refused(resolution: int) -> None:
    with pytest.raises(ValueError, match="resolution"):
        portraits(0, [0], resolution)


def test_negative_index_is_refused() -> None:
    with pytest.raises(ValueError, match="index -1"):
        sample_factors(0, [0, -1])


def test_missing_factor_is_named() -> None:
    factors = person()
    del factors["smile"]
    with pytest.raises(ValueError, match="smile"):
        render(factors, 32)


def test_misshapen_and_unknown_values_are_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        render(person() | {"smile": torch.zeros(2)}, 32)
    with pytest.raises(ValueError, match="hair_style"):
        render(person(hair_style=17), 32)
