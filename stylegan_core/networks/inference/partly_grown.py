"""Generators for inference that have not grown to their full resolution yet.

Progressive growing (Karras et al. 2018, figure 2) trains the lower resolutions first and fades each
next one in. Layers above the resolution in use are untrained. Here they enlarge their input, so
that a picture of a young model has the size, and an edit the rows, of the finished model.
"""

from typing import Any, NamedTuple

from torch import Tensor

from stylegan_core.networks import contract
from stylegan_core.networks.inference.base import InferenceBase, InferenceGenerator
from stylegan_core.networks.inference.whole_layers import WholeLayers
from stylegan_core.networks.levels import size_in_use
from stylegan_core.networks.ops import upsample_nearest


class State(NamedTuple):
    """Features [N, C, h, w], enlarged above the resolution in use, and the network's own state."""

    x: Tensor
    grown: Any  # after the last layer in use that has been run
    below: Tensor | None = None  # [N, 3, h/2, w/2], the picture that fades out


class PartlyGrown(InferenceBase):
    """A generator for inference at a level of detail, in halves of layers.

    At lod 1.25 it shows half the resolution, a quarter of it still that of a quarter.
    """

    def __init__(self, network: InferenceGenerator, lod: float) -> None:
        super().__init__(network)
        self._network = network
        self.style_first = network.style_first
        size, self._fade = size_in_use(network.resolution, lod)
        self._in_use = sum(layer.resolution <= size for layer in network.layers)
        self._first_at_top = sum(layer.resolution < size for layer in network.layers)

    def start(self, n: int, lod: float = 0.0, transform: Tensor | None = None) -> State:
        """Return the network's state before layer 0. ValueError for another level of detail."""
        state = self._network.start(n, lod, transform)
        return State(state.x, state)

    def convolve(self, i: int, state: State, w: Tensor | None) -> State:
        """Run the first half of layer i; above the resolution in use it enlarges."""
        if i >= self._in_use:
            return state._replace(x=enlarged(state.x, self.layers[i].resolution))
        below = state.below
        if self._fade and i == self._first_at_top:
            below = self._network.to_image(state.grown)
        grown = self._network.convolve(i, state.grown, w)
        return State(grown.x, grown, below)

    def finish(self, i: int, state: State, w: Tensor | None, noise: Tensor | None) -> State:
        """Run the second half of layer i; above the resolution in use it does nothing."""
        if i >= self._in_use:
            return state
        grown = self._network.finish(i, state.grown, w, noise)
        return State(grown.x, grown, state.below)

    def to_image(self, state: State, w_next: Tensor | None = None) -> Tensor | None:
        """Return the picture at the state's resolution, [N, 3, h, w], or None inside a layer."""
        image = self._network.to_image(state.grown, w_next)
        if image is not None and state.below is not None:
            image = image.lerp(upsample_nearest(state.below), self._fade)
        return None if image is None else enlarged(image, state.x.shape[-1])


class PartlyGrownWholeLayers(WholeLayers):
    """A generator for inference at a level of detail, whose network fades by itself."""

    def __init__(self, generator: contract.Generator, lod: float) -> None:
        super().__init__(generator)
        self._lod = lod
        self._in_use = generator.layers_at(lod)

    def layers_at(self, lod: float) -> int:
        """Return the number of all layers: those above the ones in use enlarge."""
        return self.num_layers

    def start(self, n: int, lod: float = 0.0, transform: Tensor | None = None) -> State:
        """Return the network's state before layer 0, at its own level of detail."""
        state = self._generator.start(n, self._lod, transform)
        return State(state.x, state)

    def finish(self, i: int, state: State, w: Tensor | None, noise: Tensor | None) -> State:
        """Run all of layer i; above the resolution in use it enlarges."""
        is_used = i < self._in_use
        grown = self._generator.step(i, state.grown, w, noise) if is_used else state.grown
        return State(enlarged(grown.x, self.layers[i].resolution), grown)

    def to_image(self, state: State, w_next: Tensor | None = None) -> Tensor | None:
        """Return the picture at the state's resolution, [N, 3, h, w], or None if it has none."""
        image = self._generator.to_image(state.grown, w_next)
        return None if image is None else enlarged(image, state.x.shape[-1])


def enlarged(x: Tensor, size: int) -> Tensor:
    """Double x [N, C, h, w] until it has a size, as a fade does."""
    while x.shape[-1] < size:
        x = upsample_nearest(x)
    return x
