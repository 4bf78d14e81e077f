"""The cost model: how times are learnt, and how much of a network fits into a budget."""

import pytest

from explorer.rendering.cost_model import FRAME_BUDGET_MS, CostModel


def test_the_total_time_is_shared_out_where_a_device_works_asynchronously() -> None:
    costs = CostModel(4)
    costs.note(0, [0.001, 0.001, 0.002], total_s=0.040)
    assert costs.cost_ms(0, 3) == pytest.approx(40)
    assert costs.cost_ms(2, 2) == pytest.approx(20)
    costs.note(2, [0.001], total_s=0.010)
    assert costs.cost_ms(2, 2) == pytest.approx(15)


def test_a_faster_time_counts_more_than_a_slower_one() -> None:
    costs = CostModel(1)
    costs.note(0, [0.010], total_s=0.010)
    costs.note(0, [0.100], total_s=0.100)
    assert costs.cost_ms(0, 0) == pytest.approx(19)
    costs.note(0, [0.010], total_s=0.010)
    assert costs.cost_ms(0, 0) == pytest.approx(14.5)


def test_a_picture_is_slow_once_it_took_longer_than_a_frame_may() -> None:
    costs = CostModel(2)
    assert not costs.is_slow()
    costs.note(0, [FRAME_BUDGET_MS / 1000] * 2, total_s=2 * FRAME_BUDGET_MS / 1000)
    assert costs.is_slow()


@pytest.mark.parametrize(
    ("first", "budget_ms", "last"),
    [
        (0, 100.0, 5),  # everything fits
        (0, 45.0, 3),  # the largest draft that fits
        (0, 25.0, 1),  # the smaller one
        (0, 5.0, 1),  # nothing fits: the smallest
        (4, 5.0, 3),  # from a state that is kept
    ],
)
def test_a_picture_ends_with_the_largest_draft_within_the_budget(
    first: int, budget_ms: float, last: int
) -> None:
    costs = CostModel(6)
    costs.note(0, [0.010, 0.010, 0.010, 0.010, 0.020, 0.020], total_s=0.080)
    assert costs.choose_last(first, (1, 3), budget_ms) == last


def test_the_rest_of_a_draft_counts() -> None:
    costs = CostModel(6)
    costs.note(0, [0.010, 0.010, 0.010, 0.010, 0.020, 0.020], total_s=0.080)
    assert costs.choose_last(0, (1, 3), budget_ms=45.0) == 3
    costs.note_draft(0, [0.010] * 4, last=3, rest_s=0.010, total_s=0.050)
    assert costs.choose_last(0, (1, 3), budget_ms=45.0) == 1
    assert costs.cost_ms(0, 3) == pytest.approx(40)


def test_a_draft_that_saves_little_is_not_shown() -> None:
    costs = CostModel(4)
    costs.note(0, [0.010, 0.060, 0.010, 0.010], total_s=0.090)
    assert costs.choose_last(0, (1,), budget_ms=75.0) == 3
