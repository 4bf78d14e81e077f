"""The fast form of generators that gain nothing from halves of layers: a layer is one step."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from stylegan_core.networks import contract
from stylegan_core.networks.inference.base import FastForm


class WholeLayers(FastForm):
    """A `contract.Generator` whose layers run in `finish`; what `convolve` gives is its input."""

    style_first = False

    def __init__(self, generator: contract.Generator, shows_early: bool = False) -> None:
        super().__init__(generator)
        self.shows_early = shows_early

    def start(self, n: int, lod: float = 0.0, transform: Tensor | None = None) -> Any:
        """See the contract."""
        return self._generator.start(n, lod, transform)

    def convolve(self, i: int, state: Any, w: Tensor | None) -> Any:
        """Nothing: the state as it is."""
        return state

    def finish(self, i: int, state: Any, w: Tensor | None, noise: Tensor | None) -> Any:
        """All of layer i."""
        return self._generator.step(i, state, w, noise)

    def to_image(self, state: Any, w_next: Tensor | None = None) -> Tensor | None:
        """See the contract."""
        return self._generator.to_image(state, w_next)

    def synthesis(
        self, ws: Tensor, noise: Sequence[Tensor | None] | None = None, lod: float = 0.0
    ) -> Tensor:
        """See the contract."""
        return self._generator.synthesis(ws, noise, lod)
