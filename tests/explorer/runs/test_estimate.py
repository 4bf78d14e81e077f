"""Estimates of new runs: steps are timed in a process that can be ended."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from explorer.runs.estimate import Measurement, estimate_text, without_length
from explorer.runs.train_options import TrainOptions
from stylegan_core.errors import UserError
from stylegan_core.training.run_cost import RunCost, Stage


@pytest.mark.slow
def test_a_process_times_steps_of_the_chosen_run(options: TrainOptions) -> None:
    cost = Measurement(options, 1).run()
    assert cost.timed == (8, 16)
    assert 0 < cost.seconds(1) < cost.seconds(100)
    assert not options.out.exists()
    with pytest.raises(UserError, match=r"did you mean r1_gamma\?"):
        Measurement(replace(options, more="r1_gama=1"), 1).run()


@pytest.mark.slow
def test_a_measurement_is_ended_at_any_time(options: TrainOptions) -> None:
    never_begun = Measurement(options, 1)
    never_begun.stop()
    with pytest.raises(UserError, match="stopped"):
        never_begun.run()
    measurement = Measurement(replace(options, preset="stylegan2", resolution=1024, more=""), 1)
    threading.Timer(0.5, measurement.stop).start()
    with pytest.raises(UserError, match="could not be measured"):
        measurement.run()


def test_the_text_says_how_long_and_from_where() -> None:
    cost = RunCost((Stage(1e9, 3.6, 0.0),), (32, 64), True)
    text = estimate_text(cost, 10)
    assert text.startswith("About 10 hours on this computer if nothing else keeps it busy")
    assert text.endswith("Steps at 32 and 64 px were timed just now.")
    assert "larger ones estimated" in estimate_text(replace(cost, is_timed_in_full=False), 10)


def test_length_and_folder_need_no_new_measurement(options: TrainOptions) -> None:
    other = replace(options, kimg=3, out=Path("elsewhere"))
    assert without_length(other) == without_length(options)
    assert without_length(replace(options, resolution=8)) != without_length(options)
