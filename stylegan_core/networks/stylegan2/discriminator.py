"""StyleGAN 2's discriminator: Karras et al. 2020, section 4.1.

It is residual unless its configuration says otherwise. With labels it either projects scores, as
StyleGAN2-ADA does, or has a score for each class, as the first release does.
"""

import math
from collections.abc import Iterator

from torch import Tensor, nn

from stylegan_core.networks import fir, ops
from stylegan_core.networks.contract import required
from stylegan_core.networks.levels import size_in_use
from stylegan_core.networks.stylegan2.config import StyleGAN2Config
from stylegan_core.networks.stylegan2.generator import SQRT_HALF, check_lod
from stylegan_core.networks.stylegan2.mapping import activate, dense_layers

EVERYWHERE = ("skip", "growing")  # architectures that read colours at every resolution


class ConvLayer(ops.EqualConv2d):
    """A convolution with bias and leaky ReLU, which may halve the size.

    `scale` is that of the layer's branch in a residual block.
    """

    def __init__(
        self,
        config: StyleGAN2Config,
        channels_in: int,
        channels: int,
        kernel: int,
        down: bool = False,
        scale: float = 1.0,
    ) -> None:
        super().__init__(channels_in, channels, kernel, gain=1.0)
        self.down = down
        self.branch_scale = scale
        self.clamp = config.conv_clamp
        self.taps = config.resample_filter

    def forward(self, x: Tensor) -> Tensor:
        if self.down:
            assert self.bias is not None
            x = fir.conv_downsample(x, self.scaled_weight(), self.bias, self.taps)
        else:
            x = super().forward(x)
        return activate(x, self.branch_scale, self.clamp)


class Shortcut(ops.EqualConv2d):
    """The short branch of a residual block: halving, then a 1 x 1 convolution."""

    def __init__(self, config: StyleGAN2Config, channels_in: int, channels: int) -> None:
        super().__init__(channels_in, channels, 1, gain=SQRT_HALF, bias=False)
        self.taps = config.resample_filter

    def forward(self, x: Tensor) -> Tensor:  # [N, I, h, w] -> [N, O, h/2, w/2]
        return super().forward(fir.downsample(x, self.taps))


class DiscriminatorBlock(nn.Module):
    """Two convolutions, the second of which halves the size, beside a short branch if residual."""

    def __init__(self, config: StyleGAN2Config, channels_in: int, channels: int) -> None:
        super().__init__()
        is_residual = config.discriminator_architecture == "resnet"
        self.conv0 = ConvLayer(config, channels_in, channels_in, 3)
        scale = SQRT_HALF if is_residual else 1.0
        self.conv1 = ConvLayer(config, channels_in, channels, 3, down=True, scale=scale)
        self.skip = Shortcut(config, channels_in, channels) if is_residual else None

    def forward(self, x: Tensor) -> Tensor:  # [N, I, h, w] -> [N, O, h/2, w/2]
        y: Tensor = self.conv1(self.conv0(x))
        return y if self.skip is None else y + self.skip(x)


class LabelMapping(nn.Module):
    """A network from a class to the vector that scores are projected onto."""

    def __init__(self, config: StyleGAN2Config) -> None:
        super().__init__()
        widths = config.label_widths
        self.embed = ops.EqualLinear(config.c_dim, widths[0], gain=1.0)
        self.dense = dense_layers(config, widths)
        self.scale = 1 / math.sqrt(widths[-1])

    def forward(self, c: Tensor) -> Tensor:  # [N, c_dim] -> [N, C]
        y: Tensor = self.dense(ops.normalize_2nd_moment(self.embed(c)))
        return y * self.scale


class Discriminator(nn.Module):
    """A network from images to scores, which are higher for real ones."""

    def __init__(self, config: StyleGAN2Config) -> None:
        super().__init__()
        self.config = config = config.discriminator or config
        sizes, channels = config.resolutions, config.channels(4)
        self.from_rgb = nn.ModuleDict(
            {
                str(r): ConvLayer(config, config.image_channels, config.channels(r), 1)
                for r in (sizes if config.discriminator_architecture in EVERYWHERE else sizes[-1:])
            }
        )
        self.blocks = nn.ModuleDict(
            {
                str(r): DiscriminatorBlock(config, config.channels(r), config.channels(r // 2))
                for r in sizes[1:]
            }
        )
        self.conv = ConvLayer(config, channels + config.mbstd_features, channels, 3)
        width = config.dense_width or channels
        self.dense = ops.EqualLinear(channels * 16, width, gain=1.0)
        projects = config.c_dim and config.labels == "embed"
        self.label_mapping = LabelMapping(config) if projects else None
        outputs = config.label_widths[-1] if projects else max(config.c_dim, 1)
        self.score = ops.EqualLinear(width, outputs, gain=1.0)

    def forward(self, images: Tensor, c: Tensor | None = None, lod: float = 0.0) -> Tensor:
        """Score images [N, 3, h, w] at the resolution in use, with c [N, c_dim]: [N, 1].

        Raises ValueError for images of another size, and for a missing class.
        """
        check_lod(self.config.discriminator_architecture, lod)
        size, fade = size_in_use(self.config.resolution, lod)
        if images.shape[-1] != size:
            raise ValueError(f"images must be {size} px wide, not {images.shape[-1]}")
        return self._judged(self._head(self._features(images, fade)), c)

    def weights_at(self, resolution: int) -> Iterator[nn.Parameter]:
        """Yield the weights of one resolution's layers; 4 includes the head and the labels'."""
        size = str(resolution)
        modules = [group[size] for group in (self.from_rgb, self.blocks) if size in group]
        if resolution == 4:
            last = (self.conv, self.dense, self.score, self.label_mapping)
            modules += [module for module in last if module is not None]
        for module in modules:
            yield from module.parameters()

    def _features(self, images: Tensor, fade: float) -> Tensor:  # [N, 3, h, w] -> [N, C, 4, 4]
        kind, size = self.config.discriminator_architecture, images.shape[-1]
        x: Tensor = self.from_rgb[str(size)](images)
        while size > 4:
            x = self.blocks[str(size)](x)
            size //= 2
            if kind == "skip":
                images = fir.downsample(images, self.config.resample_filter)
                x = x + self.from_rgb[str(size)](images)
            elif fade and size == images.shape[-1] // 2:
                x = x.lerp(self.from_rgb[str(size)](ops.downsample_mean(images)), fade)
        return x

    def _head(self, x: Tensor) -> Tensor:  # [N, C, 4, 4] -> [N, outputs]
        config = self.config
        if config.mbstd_features:
            group = config.mbstd_group_size or len(x)
            x = ops.minibatch_stddev(x, group, config.mbstd_features)
        scores: Tensor = self.score(activate(self.dense(self.conv(x).flatten(1))))
        return scores

    def _judged(self, scores: Tensor, c: Tensor | None) -> Tensor:  # [N, outputs] -> [N, 1]
        if not self.config.c_dim:
            return scores
        c = required(c)
        weights = c if self.label_mapping is None else self.label_mapping(c)
        return (scores * weights).sum(dim=1, keepdim=True)
