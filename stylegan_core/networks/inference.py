"""Generators in the form in which pictures are made: each layer in two halves, nothing twice."""

from typing import Any, Protocol

from torch import Tensor

from stylegan_core.networks import contract, stylegan1
from stylegan_core.networks.growing import PartlyGrown, lod_of
from stylegan_core.networks.stylegan1_inference import InferenceStyleGAN1


class InferenceGenerator(contract.Generator, Protocol):
    """A generator whose `step` is `finish` after `convolve`; either state can be kept. A state has
    its features [N, C, h, w] in `x`.
    """

    style_first: bool  # whether the style acts in `convolve` (or else in `finish`)

    def convolve(self, i: int, state: Any, w: Tensor | None) -> Any:
        """The first half of layer i: up to where noise is added. The given state stays."""
        ...

    def finish(self, i: int, state: Any, w: Tensor | None, noise: Tensor | None) -> Any:
        """The second half of layer i, from the noise on. The given state stays."""
        ...


def for_inference(generator: contract.Generator) -> InferenceGenerator:
    """The generator in its fast form; pictures agree within 1 of 255. TypeError if it has none."""
    if isinstance(generator, stylegan1.Generator):
        lod = lod_of(generator.card, generator.resolution)
        fast = InferenceStyleGAN1(generator)
        return PartlyGrown(fast, lod) if lod else fast
    raise TypeError(f"no fast form of {type(generator).__name__}")
