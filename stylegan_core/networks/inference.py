"""Generators in the form in which pictures are made: each layer in two halves, nothing twice."""

from stylegan_core.networks import contract, stylegan1, stylegan2
from stylegan_core.networks.fast import InferenceGenerator
from stylegan_core.networks.stylegan1_inference import InferenceStyleGAN1
from stylegan_core.networks.stylegan2_inference import InferenceStyleGAN2

__all__ = ["InferenceGenerator", "for_inference"]


def for_inference(generator: contract.Generator) -> InferenceGenerator:
    """The generator in its fast form; pictures agree within 1 of 255. TypeError if it has none."""
    if isinstance(generator, stylegan1.Generator):
        return InferenceStyleGAN1(generator)
    if isinstance(generator, stylegan2.Generator):
        return InferenceStyleGAN2(generator)
    raise TypeError(f"no fast form of {type(generator).__name__}")
