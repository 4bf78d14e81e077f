"""The form for inference of other networks: each layer is one step, not two halves."""

from typing import Any

from torch import Tensor

from stylegan_core.networks.inference.base import InferenceBase


class WholeLayers(InferenceBase):
    """A generator for inference that runs a whole layer in `finish` and nothing in `convolve`."""

    style_first = False

    def layers_at(self, lod: float) -> int:
        """See the contract."""
        return self._generator.layers_at(lod)

    def start(self, n: int, lod: float = 0.0, transform: Tensor | None = None) -> Any:
        """See the contract."""
        return self._generator.start(n, lod, transform)

    def convolve(self, i: int, state: Any, w: Tensor | None) -> Any:
        """Return the state as it is."""
        return state

    def finish(self, i: int, state: Any, w: Tensor | None, noise: Tensor | None) -> Any:
        """Run all of layer i."""
        return self._generator.step(i, state, w, noise)

    def to_image(self, state: Any, w_next: Tensor | None = None) -> Tensor | None:
        """See the contract."""
        return self._generator.to_image(state, w_next)
