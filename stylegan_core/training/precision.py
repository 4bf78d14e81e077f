"""In what precision a device is to compute convolutions while it trains."""

from dataclasses import replace

import torch

from stylegan_core.training.config import TrainConfig

CPU_UNITS = ("avx512_bf16", "amx_bf16")
"""Instructions of a processor. Without them bfloat16 is slower than float32."""


def settled(config: TrainConfig, device: torch.device) -> TrainConfig:
    """The configuration with `amp` "auto" decided: bfloat16 where the device multiplies it."""
    if config.amp != "auto":
        return config
    return replace(config, amp="bfloat16" if multiplies_bfloat16(device) else "off")


def multiplies_bfloat16(device: torch.device) -> bool:
    """Whether a device has units for it. A PyTorch that cannot tell of a CPU counts as a no."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type == "cpu" and hasattr(torch.cpu, "get_capabilities"):
        found = torch.cpu.get_capabilities()
        return any(found.get(unit, False) for unit in CPU_UNITS)
    return False
