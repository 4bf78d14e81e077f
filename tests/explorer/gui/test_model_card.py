"""What the window says about the open model first."""

from __future__ import annotations

from dataclasses import replace

from explorer.gui.dialogs.model_card import facts_of
from tests.explorer.model_infos import model_info_with


def test_the_first_facts_are_architecture_size_and_parameters() -> None:
    info = replace(model_info_with(8), architecture="stylegan2", parameters=1234567)
    facts = facts_of(info)
    assert facts["Architecture"] == "StyleGAN 2"
    assert facts["Parameters"] == "1,234,567"
    assert facts["Layers"] == "8"
    assert "Classes" not in facts
    assert "Licence" not in facts


def test_texts_of_a_card_are_bounded_and_shown_as_letters() -> None:
    card = {"data": "x" * 10_000, "licence": "MIT\x1b[2J"}
    facts = facts_of(replace(model_info_with(8), c_dim=3, card=card))
    assert facts["Classes"] == "3"
    assert len(facts["Data"]) <= 400
    assert "\x1b" not in facts["Licence"]
