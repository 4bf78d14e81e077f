"""Numbers as people type them."""

from __future__ import annotations

import pytest

from explorer.gui.toolkit.numbers import Numbers
from stylegan_core.errors import UserError

SHARES = Numbers(-0.5, 1.5, snaps=(0.0, 1.0))
SEEDS = Numbers(0, 2**32 - 1, digits=0, whole=True)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("0.35", 0.35),
        (" 1.5 ", 1.5),
        ("-.5", -0.5),
        ("\N{MINUS SIGN}0.5", -0.5),
        ("0,25", 0.25),
        ("1e-1", 0.1),
        ("1.", 1.0),
    ],
)
def test_a_number_is_taken_as_people_write_it(typed: str, value: float) -> None:
    assert SHARES.read(typed) == value


@pytest.mark.parametrize(
    "typed",
    [
        *("nan", "inf", "-inf", "NaN", "1e999", "1.51", "-0.51", "9999999999", "1_0", "0x1"),
        *("", ".", "-", "1.2.3", "1,000.5", "1/2", "٣", "½", "\N{SUPERSCRIPT TWO}"),
    ],
)
def test_anything_else_is_refused_with_what_to_type(typed: str) -> None:
    with pytest.raises(UserError, match=r"was not taken: type a number from -0\.5 to 1\.5\."):
        SHARES.read(typed)


@pytest.mark.parametrize("typed", ["3.7", "3.0", "1,000", "1e3", "nan", "-1", "4294967296"])
def test_a_seed_is_a_whole_number_in_its_range(typed: str) -> None:
    with pytest.raises(UserError, match="type a whole number from 0 to 4294967295"):
        SEEDS.read(typed)
    assert SEEDS.read("4294967295") == 2**32 - 1
    assert SEEDS.read("0010") == 10


def test_a_long_text_is_quoted_in_part() -> None:
    with pytest.raises(UserError) as caught:
        SEEDS.read("9" * 5000)
    assert len(str(caught.value)) < 100


@pytest.mark.parametrize(
    ("numbers", "value", "shown", "edited"),
    [
        (SHARES, 0.3456, "0.35", "0.3456"),
        (SHARES, 1.0, "1.00", "1"),
        (SEEDS, 10.0, "10", "10"),
        (Numbers(0.1, 600, digits=1, unit=" s"), 2.0, "2.0 s", "2"),
    ],
)
def test_a_number_is_edited_with_all_its_digits(
    numbers: Numbers, value: float, shown: str, edited: str
) -> None:
    assert (numbers.text(value), numbers.plain(value)) == (shown, edited)
    assert numbers.read(edited) == value


def test_a_slider_snaps_within_reach_and_rounds_elsewhere() -> None:
    dragged = (-0.019, 0.019, 0.021, 0.981, 1.021)
    assert [SHARES.snapped(value, 0.02) for value in dragged] == [0.0, 0.0, 0.02, 1.0, 1.02]
