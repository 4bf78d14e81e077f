"""Mixed precision: when it is chosen, and how close a step in bfloat16 comes to float32."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
import torch

from stylegan_core.data.dataset import ImageDataset
from stylegan_core.networks import fir
from stylegan_core.networks.stylegan2.config import StyleGAN2Config
from stylegan_core.training import precision
from stylegan_core.training.config import TrainConfig
from stylegan_core.training.distributed import Ranks
from stylegan_core.training.precision import decide_amp
from stylegan_core.training.run_setup import Host, new_run
from stylegan_core.training.trainer import Trainer
from tests.stylegan_core.training.small_trainers import UNGROWN

CPU = torch.device("cpu")
Precision = Literal["off", "bfloat16"]
STYLEGAN2 = replace(
    UNGROWN,
    network=StyleGAN2Config(
        resolution=16, channel_base=128, channel_max=16, z_dim=8, w_dim=8, mapping_width=8
    ),
)


@pytest.fixture(autouse=True)
def fast_bfloat16(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Simulate a CPU whose convolutions take half the time in bfloat16."""
    seconds = {torch.float32: 2.0, torch.bfloat16: 1.0}
    monkeypatch.setattr(precision, "convolution_seconds", seconds.__getitem__)
    precision.is_bfloat16_faster_on_cpu.cache_clear()
    yield
    precision.is_bfloat16_faster_on_cpu.cache_clear()


@pytest.mark.parametrize(
    ("bfloat16_seconds", "amp"), [(1.0, "bfloat16"), (1.9, "off"), (4.0, "off")]
)
def test_auto_takes_bfloat16_only_where_it_is_clearly_faster(
    monkeypatch: pytest.MonkeyPatch, bfloat16_seconds: float, amp: str
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": True}, raising=False)
    seconds = {torch.float32: 2.0, torch.bfloat16: bfloat16_seconds}
    monkeypatch.setattr(precision, "convolution_seconds", seconds.__getitem__)
    assert decide_amp(replace(UNGROWN, amp="auto"), CPU).amp == amp


def test_auto_is_off_for_all_if_one_process_would_be_slower(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": True}, raising=False)
    monkeypatch.setattr(Ranks, "any", lambda self, flag, device: True)
    assert decide_amp(replace(UNGROWN, amp="auto"), CPU, Ranks(0, 2)).amp == "off"


@pytest.mark.parametrize(
    ("capabilities", "amp"),
    [
        ({"avx2": True, "avx512_bf16": True}, "bfloat16"),
        ({"amx_bf16": True, "avx512_bf16": False}, "bfloat16"),
        ({"avx2": True}, "off"),
    ],
)
def test_auto_takes_bfloat16_where_the_cpu_multiplies_it(
    monkeypatch: pytest.MonkeyPatch, capabilities: dict[str, bool], amp: str
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities, raising=False)
    assert decide_amp(replace(UNGROWN, amp="auto"), CPU).amp == amp


def test_auto_is_off_where_pytorch_does_not_know_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert decide_amp(replace(UNGROWN, amp="auto"), CPU).amp == "off"
    assert decide_amp(replace(UNGROWN, amp="auto"), torch.device("mps")).amp == "off"


@pytest.mark.parametrize("amp", ["off", "bfloat16"])
def test_an_explicit_precision_is_used(monkeypatch: pytest.MonkeyPatch, amp: Precision) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": amp == "off"})
    assert decide_amp(replace(UNGROWN, amp=amp), CPU).amp == amp


def test_a_run_records_the_precision_that_auto_chose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": True}, raising=False)
    changes = {"data": "portraits:8", "resolution": 8, "label_critic_weight": 0.0}
    run = new_run(tmp_path / "run", "portraits-cpu", changes, Host("cpu"))
    written = json.loads((run.folder.path / "config.json").read_text(encoding="utf-8"))
    assert run.trainer.config.amp == written["amp"] == "bfloat16"


@pytest.mark.parametrize("config", [UNGROWN, STYLEGAN2], ids=["stylegan1", "stylegan2"])
def test_gradients_in_bfloat16_resemble_those_in_float32(
    config: TrainConfig, data: ImageDataset
) -> None:
    """Both networks' gradients, with R1, are nearly parallel and almost as long."""
    images = data.batch(0, 8, 0, mirror=False).images

    def gradients(amp: Precision) -> list[torch.Tensor]:
        trainer = Trainer(replace(config, amp=amp, shared_pass=True), CPU)
        trainer.prepare()
        trainer.step(images)
        nets = trainer.weights_g, trainer.discriminators.weights
        return [torch.cat([w.grad.flatten() for w in net if w.grad is not None]) for net in nets]

    for exact, rounded in zip(gradients("off"), gradients("bfloat16"), strict=True):
        assert not torch.equal(exact, rounded)
        assert torch.cosine_similarity(exact, rounded, dim=0) > 0.99
        assert rounded.norm().item() == pytest.approx(exact.norm().item(), rel=0.05)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_downsampling_stays_exact_under_autocast_on_a_cpu(dtype: torch.dtype) -> None:
    x = torch.rand(2, 3, 8, 8).to(dtype)
    exact = fir.downsample(x.float(), (1, 3, 3, 1))
    with torch.autocast("cpu", torch.bfloat16):
        halved = fir.downsample(x, (1, 3, 3, 1))
    assert torch.equal(halved, exact.to(dtype))
