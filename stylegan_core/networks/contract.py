"""What every generator offers, so that mixing, noise, preview and caching are written once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from torch import Tensor

Group = Literal["coarse", "middle", "fine"]
GROUPS: Sequence[Group] = ("coarse", "middle", "fine")


@dataclass(frozen=True)
class LayerInfo:
    """One row of W+: the layer that it drives."""

    name: str
    resolution: int
    channels: int
    group: Group
    takes_style: bool = True
    takes_noise: bool = True


def style_group(resolution: int) -> Group:
    """Coarse 4^2..8^2, middle 16^2..32^2, fine from 64^2 up (Karras et al. 2019, section 3.1)."""
    if resolution <= 8:
        return "coarse"
    return "middle" if resolution <= 32 else "fine"


class Synthesis(Protocol):
    """From W+ to a picture. Letters: N batch, L layers, D width of W, C, H, W.

    Tensors are float32; images lie in about [-1, 1] and are not clamped.
    """

    num_layers: int

    def start(self, n: int, lod: float = 0.0, transform: Tensor | None = None) -> Any:
        """The state before layer 0 for n images.

        `transform` [3, 3] or [N, 3, 3] moves the picture (see `sampling.picture_moved`); ValueError
        where the architecture has none.
        """
        ...

    def step(self, i: int, state: Any, w: Tensor | None, noise: Tensor | None) -> Any:
        """Run layer i with w [N, D] and noise [N or 1, 1, h, w]; the given state stays as it is."""
        ...

    def to_image(self, state: Any, w_next: Tensor | None = None) -> Tensor | None:
        """What the state shows now, [N, 3, h, w]; None where it cannot show anything yet."""
        ...

    def synthesis(
        self, ws: Tensor, noise: Sequence[Tensor | None] | None = None, lod: float = 0.0
    ) -> Tensor:
        """ws [N, L, D] and one noise map or None per layer -> images [N, 3, h, w]."""
        ...


class Generator(Synthesis, Protocol):
    """A generator of the StyleGAN family, letters as above."""

    z_dim: int
    c_dim: int
    w_dim: int
    resolution: int
    layers: Sequence[LayerInfo]
    card: Mapping[str, Any]

    @property
    def stored_noise(self) -> Sequence[Tensor | None]:
        """The file's own noise maps, [1, 1, h, w] for each layer, None where it takes none."""
        ...

    def w_avg(self, c: Tensor | None = None) -> Tensor | None:
        """The centre of W, [1, D] or one row per class of c [N, D]; None where there is none."""
        ...

    def mapping(self, z: Tensor, c: Tensor | None = None) -> Tensor:
        """z [N, z_dim], c [N, c_dim] -> w [N, D]."""
        ...


def layer_by_layer(
    generator: Synthesis, ws: Tensor, noise: Sequence[Tensor | None] | None, lod: float
) -> Tensor:
    """`Generator.synthesis` where nothing is gained by another way."""
    state = generator.start(len(ws), lod)
    for i in range(generator.num_layers):
        state = generator.step(i, state, ws[:, i], noise[i] if noise is not None else None)
    image = generator.to_image(state)
    assert image is not None
    return image
