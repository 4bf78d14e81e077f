"""How long a run takes: its stages in closed form, and steps that are timed."""

import json
import sys
import time
from dataclasses import replace

import pytest
import torch

from stylegan_core.durations import about
from stylegan_core.errors import UserError
from stylegan_core.training import estimate
from stylegan_core.training.presets import PRESETS
from stylegan_core.training.run_cost import RunCost, Stage
from stylegan_core.training.run_setup import new_config
from stylegan_core.training.schedule import phase_at
from tests.stylegan_core.training.small_trainers import TINY

GROWING = RunCost((Stage(1000, 0.5, 0.0), Stage(3000, 2.0, 60.0)), (8, 16), True)


@pytest.mark.parametrize(
    ("kimg", "seconds"),
    [(0, 0), (0.5, 250), (1, 500), (2, 500 + 60 + 2000), (4, 500 + 60 + 6000)],
)
def test_a_run_costs_the_sum_of_its_stages(kimg: float, seconds: float) -> None:
    assert GROWING.seconds(kimg) == pytest.approx(seconds)


def test_a_cost_survives_json() -> None:
    assert RunCost.from_json(json.loads(json.dumps(GROWING.to_json()))) == GROWING


@pytest.mark.parametrize("name", ["portraits-cpu", "portraits-gpu", "config-f", "stylegan2"])
def test_images_are_counted_at_the_sizes_of_the_schedule(name: str) -> None:
    config = PRESETS[name].config
    shown = 0.0
    for size, count in estimate.images_by_size(config).items():
        assert phase_at(config, round(shown) + 1).resolution == size
        assert phase_at(config, round(shown + count) - 1).resolution == size
        shown += count


def test_sizes_that_take_too_long_are_estimated_from_smaller_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An image that costs a constant and a part by multiplications is extrapolated exactly."""
    config = PRESETS["portraits-gpu"].config
    work = {
        size: estimate._multiplications(estimate._at(config, size))
        for size in config.network.resolutions
        if size >= estimate.SMALLEST_SIZE
    }
    monkeypatch.setattr(
        estimate, "_seconds_per_image", lambda c, _: 0.25 + 1e-9 * work[c.resolution]
    )
    cost = estimate.run_cost(config, "cpu")
    assert cost.timed == (8, 16)
    assert not cost.is_timed_in_full
    for stage, size in zip(cost.stages, estimate.images_by_size(config), strict=True):
        assert stage.seconds_per_image == pytest.approx(0.25 + 1e-9 * work[size])
    assert cost.stages[0].seconds_before == 0 < cost.stages[1].seconds_before


def test_a_constant_cost_is_never_extrapolated_below_zero() -> None:
    assert estimate._line([(10.0, 3.0), (20.0, 2.0)])(1000.0) == 2.0
    assert estimate._line([(10.0, 1.0), (20.0, 4.0)])(0.0) == pytest.approx(0.0)
    assert estimate._line([(10.0, 1.0)])(30.0) == pytest.approx(3.0)


@pytest.mark.skipif(sys.platform == "win32", reason="its clock of a thread is too coarse")
def test_time_in_which_a_step_waits_for_the_processor_does_not_count() -> None:
    """A thread that other programs keep from running looks like one that sleeps."""
    clock = estimate._clock(torch.device("cpu"))
    start = clock()
    time.sleep(0.3)
    waited = clock() - start
    end = time.perf_counter() + 0.3
    while time.perf_counter() < end:
        pass
    assert waited < 0.1
    assert clock() - start > waited


def test_steps_of_a_small_run_are_timed() -> None:
    cost = estimate.run_cost(replace(TINY, start_resolution=8), "cpu")
    assert cost.timed[-1] == TINY.resolution
    assert cost.is_timed_in_full
    assert all(stage.seconds_per_image > 0 for stage in cost.stages)


def test_the_answer_is_json_also_for_settings_that_do_not_exist(
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = {"preset": "portraits-cpu", "changes": {"r1_gama": 1}, "threads": 1}
    estimate.main(json.dumps(asked))
    assert "did you mean r1_gamma?" in json.loads(capsys.readouterr().out)["problem"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (5, "a minute"),
        (150, "2 minutes"),
        (1430, "25 minutes"),
        (3600, "an hour"),
        (5000, "85 minutes"),
        (3 * 3600, "3 hours"),
        (86_400, "a day"),
        (40 * 86_400, "40 days"),
        (4e8, "13 years"),
    ],
)
def test_durations_are_named_as_people_do(seconds: float, words: str) -> None:
    assert about(seconds) == words


def test_unknown_settings_get_no_advice_where_nothing_is_similar() -> None:
    with pytest.raises(UserError) as caught:
        new_config("portraits-cpu", {"zzzz": 1, "mirorr": False})
    assert str(caught.value) == "Unknown training settings: mirorr, zzzz; did you mean mirror?"
