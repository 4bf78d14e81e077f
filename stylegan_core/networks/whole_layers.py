"""The fast form of generators that gain nothing from halves of layers: a layer is one step."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from stylegan_core.networks import contract
from stylegan_core.networks.contract import LayerInfo


class WholeLayers:
    """A `contract.Generator` whose layers run in `finish`; what `convolve` gives is its input."""

    style_first = False
    shows_early = False

    def __init__(self, generator: contract.Generator) -> None:
        self._generator = generator
        self.z_dim, self.c_dim, self.w_dim = generator.z_dim, generator.c_dim, generator.w_dim
        self.num_layers, self.resolution = generator.num_layers, generator.resolution
        self.layers: Sequence[LayerInfo] = generator.layers
        self.card: Mapping[str, Any] = generator.card

    @property
    def stored_noise(self) -> Sequence[Tensor | None]:
        """See the contract."""
        return self._generator.stored_noise

    def w_avg(self, c: Tensor | None = None) -> Tensor | None:
        """See the contract."""
        return self._generator.w_avg(c)

    def mapping(self, z: Tensor, c: Tensor | None = None) -> Tensor:
        """See the contract."""
        return self._generator.mapping(z, c)

    def start(self, n: int, lod: float = 0.0, transform: Tensor | None = None) -> Any:
        """See the contract."""
        return self._generator.start(n, lod, transform)

    def convolve(self, i: int, state: Any, w: Tensor | None) -> Any:
        """Nothing: the state as it is."""
        return state

    def finish(self, i: int, state: Any, w: Tensor | None, noise: Tensor | None) -> Any:
        """All of layer i."""
        return self._generator.step(i, state, w, noise)

    def step(self, i: int, state: Any, w: Tensor | None, noise: Tensor | None) -> Any:
        """See the contract."""
        return self._generator.step(i, state, w, noise)

    def to_image(self, state: Any, w_next: Tensor | None = None) -> Tensor | None:
        """See the contract."""
        return self._generator.to_image(state, w_next)

    def synthesis(
        self, ws: Tensor, noise: Sequence[Tensor | None] | None = None, lod: float = 0.0
    ) -> Tensor:
        """See the contract."""
        return self._generator.synthesis(ws, noise, lod)
