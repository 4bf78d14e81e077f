"""Choose the form for inference that fits a generator."""

import torch

from stylegan_core.card import lod_of
from stylegan_core.networks import contract, stylegan1, stylegan2
from stylegan_core.networks.inference.base import InferenceGenerator
from stylegan_core.networks.inference.partly_grown import PartlyGrown, PartlyGrownWholeLayers
from stylegan_core.networks.inference.stylegan1 import InferenceStyleGAN1
from stylegan_core.networks.inference.stylegan2 import InferenceStyleGAN2
from stylegan_core.networks.inference.stylegan3 import InferenceStyleGAN3
from stylegan_core.networks.inference.whole_layers import WholeLayers
from stylegan_core.networks.stylegan3.generator import AliasFreeGenerator

__all__ = ["InferenceGenerator", "for_inference"]


def for_inference(
    generator: contract.Generator, dtype: torch.dtype = torch.float32
) -> InferenceGenerator:
    """Return a generator for inference, whose float32 pictures agree with the given one's within
    1 of 255.

    StyleGAN 1 and 2 can have their features in another type; other networks stay in float32. A
    network that was saved while it grew shows its level of detail, enlarged to the full size.
    """
    lod = lod_of(generator.card, generator.resolution) if generator.config.grows else 0
    if isinstance(generator, stylegan1.Generator) and generator.config.is_plain:
        plain = InferenceStyleGAN1(generator, dtype)
        return PartlyGrown(plain, lod) if lod else plain
    if lod:
        return PartlyGrownWholeLayers(generator, lod)
    if isinstance(generator, stylegan2.Generator):
        return InferenceStyleGAN2(generator, dtype)
    if isinstance(generator, AliasFreeGenerator):
        return InferenceStyleGAN3(generator)
    return WholeLayers(generator)
