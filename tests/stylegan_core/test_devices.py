"""Devices: the fastest one here, reasons for those that are not, and failures at work."""

import pytest
import torch

from stylegan_core.devices import (
    DeviceError,
    absence,
    choose_device,
    device_failure,
    is_device_failure,
)


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.backends.cuda, "is_built", lambda: True)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.cuda, "is_built", lambda: True)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_built", lambda: False)


@pytest.mark.usefixtures("two_gpus")
def test_the_fastest_device_is_chosen_and_indices_are_counted() -> None:
    assert choose_device("auto") == "cuda"
    assert [choose_device(name) for name in ("cpu", "cuda", "cuda:1")] == ["cpu", "cuda", "cuda:1"]
    for name, reason in (
        ("cuda:2", "only 2 GPUs were found"),
        ("cuda:x", "only 2 GPUs were found"),
        ("mps", "PyTorch is built without it"),
        ("abacus", "no device of that name"),
        ("cpu:1", "no device of that name"),
        ("", "no device of that name"),
    ):
        with pytest.raises(DeviceError, match=f"not available here: .*{reason}.*auto, cpu, cuda"):
            choose_device(name)


@pytest.mark.usefixtures("no_gpu")
def test_without_a_gpu_the_processor_does_all(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose_device("auto") == "cpu"
    assert absence("auto") is None
    assert absence("cuda") == "no GPU was found"
    monkeypatch.setattr(torch.backends.cuda, "is_built", lambda: False)
    assert absence("cuda") == "this PyTorch is built without it"
    with pytest.raises(DeviceError, match=r"Choose one of: auto, cpu\."):
        choose_device("cuda")


@pytest.mark.parametrize(
    ("error", "is_of_device"),
    [
        (RuntimeError("CUDA error: an illegal memory access was encountered\nmore"), True),
        (RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"), True),
        (RuntimeError("MPS backend out of memory"), True),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), True),
        (AssertionError("Torch not compiled with CUDA enabled"), True),
        (DeviceError("The device 'mps' is not available here."), True),
        (RuntimeError("shape '[3]' is invalid for input of size 4"), False),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), False),
        (ValueError("CUDA"), False),
    ],
)
def test_failures_of_a_device_are_told_from_others(error: Exception, is_of_device: bool) -> None:
    assert is_device_failure(error) == is_of_device


def test_a_failure_is_one_sentence_and_names_the_processor() -> None:
    said = device_failure(RuntimeError("CUDA error: the launch failed\nCompile with ..."))
    assert said.startswith("The device failed: CUDA error: the launch failed. The processor (cpu)")
    assert "\n" not in said
