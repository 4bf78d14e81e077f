"""Generators for inference that have not grown to their full resolution yet.

Progressive growing (Karras et al. 2018, figure 2) trains the lower resolutions first and fades each
next one in. Layers above the resolution in use are untrained. Here they only enlarge their input,
so that a partly grown model has the picture size and the rows of W+ of the finished one.
"""

from typing import Any, NamedTuple

from torch import Tensor

from stylegan_core.networks import contract
from stylegan_core.networks.inference.base import InferenceBase, InferenceGenerator
from stylegan_core.networks.inference.whole_layers import WholeLayers
from stylegan_core.networks.levels import size_in_use
from stylegan_core.networks.ops import upsample_nearest


class State(NamedTuple):
    """Features, enlarged above the resolution in use, and the network's own state."""

    x: Tensor  # [N, C, h, w]
    inner: Any  # the network's state after the last layer in use that has run
    below: Tensor | None = None  # [N, 3, h/2, w/2], the picture that fades out


class PartlyGrown(InferenceBase):
    """A generator for inference at a level of detail, in halves of layers.

    At lod 1.25 it shows the picture at half the resolution, blended with 25 % of that at a quarter.
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
        """Run the first half of layer i, or enlarge above the resolution in use."""
        if i >= self._in_use:
            return state._replace(x=enlarged(state.x, self.layers[i].resolution))
        below = state.below
        if self._fade and i == self._first_at_top:
            below = self._network.to_image(state.inner)
        inner = self._network.convolve(i, state.inner, w)
        return State(inner.x, inner, below)

    def finish(self, i: int, state: State, w: Tensor | None, noise: Tensor | None) -> State:
        """Run the second half of layer i; above the resolution in use, return the state."""
        if i >= self._in_use:
            return state
        inner = self._network.finish(i, state.inner, w, noise)
        return State(inner.x, inner, state.below)

    def to_image(self, state: State, w_next: Tensor | None = None) -> Tensor | None:
        """Return the picture at the state's resolution, [N, 3, h, w], or None inside a layer."""
        image = self._network.to_image(state.inner, w_next)
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
        """Return the number of all layers, because those that are not in use enlarge."""
        return self.num_layers

    def start(self, n: int, lod: float = 0.0, transform: Tensor | None = None) -> State:
        """Return the network's state before layer 0, at its own level of detail."""
        state = self._generator.start(n, self._lod, transform)
        return State(state.x, state)

    def finish(self, i: int, state: State, w: Tensor | None, noise: Tensor | None) -> State:
        """Run all of layer i, or enlarge above the resolution in use."""
        is_used = i < self._in_use
        inner = self._generator.step(i, state.inner, w, noise) if is_used else state.inner
        return State(enlarged(inner.x, self.layers[i].resolution), inner)

    def to_image(self, state: State, w_next: Tensor | None = None) -> Tensor | None:
        """Return the picture at the state's resolution, [N, 3, h, w], or None if it has none."""
        image = self._generator.to_image(state.inner, w_next)
        return None if image is None else enlarged(image, state.x.shape[-1])


def enlarged(x: Tensor, size: int) -> Tensor:
    """Double x [N, C, h, w] by repeating pixels until it is `size` wide."""
    while x.shape[-1] < size:
        x = upsample_nearest(x)
    return x
