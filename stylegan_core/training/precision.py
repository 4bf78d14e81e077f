"""The choice between float32 and bfloat16 for the convolutions of a training run."""

import time
from dataclasses import replace
from functools import lru_cache

import torch
import torch.nn.functional as F

from stylegan_core.training.config import TrainConfig
from stylegan_core.training.distributed import ALONE, Ranks

CPU_UNITS = ("avx512_bf16", "amx_bf16")  # without these instructions bfloat16 is slower
TRIALS = 5
MAX_RELATIVE_TIME = 0.9  # of float32's time: bfloat16 must stay below it to be used


def decide_amp(config: TrainConfig, device: torch.device, ranks: Ranks = ALONE) -> TrainConfig:
    """Return the configuration with `amp` "auto" decided: bfloat16 where it is faster.

    All processes of a run come to the same decision.
    """
    if config.amp != "auto":
        return config
    is_faster = has_bfloat16_units(device)
    if device.type == "cpu":
        is_faster = is_faster and is_bfloat16_faster_on_cpu()
    return replace(config, amp="off" if ranks.any(not is_faster, device) else "bfloat16")


def has_bfloat16_units(device: torch.device) -> bool:
    """Tell whether a device has units for bfloat16; False where PyTorch does not know the CPU."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type == "cpu" and hasattr(torch.cpu, "get_capabilities"):
        capabilities = torch.cpu.get_capabilities()
        return any(capabilities.get(unit, False) for unit in CPU_UNITS)
    return False


@lru_cache(maxsize=1)
def is_bfloat16_faster_on_cpu() -> bool:
    """Tell whether bfloat16 convolutions are clearly faster here, timed for a fifth of a second.

    Having the instructions does not decide it: with those of AVX-512, one processor took half the
    time of float32 and another one twice the time.
    """
    full, half = (convolution_seconds(dtype) for dtype in (torch.float32, torch.bfloat16))
    return half < MAX_RELATIVE_TIME * full


def convolution_seconds(dtype: torch.dtype) -> float:
    """Return the shortest time of TRIALS 3 x 3 convolutions, each with both its gradients."""
    x = torch.ones(8, 64, 32, 32, dtype=dtype).to(memory_format=torch.channels_last)
    kernel = torch.ones(64, 64, 3, 3, dtype=dtype).to(memory_format=torch.channels_last)
    x.requires_grad_()
    kernel.requires_grad_()
    times = []
    for _ in range(TRIALS):
        start = time.perf_counter()
        y = F.conv2d(x, kernel, padding=1)
        torch.autograd.grad(y, [x, kernel], torch.ones_like(y))
        times.append(time.perf_counter() - start)
    return min(times)
