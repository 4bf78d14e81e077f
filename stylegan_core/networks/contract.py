"""The contract of every generator, so that mixing, noise, previews and caching are written once.

Shapes use these letters: N batch, L layers, D width of W, C channels, H height, W width. Tensors
are float32; images lie in about [-1, 1] and are not clamped.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import Field, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from torch import Tensor

if TYPE_CHECKING:
    from typing import Self

Group = Literal["coarse", "middle", "fine"]
GROUPS: Sequence[Group] = ("coarse", "middle", "fine")


@dataclass(frozen=True)
class LayerInfo:
    """The layer that one row of W+ drives."""

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


class NetworkConfig(ABC):
    """The sizes and abilities of an architecture's networks.

    An architecture derives a frozen dataclass. Its fields are JSON values, or dataclasses of JSON
    values, because a checkpoint's card holds them; `__post_init__` raises ValueError for
    impossible ones. Abilities are off until an architecture overrides them.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    @abstractmethod
    def resolution(self) -> int:
        """Width and height of the pictures, in pixels."""

    @property
    @abstractmethod
    def z_dim(self) -> int:
        """Width of the latent."""

    @property
    @abstractmethod
    def c_dim(self) -> int:
        """Number of classes, 0 for a network without any."""

    @property
    @abstractmethod
    def image_channels(self) -> int:
        """Number of channels of a picture: 3 for RGB, 1 for grey, one more with transparency."""

    @classmethod
    @abstractmethod
    def smallest(cls) -> Self:
        """Return a configuration that runs in a moment, for the tests of the contract."""

    @property
    def takes_noise(self) -> bool:
        """Tell whether the generator has noise inputs."""
        return False

    @property
    def takes_transform(self) -> bool:
        """Tell whether a transform of the generator's input moves the picture."""
        return False

    @property
    def shows_early(self) -> bool:
        """Tell whether the generator has a picture after each resolution, not only at its end."""
        return False

    @property
    def grows(self) -> bool:
        """Tell whether the networks run at a lower level of detail too, and so can grow."""
        return False

    def at_resolution(self, resolution: int) -> Self:
        """Return the configuration for another resolution. Raises ValueError if there is none."""
        if resolution == self.resolution:
            return self
        raise ValueError(f"these networks exist at {self.resolution} px only, not at {resolution}")

    def with_classes(self, count: int) -> Self:
        """Return the configuration for `count` classes. Raises ValueError if there is none."""
        if count == self.c_dim:
            return self
        raise ValueError(f"these networks cannot have {count} classes")


class Synthesis(Protocol):
    """The computation from W+ to a picture, which can stop and resume after each layer.

    A state holds the features [N, C, h, w] in `x`.
    """

    num_layers: int

    def layers_at(self, lod: float) -> int:
        """Return how many layers are in use at a level of detail."""
        ...

    def start(self, n: int, lod: float = 0.0, transform: Tensor | None = None) -> Any:
        """Return the state before layer 0 for n images.

        `lod` doublings are left out at the top; a fraction cross-fades two sizes. `transform`,
        [3, 3] or [N, 3, 3], moves the picture (see `sampling.picture_transform`). Raises
        ValueError where the configuration says that the architecture cannot do so.
        """
        ...

    def step(self, i: int, state: Any, w: Tensor | None, noise: Tensor | None) -> Any:
        """Run layer i with w [N, D] and noise [N or 1, 1, h, w]; the given state stays as it is."""
        ...

    def to_image(self, state: Any, w_next: Tensor | None = None) -> Tensor | None:
        """Return the picture of a state, [N, 3, h, w], or None if it has none yet.

        `w_next` [N, D] is the next layer's row of W+; some architectures use it for a ToRGB too.
        """
        ...

    def synthesis(
        self, ws: Tensor, noise: Sequence[Tensor | None] | None = None, lod: float = 0.0
    ) -> Tensor:
        """Return images [N, 3, h, w] for ws [N, L, D] and one noise map or None per layer."""
        ...


class Generator(Synthesis, Protocol):
    """A generator of the StyleGAN family."""

    z_dim: int
    c_dim: int
    w_dim: int
    resolution: int
    layers: Sequence[LayerInfo]
    card: Mapping[str, Any]

    @property
    def config(self) -> NetworkConfig:
        """The sizes that the generator was made with."""
        ...

    @property
    def stored_noise(self) -> Sequence[Tensor | None]:
        """The file's own noise: [1, 1, h, w] for each layer, None where a layer takes none."""
        ...

    def w_avg(self, c: Tensor | None = None) -> Tensor | None:
        """Return the centre of W, [1, D], or one row per class of c [N, D]; None without a W."""
        ...

    def mapping(self, z: Tensor, c: Tensor | None = None) -> Tensor:
        """Return w [N, D] for z [N, z_dim] and c [N, c_dim].

        Raises ValueError where a conditional network gets no class vector.
        """
        ...


class LayerByLayer:
    """A base class of generators: the loop over `step` that makes a picture."""

    def layers_at(self: Synthesis, lod: float) -> int:
        """Return how many layers are in use at a level of detail: all of them."""
        return self.num_layers

    def synthesis(
        self: Synthesis,
        ws: Tensor,
        noise: Sequence[Tensor | None] | None = None,
        lod: float = 0.0,
    ) -> Tensor:
        """Return images [N, 3, h, w] for ws [N, L, D]; without noise where it is None."""
        state = self.start(len(ws), lod)
        for i in range(self.layers_at(lod)):
            state = self.step(i, state, ws[:, i], None if noise is None else noise[i])
        image = self.to_image(state)
        assert image is not None
        return image


def check_start(config: NetworkConfig, lod: float, transform: Tensor | None) -> None:
    """Raise ValueError for a level of detail or a transform that these networks do not have."""
    if transform is not None and not config.takes_transform:
        raise ValueError("this network cannot move its input: it has no transform")
    if lod and not config.grows:
        raise ValueError("this network does not grow: it has its full resolution only")


def required(c: Tensor | None) -> Tensor:
    """Return the class vector that a conditional network needs. Raises ValueError for None."""
    if c is None:
        raise ValueError("this network is conditional: it needs a class vector c")
    return c
