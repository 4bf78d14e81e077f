"""Generators in the form in which pictures are made: each layer in two halves, nothing twice."""

import torch

from stylegan_core.card import lod_of
from stylegan_core.networks import contract, progan, stylegan1, stylegan2
from stylegan_core.networks.inference.base import InferenceGenerator
from stylegan_core.networks.inference.partly_grown import PartlyGrown, PartlyGrownWhole
from stylegan_core.networks.inference.stylegan1 import InferenceStyleGAN1
from stylegan_core.networks.inference.stylegan2 import InferenceStyleGAN2
from stylegan_core.networks.inference.whole_layers import WholeLayers
from stylegan_core.networks.stylegan2 import lucidrains

__all__ = ["InferenceGenerator", "for_inference"]


def for_inference(
    generator: contract.Generator, dtype: torch.dtype = torch.float32
) -> InferenceGenerator:
    """The generator in its fast form; in float32 pictures agree within 1 of 255.

    StyleGAN 1 and 2 can have their features in another type; other networks stay in float32.
    """
    lod = lod_of(generator.card, generator.resolution)
    if isinstance(generator, stylegan1.Generator):
        fast = _fast_stylegan1(generator, dtype)
        return PartlyGrown(fast, lod) if lod else fast
    if isinstance(generator, progan.Generator) and lod:
        return PartlyGrownWhole(generator, lod)
    if isinstance(generator, stylegan2.Generator):
        return InferenceStyleGAN2(generator, dtype)
    shows_early = isinstance(generator, lucidrains.Generator)
    return WholeLayers(generator, shows_early)


def _fast_stylegan1(generator: stylegan1.Generator, dtype: torch.dtype) -> InferenceGenerator:
    if generator.config.is_plain:
        return InferenceStyleGAN1(generator, dtype)
    return WholeLayers(generator, shows_early=True)
