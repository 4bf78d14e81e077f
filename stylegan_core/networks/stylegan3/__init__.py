"""StyleGAN 3: Karras et al., "Alias-Free Generative Adversarial Networks", NeurIPS 2021."""

from stylegan_core.networks.stylegan3.config import StyleGAN3Config
from stylegan_core.networks.stylegan3.generator import Discriminator, Generator

__all__ = ["Discriminator", "Generator", "StyleGAN3Config"]
