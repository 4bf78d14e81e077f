"""The contract of networks that can be trained, in addition to that of all generators."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from stylegan_core.networks.contract import NetworkConfig

if TYPE_CHECKING:
    from collections.abc import Mapping


class TrainableConfig(NetworkConfig):
    """The sizes of a generator and its discriminator, both of which can be trained.

    Both networks offer `weights_at(resolution)`, which yields the weights of one resolution's
    layers, and the discriminator takes `lod`. The generator also offers `mapping_network` and
    `update_w_avg(w, beta)`.
    """

    @property
    @abstractmethod
    def resolutions(self) -> tuple[int, ...]:
        """4, 8, ... up to the full resolution."""

    @property
    @abstractmethod
    def mapping_depth(self) -> int:
        """Number of layers of the mapping network; 0 leaves w the normalised z."""

    @property
    @abstractmethod
    def mbstd_group_size(self) -> int | None:
        """Number of samples that share a minibatch standard deviation."""

    @property
    @abstractmethod
    def samples_compared(self) -> int | None:
        """Number of samples that the discriminator judges together; None for a whole batch."""

    @property
    def fits_new_layers(self) -> bool:
        """Tell whether `training.fit_new_layers` can prepare layers before they fade in."""
        return False

    @property
    def widens(self) -> bool:
        """Tell whether new feature maps can start without an effect (`training.widening`)."""
        return False

    def sizes(self) -> Mapping[str, Any]:
        """Return the fields by name, some also under the name that other networks give them."""
        return {field.name: getattr(self, field.name) for field in fields(self)}
