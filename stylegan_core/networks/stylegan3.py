"""StyleGAN 3: Karras, Aittala, Laine, Haerkoenen, Hellsten, Lehtinen, Aila, "Alias-Free Generative
Adversarial Networks", NeurIPS 2021.

Configurations T and R differ in the layers' specifications alone. Row 0 of W+ turns and shifts the
Fourier features that stand in for StyleGAN's constant, row i + 1 drives layer i; there is no noise.
The discriminator is StyleGAN 2's.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylegan_core.networks import alias_free, ops
from stylegan_core.networks.contract import Group, LayerInfo, style_group
from stylegan_core.networks.stylegan3_geometry import MAX_WIDTH, LayerSpec, published_layers

SQRT2 = math.sqrt(2)


@dataclass(frozen=True)
class StyleGAN3Config:
    """Every size of the generator; the defaults are configuration T at 1024 x 1024."""

    resolution: int = 1024
    z_dim: int = 512
    w_dim: int = 512
    mapping_depth: int = 2
    mapping_lr_multiplier: float = 0.01
    c_dim: int = 0
    output_scale: float = 0.25
    layers: tuple[LayerSpec, ...] = field(default_factory=lambda: published_layers(1024))

    def __post_init__(self) -> None:
        layers = (s if isinstance(s, LayerSpec) else LayerSpec(**s) for s in self.layers)
        object.__setattr__(self, "layers", tuple(layers))  # a card has them as JSON
        for name in ("resolution", "z_dim", "w_dim", "c_dim", "mapping_depth"):
            value = getattr(self, name)
            least = 0 if name in ("c_dim", "mapping_depth") else 1
            if not isinstance(value, int) or not least <= value <= MAX_WIDTH:
                raise ValueError(f"{name} must be from {least} to {MAX_WIDTH}, not {value!r}")
        for name in ("mapping_lr_multiplier", "output_scale"):
            if not 0 < float(getattr(self, name)) < math.inf:
                raise ValueError(f"{name} must be above zero, not {getattr(self, name)!r}")
        if not 2 <= len(self.layers) <= 64 or self.mapping_depth > 64:
            raise ValueError("there must be from 2 to 64 layers, of the mapping at most 64")
        for before, after in pairwise(self.layers):
            if (before.channels, before.size) != (after.channels_in, after.size_in):
                raise ValueError(f"{after.name} must begin where {before.name} ends")
        if self.layers[-1].size != self.resolution:
            raise ValueError(f"the last layer must be {self.resolution} px wide")


def sampling_group(rate: int) -> Group:
    """Coarse, middle or fine by sampling rate.

    The lowest is 16, and a layer carries far less than its rate would (figure 4b): at 64 about what
    StyleGAN's has at 16 x 16.
    """
    return style_group(rate // 4)


class MappingNetwork(nn.Module):
    """f: Z -> W. z and, if any, the embedded class are normalised, each for itself, and joined.

    `embed` turns class vectors [N, c_dim] into [N, class_width].
    """

    def __init__(
        self, config: StyleGAN3Config, embed: nn.Module | None = None, class_width: int = 0
    ) -> None:
        super().__init__()
        self.embed = embed
        widths = [config.z_dim + class_width] + [config.w_dim] * config.mapping_depth
        self.dense = nn.ModuleList(
            ops.EqualLinear(a, b, 1.0, config.mapping_lr_multiplier) for a, b in pairwise(widths)
        )

    def forward(self, z: Tensor, c: Tensor | None = None) -> Tensor:  # [N, z_dim] -> [N, w_dim]
        w = ops.normalize_2nd_moment(z)
        if self.embed is not None:
            if c is None:
                raise ValueError("this network is conditional: it needs a class vector c")
            w = torch.cat([w, ops.normalize_2nd_moment(self.embed(c))], dim=1)
        for dense in self.dense:
            w = ops.leaky_relu(dense(w)) * SQRT2
        return w


class FourierInput(nn.Module):
    """Waves across an endless plane (section 3.1), of which the picture's transform cuts a square.

    Row 0 of W+ gives the network's own turn and shift; the user's transform comes before them.
    """

    frequencies: Tensor
    phases: Tensor
    transform: Tensor

    def __init__(self, layer: LayerSpec, w_dim: int) -> None:
        super().__init__()
        channels = layer.channels_in
        self.size, self.rate, self.bandwidth = layer.size_in, layer.rate_in, layer.cutoff_in
        self.weight = nn.Parameter(torch.randn(channels, channels))
        self.affine = ops.EqualLinear(w_dim, 4, gain=1.0)
        nn.init.zeros_(self.affine.weight)
        with torch.no_grad():
            self.affine.bias.copy_(torch.tensor([1.0, 0.0, 0.0, 0.0]))
        waves = torch.randn(channels, 2)
        radii = waves.square().sum(dim=1, keepdim=True).sqrt()
        waves = waves / (radii * radii.square().exp().pow(0.25))  # even over the disc
        self.register_buffer("frequencies", waves * self.bandwidth)  # [C, 2]
        self.register_buffer("phases", torch.rand(channels) - 0.5)
        self.register_buffer("transform", torch.eye(3))

    def forward(self, w: Tensor, transform: Tensor) -> Tensor:
        """w [N, D], transform [1 or N, 3, 3] -> features [N, C, size, size].

        Phases are in double precision, where there is one: what is off here is off everywhere.
        """
        exact = torch.float32 if w.device.type == "mps" else torch.float64
        where = self._own_transform(w.to(exact)) @ transform.to(exact)  # [N, 3, 3]
        waves = self.frequencies.to(exact)
        frequencies, shifts = waves @ where[:, :2, :2], waves @ where[:, :2, 2:]  # [N, C, 2 and 1]
        turns = self._grid(waves) @ frequencies.mT + (shifts.mT + self.phases)
        too_fast = (frequencies.norm(dim=2) - self.bandwidth) / (self.rate / 2 - self.bandwidth)
        x = torch.sin(2 * math.pi * turns) * (1 - too_fast).clamp(0, 1).unsqueeze(1)
        x = F.linear(x.to(w.dtype), self.weight / math.sqrt(len(self.weight)))  # [N, size^2, C]
        return x.view(len(x), self.size, self.size, -1).permute(0, 3, 1, 2)

    def _own_transform(self, w: Tensor) -> Tensor:
        """w [N, D] -> [N, 3, 3]: the turn and shift that the network has learnt, and the file's."""
        t = F.linear(w, self.affine.weight.to(w) * self.affine.scale, self.affine.bias.to(w))
        return _turn_and_shift(t) @ self.transform.to(w)

    def _grid(self, like: Tensor) -> Tensor:
        """x and y of each sample, [size^2, 2], in picture widths from the centre."""
        steps = torch.arange(self.size, device=like.device, dtype=like.dtype)
        steps = (steps + (1 - self.size) / 2) / self.rate
        y, x = torch.meshgrid(steps, steps, indexing="ij")
        return torch.stack([x, y], dim=2).flatten(0, 1)


def _turn_and_shift(t: Tensor) -> Tensor:
    """(r_c, r_s, t_x, t_y) [N, 4] -> [N, 3, 3]: a shift by -t, then a turn (appendix F)."""
    t = t / t[:, :2].norm(dim=1, keepdim=True)
    r_c, r_s, t_x, t_y = t.unbind(dim=1)
    zero, one = torch.zeros_like(r_c), torch.ones_like(r_c)
    turn = torch.stack([r_c, -r_s, zero, r_s, r_c, zero, zero, zero, one], dim=1)
    shift = torch.stack([one, zero, -t_x, zero, one, -t_y, zero, zero, one], dim=1)
    return turn.view(-1, 3, 3) @ shift.view(-1, 3, 3)


class SynthesisLayer(nn.Module):
    """One layer of figure 4b: a modulated convolution, then the filtered leaky ReLU."""

    up_filter: Tensor | None
    down_filter: Tensor | None
    magnitude_ema: Tensor

    def __init__(self, spec: LayerSpec, w_dim: int) -> None:
        super().__init__()
        self.spec = spec
        self.weight = nn.Parameter(
            torch.randn(spec.channels, spec.channels_in, spec.kernel, spec.kernel)
        )
        self.bias = nn.Parameter(torch.zeros(spec.channels))
        self.affine = ops.EqualLinear(w_dim, spec.channels_in, gain=1.0)
        nn.init.ones_(self.affine.bias)
        self.register_buffer("magnitude_ema", torch.ones(()))
        self.register_buffer("up_filter", _up_filter(spec))
        self.register_buffer("down_filter", _down_filter(spec))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        x = self._convolved(x, self.affine(w)) + self.bias.view(1, -1, 1, 1)
        if self.spec.to_rgb:
            return self._clamped(x)
        x = alias_free.upsample(x, self.up_filter, self.spec.up, self.spec.padding)
        x = self._clamped(ops.leaky_relu(x) * SQRT2)
        return alias_free.downsample(x, self.down_filter, self.spec.down)

    def _convolved(self, x: Tensor, style: Tensor) -> Tensor:
        """x [N, I, h, w], style [N, I] -> [N, O, h + k - 1, w + k - 1].

        Weights are the same for all samples: the style scales what goes in, demodulation what comes
        out, and inputs are brought to unit variance by the average that training kept.
        """
        gain = torch.rsqrt(self.magnitude_ema)
        if self.spec.to_rgb:
            style = style * (gain / math.sqrt(self.weight[0].numel()))
            return F.conv2d(x * style[:, :, None, None], self.weight, padding=self.spec.kernel - 1)
        weight = self.weight * torch.rsqrt(self.weight.square().mean(dim=(1, 2, 3), keepdim=True))
        power = style.square() @ weight.square().sum(dim=(2, 3)).T  # [N, O]
        x = F.conv2d(x * (style * gain)[:, :, None, None], weight, padding=self.spec.kernel - 1)
        return x * torch.rsqrt(power + 1e-8)[:, :, None, None]

    def _clamped(self, x: Tensor) -> Tensor:
        return x if self.spec.clamp is None else x.clamp(-self.spec.clamp, self.spec.clamp)


def _up_filter(spec: LayerSpec) -> Tensor | None:
    if spec.up_taps == 1:
        return None
    return alias_free.low_pass(spec.up_taps, spec.cutoff_in, spec.half_width_in, spec.rate_inside)


def _down_filter(spec: LayerSpec) -> Tensor | None:
    if spec.down_taps == 1:
        return None
    return alias_free.low_pass(
        spec.down_taps, spec.cutoff, spec.half_width, spec.rate_inside, spec.radial
    )


class SynthesisState(NamedTuple):
    """Where synthesis stands: the features, the rows of W+ used, and the user's transform."""

    x: Tensor | None  # [N, C, h, w]; None before the input
    rows: int
    transform: Tensor  # [1 or N, 3, 3]


class AliasFreeGenerator(nn.Module):
    """StyleGAN 3's generator but for its mapping network; see `contract.Generator`."""

    def __init__(
        self,
        config: StyleGAN3Config,
        card: Mapping[str, Any] | None,
        mapping_network: MappingNetwork,
        w_average: Tensor,
    ) -> None:
        super().__init__()
        self.config = config
        self.card: Mapping[str, Any] = card or {}
        self.z_dim, self.c_dim, self.w_dim = config.z_dim, config.c_dim, config.w_dim
        self.resolution = config.resolution
        self.mapping_network = mapping_network
        self.input = FourierInput(config.layers[0], config.w_dim)
        self.synthesis_layers = nn.ModuleList(
            SynthesisLayer(spec, config.w_dim) for spec in config.layers
        )
        self.layers: Sequence[LayerInfo] = _layer_infos(config.layers)
        self.num_layers = len(self.layers)
        self.register_buffer("w_average", w_average)

    @property
    def stored_noise(self) -> Sequence[None]:
        """One None for each layer: there is no noise."""
        return [None] * self.num_layers

    def mapping(self, z: Tensor, c: Tensor | None = None) -> Tensor:
        """z [N, z_dim], c [N, c_dim] -> w [N, D]. ValueError if a class vector is missing."""
        w: Tensor = self.mapping_network(z, c)
        return w

    def start(self, n: int, lod: float = 0.0, transform: Tensor | None = None) -> SynthesisState:
        """Nothing yet but the transform: [3, 3], or one for each image, [N, 3, 3].

        It says where in the network's own picture a point of this picture is taken from (see
        `sampling.picture_moved`).
        """
        if lod:
            raise ValueError("StyleGAN 3 does not grow: it has its full resolution only")
        if transform is None:
            transform = torch.eye(3, device=self.input.weight.device)
        return SynthesisState(None, 0, transform.view(-1, 3, 3))

    def step(
        self, i: int, state: SynthesisState, w: Tensor | None, noise: Tensor | None
    ) -> SynthesisState:
        """Row 0 makes the input, row i runs layer i - 1: w [N, D]. There is no noise to add."""
        if state.x is None:
            x = self.input(w, state.transform)
        else:
            x = self.synthesis_layers[i - 1](state.x, w)
        return SynthesisState(x, i + 1, state.transform)

    def to_image(self, state: SynthesisState, w_next: Tensor | None = None) -> Tensor | None:
        """The picture [N, 3, H, W] once all layers have run, else None."""
        if state.x is None or state.rows < self.num_layers:
            return None
        return state.x * self.config.output_scale

    def synthesis(
        self, ws: Tensor, noise: Sequence[Tensor | None] | None = None, lod: float = 0.0
    ) -> Tensor:
        """ws [N, L, D] -> images [N, 3, H, W]."""
        state = self.start(len(ws), lod)
        for i in range(self.num_layers):
            state = self.step(i, state, ws[:, i], None)
        image = self.to_image(state)
        assert image is not None
        return image


class Generator(AliasFreeGenerator):
    """The generator with StyleGAN 3's mapping network: classes are embedded by a dense layer."""

    def __init__(self, config: StyleGAN3Config, card: Mapping[str, Any] | None = None) -> None:
        embed = ops.EqualLinear(config.c_dim, config.w_dim, 1.0) if config.c_dim else None
        mapping = MappingNetwork(config, embed, config.w_dim if config.c_dim else 0)
        super().__init__(config, card, mapping, torch.zeros(config.w_dim))

    def w_avg(self, c: Tensor | None = None) -> Tensor:
        """The running mean of f(z), [1, D]; one for all classes."""
        return self.get_buffer("w_average").unsqueeze(0)


def _layer_infos(layers: Sequence[LayerSpec]) -> tuple[LayerInfo, ...]:
    first = layers[0]
    rows = [("input", first.rate_in, first.channels_in)]
    rows += [(spec.name.split("_")[0], spec.rate, spec.channels) for spec in layers]
    return tuple(
        LayerInfo(
            f"{rate}x{rate} {name}",
            rate,
            channels,
            sampling_group(rate),
            takes_noise=False,
        )
        for name, rate, channels in rows
    )
