"""A full frame by other people's code, from a clone of their repository.

The clone is github.com/rosinality/style-based-gan-pytorch, a StyleGAN in plain torch whose layers
have the published widths. It runs with random weights.
"""

import importlib.util
import math
from pathlib import Path
from typing import Any

import torch

from benchmarks.clock import Case, medians_ms
from stylegan_core.errors import UserError


@torch.inference_mode()
def full_frame_ms(folder: Path, resolution: int, rounds: int, device: str) -> float | None:
    """Return the median for one picture from its w, or None for a size that the code lacks.

    Raises `UserError` if the folder is not such a clone.
    """
    generator = _module_of(folder).StyledGenerator(512).generator.eval().to(device)
    step = int(math.log2(resolution)) - 2
    if step >= len(generator.progression):
        return None
    w = torch.randn(1, 512, device=device)
    noise = [torch.randn(1, 1, 4 << i, 4 << i, device=device) for i in range(step + 1)]
    case = Case(lambda: generator([w], noise, step))
    return medians_ms({"peer": case}, rounds, device)["peer"]


def _module_of(folder: Path) -> Any:
    spec = importlib.util.spec_from_file_location("peer_model", folder / "model.py")
    if spec is None or spec.loader is None or not (folder / "model.py").is_file():
        raise UserError(f"{folder} has no model.py: give a clone of style-based-gan-pytorch.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not hasattr(module, "StyledGenerator"):
        raise UserError(f"{folder / 'model.py'} has no StyledGenerator.")
    return module
