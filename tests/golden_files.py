"""Official files and numbers, and the comparison with them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from stylegan_core.networks import contract
from stylegan_core.sampling import truncate

GOLDEN = Path(__file__).parent / "golden"
FOREIGN = GOLDEN / "pkl" / "sg1_tiny128_proto4.pkl"
"""A small model in the format of the official StyleGAN 1."""

TOLERANCE = 3e-5  # of the largest absolute value


class Golden:
    """A file of official numbers: inputs, outputs and parameters of a network."""

    def __init__(self, name: str) -> None:
        self.arrays = np.load(GOLDEN / f"{name}.npz")
        self.config: dict[str, Any] = json.loads(str(self.arrays["config"]))

    def __getitem__(self, key: str) -> Tensor:
        return torch.from_numpy(self.arrays[key])

    def parameters(self, prefix: str = "param/") -> dict[str, np.ndarray[Any, Any]]:
        """Return the parameters by their official names."""
        names = [name for name in self.arrays.files if name.startswith(prefix)]
        return {name.removeprefix(prefix): self.arrays[name] for name in names}


def assert_agrees(ours: Tensor, official: Tensor) -> None:
    """Assert that tensors differ by at most 3e-5 of the largest absolute value."""
    assert ours.shape == official.shape
    error = (ours - official).abs().max() / official.abs().max()
    assert error <= TOLERANCE, f"differs by {error:.2e} of the largest value"


def truncated(generator: contract.Generator, w: Tensor, psi: float, cutoff: int) -> Tensor:
    """Return rows of W+ [N, L, D] from w [N, D], truncated below the cutoff."""
    ws = w.unsqueeze(1).repeat(1, generator.num_layers, 1)
    w_avg = generator.w_avg()
    assert w_avg is not None
    ws[:, :cutoff] = truncate(ws[:, :cutoff], w_avg.unsqueeze(1), psi)
    return ws
