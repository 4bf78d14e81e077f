"""A penalty that gives each group of styles the factors that are its own.

Mixing regularisation makes pictures of two people look right; which of the two decides what is left
to the training. What a growing generator learns at 8 x 8, colours too, stays with the coarse styles
unless millions of pictures move it. Labels can: a frozen label network reads a picture that has the
coarse styles of one person and the others of another, and pose is to be the first one's, expression
and colours the second one's.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from stylegan_core.metrics.label_network import COLUMNS, READ_FACTORS, LabelNetwork
from stylegan_core.networks.contract import Group, LayerInfo
from stylegan_core.training.label_critic import readings

INTERVAL = 2  # steps from one penalty to the next
ORDER: Sequence[Group] = ("coarse", "middle", "fine")


def cuts(layers: Sequence[LayerInfo]) -> dict[Group, int]:
    """Where a group ends among the layers in use: the group, and the first layer above it."""
    groups = [layer.group for layer in layers]
    ends = {group: sum(ORDER.index(g) <= ORDER.index(group) for g in groups) for group in ORDER}
    return {group: end for group, end in ends.items() if 0 < end < len(layers)}


def penalty(
    reader: LabelNetwork, mixed: Tensor, below: Tensor, above: Tensor, group: Group
) -> Tensor:
    """The mean squared distance of a mixed picture's readings from those that it should have.

    Images [N, 3, r, r]: `mixed` has the styles of `below` up to the end of a group, and those of
    `above` from there on. Factors of chance are nobody's. Scalar; the gradient is that of `mixed`.
    """
    with torch.no_grad():
        read_below, read_above = readings(reader, below), readings(reader, above)
    is_below, counts = _columns(group)
    wanted = torch.where(is_below.to(mixed.device), read_below, read_above)
    apart = (readings(reader, mixed) - wanted).square() * counts.to(mixed.device)
    return apart.sum(dim=1).mean()


def _columns(group: Group) -> tuple[Tensor, Tensor]:
    """For each column of readings: whether it is decided up to that group; its share in the sum."""
    is_below, counts = torch.zeros(COLUMNS.width, dtype=torch.bool), torch.zeros(COLUMNS.width)
    styled = [factor for factor in READ_FACTORS if factor.group in ORDER]
    for factor in styled:
        where = COLUMNS.slices[factor.name]
        is_below[where] = ORDER.index(factor.group) <= ORDER.index(group)
        counts[where] = 1 / len(styled)
    return is_below, counts
