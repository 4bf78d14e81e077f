"""Mixing shares, on a generator and a reader whose effects are known."""

import pytest

from stylegan_core.metrics import mixing
from stylegan_core.metrics.mixing import mixing_shares
from stylegan_core.networks.stylegan1 import Generator
from tests.stylegan_core.metrics.readers import read_brightness


def test_a_group_of_all_layers_has_the_whole_share(
    tiny_generator: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Swapping every layer leads from A to B, a share of 1; swapping none has a share of 0."""
    monkeypatch.setattr(mixing, "swapped", lambda g, a, b, group: b if group == "fine" else a)
    shares = mixing_shares(tiny_generator, read_brightness, pairs=3)
    assert shares["yaw_deg"] == pytest.approx({"coarse": 0, "middle": 0, "fine": 1})


def test_a_group_without_layers_has_no_share(tiny_generator: Generator) -> None:
    """At 32 px there is no fine group: coarse and middle styles decide everything."""
    shares = mixing_shares(tiny_generator, read_brightness, pairs=4)["smile"]
    assert shares["fine"] == 0
    assert shares["coarse"] != shares["middle"]
