"""A generator that has not grown to its full resolution yet, as a run saves it on its way.

Progressive growing (Karras et al. 2018, figure 2) trains the lower resolutions first and fades each
next one in. What is above the resolution in use is untrained: here those layers enlarge what they
get, so that a picture of a young model has the size, and an edit the rows, of the finished one.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from torch import Tensor

from stylegan_core.networks import progan
from stylegan_core.networks.inference.base import FastForm, InferenceGenerator
from stylegan_core.networks.inference.whole_layers import WholeLayers
from stylegan_core.networks.ops import upsample_nearest
from stylegan_core.networks.progan import size_in_use


class State(NamedTuple):
    """Features [N, C, h, w], enlarged above the resolution in use; the state of the network."""

    x: Tensor
    grown: Any  # after the last layer in use that has been run
    below: Tensor | None = None  # [N, 3, h/2, w/2], the picture that the one in use is faded from


class PartlyGrown(FastForm):
    """The fast form of a generator at a level of detail: lod 1.25 is half the resolution, a quarter
    of it still that of a quarter.
    """

    shows_early = True

    def __init__(self, network: InferenceGenerator, lod: float) -> None:
        super().__init__(network)
        self._network = network
        self.style_first = network.style_first
        size, self._fade = size_in_use(network.resolution, lod)
        self._in_use = sum(layer.resolution <= size for layer in network.layers)
        self._top = sum(layer.resolution < size for layer in network.layers)  # its first layer

    def start(self, n: int, lod: float = 0.0, transform: Tensor | None = None) -> State:
        """See the contract; the level of detail is the network's own."""
        state = self._network.start(n, lod, transform)
        return State(state.x, state)

    def convolve(self, i: int, state: State, w: Tensor | None) -> State:
        """The first half of layer i; above the resolution in use it enlarges."""
        if i >= self._in_use:
            first = self.layers[i].resolution > self.layers[i - 1].resolution
            return state._replace(x=upsample_nearest(state.x) if first else state.x)
        below = state.below
        if self._fade and i == self._top:
            below = self._network.to_image(state.grown)
        grown = self._network.convolve(i, state.grown, w)
        return State(grown.x, grown, below)

    def finish(self, i: int, state: State, w: Tensor | None, noise: Tensor | None) -> State:
        """The second half of layer i; above the resolution in use nothing happens."""
        if i >= self._in_use:
            return state
        grown = self._network.finish(i, state.grown, w, noise)
        return State(grown.x, grown, state.below)

    def to_image(self, state: State, w_next: Tensor | None = None) -> Tensor | None:
        """The picture at the state's own resolution, [N, 3, h, w]; None inside a layer."""
        image = self._network.to_image(state.grown, w_next)
        if image is not None and state.below is not None:
            image = image.lerp(upsample_nearest(state.below), self._fade)
        return None if image is None else enlarged(image, state.x.shape[-1])


class PartlyGrownWhole(WholeLayers):
    """The same for a generator that is one layer, as ProGAN's is, which grows by itself."""

    def __init__(self, generator: progan.Generator, lod: float) -> None:
        super().__init__(generator)
        self._lod = lod

    def start(self, n: int, lod: float = 0.0, transform: Tensor | None = None) -> progan.State:
        """See the contract; the level of detail is the network's own."""
        state: progan.State = self._generator.start(n, self._lod, transform)
        return state

    def to_image(self, state: progan.State, w_next: Tensor | None = None) -> Tensor | None:
        """The picture [N, 3, H, W], enlarged to the full size; None before the step."""
        image = self._generator.to_image(state)
        return None if image is None else enlarged(image, self.resolution)

    def synthesis(
        self, ws: Tensor, noise: Sequence[Tensor | None] | None = None, lod: float = 0.0
    ) -> Tensor:
        """See the contract."""
        return FastForm.synthesis(self, ws, noise)


def enlarged(image: Tensor, size: int) -> Tensor:
    """[N, C, h, w] doubled until it has a size, as a fade does it."""
    while image.shape[-1] < size:
        image = upsample_nearest(image)
    return image
