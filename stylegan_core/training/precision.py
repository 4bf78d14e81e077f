"""In what precision a device is to compute convolutions while it trains."""

import time
from dataclasses import replace
from functools import lru_cache

import torch
import torch.nn.functional as F

from stylegan_core.training.config import TrainConfig
from stylegan_core.training.distributed import ALONE, Ranks

CPU_UNITS = ("avx512_bf16", "amx_bf16")
"""Instructions of a processor. Without them bfloat16 is slower than float32."""
TRIALS = 5
CLEARLY = 0.9  # of the time in float32: what bfloat16 may take at most to be used


def settled(config: TrainConfig, device: torch.device, ranks: Ranks = ALONE) -> TrainConfig:
    """Return the configuration with `amp` "auto" decided: bfloat16 if it is faster on the device.

    All processes of a run come to the same decision.
    """
    if config.amp != "auto":
        return config
    gains = multiplies_bfloat16(device) and (device.type != "cpu" or gains_on_cpu())
    return replace(config, amp="off" if ranks.any(not gains, device) else "bfloat16")


def multiplies_bfloat16(device: torch.device) -> bool:
    """Whether a device has units for it. A PyTorch that cannot tell of a CPU counts as a no."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type == "cpu" and hasattr(torch.cpu, "get_capabilities"):
        found = torch.cpu.get_capabilities()
        return any(found.get(unit, False) for unit in CPU_UNITS)
    return False


@lru_cache(maxsize=1)
def gains_on_cpu() -> bool:
    """Return whether convolutions in bfloat16 are clearly faster on this processor.

    It is measured, in a fifth of a second. The instructions alone do not decide it: of two
    processors with AVX-512's, one took half the time with them and the other twice the time.
    """
    full, half = (convolution_seconds(kind) for kind in (torch.float32, torch.bfloat16))
    return half < CLEARLY * full


def convolution_seconds(kind: torch.dtype) -> float:
    """Return the least time of a 3 x 3 convolution with both its gradients, of some trials."""
    x = torch.ones(8, 64, 32, 32, dtype=kind).to(memory_format=torch.channels_last)
    kernel = torch.ones(64, 64, 3, 3, dtype=kind).to(memory_format=torch.channels_last)
    x.requires_grad_(), kernel.requires_grad_()
    times = []
    for _ in range(TRIALS):
        start = time.perf_counter()
        y = F.conv2d(x, kernel, padding=1)
        torch.autograd.grad(y, [x, kernel], torch.ones_like(y))
        times.append(time.perf_counter() - start)
    return min(times)
