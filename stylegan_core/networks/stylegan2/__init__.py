"""StyleGAN 2: Karras et al., "Analyzing and Improving the Image Quality of StyleGAN", CVPR 2020."""

from stylegan_core.networks.stylegan2.config import StyleGAN2Config
from stylegan_core.networks.stylegan2.discriminator import Discriminator
from stylegan_core.networks.stylegan2.generator import Generator

__all__ = ["Discriminator", "Generator", "StyleGAN2Config"]
