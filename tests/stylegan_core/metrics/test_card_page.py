"""The page of a card is written from whatever the card holds."""

from pathlib import Path
from typing import Any

import pytest

from stylegan_core.cli.card import page_of
from stylegan_core.metrics.card_page import card_page

CHECKPOINTS = sorted((Path(__file__).parents[3] / "checkpoints").glob("*.safetensors"))
FACTORS = ("yaw_deg", "smile")
QUALITY: dict[str, Any] = {
    "images": 5,
    "swd": {"64": 2.0},
    "swd_real_against_real": {"64": 1.0},
    "reliability": {"yaw_deg": 0.9, "smile": 0.1},
    "mixing_shares": {name: {"coarse": 0.9, "middle": 0.1, "fine": 0.0} for name in FACTORS},
    "noise_pixels": 3.0,
    "noise_factors": dict.fromkeys((*FACTORS, "hat"), 0.25),  # the data has no hats to read
    "chance_pixels": 4.0,
    "chance_factors": dict.fromkeys((*FACTORS, "hat"), 0.125),
}


def page_with(quality: dict[str, Any]) -> str:
    config = {"resolution": 64}
    card = {"name": "x", "architecture": "stylegan1", "config": config, "quality": quality}
    return card_page(card)


def test_poorly_read_factors_are_left_out() -> None:
    page = page_with(QUALITY)
    assert "| yaw_deg | coarse | 0.90 | 0.10 | 0.00 |" in page
    assert "| a pixel | 3.0 | 4.0 |\n| yaw_deg | 0.25 | 0.12 |\n\n" in page
    assert "smile" not in page


@pytest.mark.parametrize(
    ("missing", "title"),
    [
        ("swd", "## Distance from the data"),
        ("mixing_shares", "## What each group of styles changes"),
        ("chance_factors", "## What noise changes"),
    ],
)
def test_a_card_without_a_metric_has_a_page_without_its_section(missing: str, title: str) -> None:
    """Cards of earlier versions lack the metrics that were added later."""
    assert title in page_with(QUALITY)
    page = page_with({key: value for key, value in QUALITY.items() if key != missing})
    assert title not in page
    assert page.count("\n## ") == 3


def test_unknown_metrics_are_passed_over() -> None:
    """Cards of later versions may hold metrics that this one does not know."""
    assert page_with(QUALITY | {"beauty": 0.5}) == page_with(QUALITY)


@pytest.mark.parametrize("model", CHECKPOINTS, ids=lambda model: model.stem)
def test_bundled_pages_are_what_the_code_writes(model: Path) -> None:
    page = model.with_suffix("") / "card.md"
    assert page.read_text(encoding="utf-8") == page_of(model)
