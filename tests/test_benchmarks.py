"""The benchmarks compare the same pictures and time the cases that they name."""

import torch

from benchmarks import networks, textbook_pass
from benchmarks.clock import Case, medians_ms
from stylegan_core.networks.stylegan1 import StyleGAN1Config
from tests.small_networks import make_generator

GENERATOR = make_generator(
    StyleGAN1Config(resolution=128, fmap_base=256, fmap_max=8, z_dim=16, w_dim=16)
)


def test_the_textbook_pass_makes_the_same_pictures() -> None:
    ws = torch.randn(2, GENERATOR.num_layers, GENERATOR.w_dim)
    noise = [stored for stored in GENERATOR.stored_noise if stored is not None]
    expected = GENERATOR.synthesis(ws, noise)
    shown = textbook_pass.synthesis(GENERATOR, ws, noise)
    assert (shown - expected).abs().max() < 1e-4 * expected.abs().max()


def test_every_case_of_a_network_is_timed() -> None:
    times = networks.measure("small", GENERATOR, "cpu", rounds=1)
    assert {"bare convolutions", "textbook", "full frame", "from layer 2, style"} <= set(
        times.values
    )
    assert all(ms > 0 for ms in times.values.values())


def test_preparation_and_the_warm_up_round_are_not_counted() -> None:
    log: list[str] = []
    case = Case(lambda: log.append("run"), lambda: log.append("prepare"))
    times = medians_ms({"one": case}, 2, "cpu")
    assert log == ["prepare", "run"] * 3, "the first round warms up"
    assert set(times) == {"one"}
