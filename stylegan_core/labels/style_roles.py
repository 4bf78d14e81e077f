"""A penalty that gives each group of styles the factors that are its own.

Mixing regularisation makes pictures of two people look right; which of the two decides what is left
to the training. What a growing generator learns at 8 x 8, colours too, stays with the coarse styles
unless millions of pictures move it. Labels can: a frozen label network reads a picture that has the
coarse styles of one person and the others of another, and pose is to be the first one's, expression
and colours the second one's. That the fine styles bring colours alone is asked for less, and those
of hair and clothes not at all: a small network's last layers do it with dots, whose mean is all
that the label network sees.
"""

from collections.abc import Mapping, Sequence
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan_core.labels.critic import raw_readings
from stylegan_core.labels.network import CHOICE_WEIGHT, COLUMNS, READ_FACTORS, LabelNetwork
from stylegan_core.networks.contract import GROUPS, Group, LayerInfo

STYLED = [factor for factor in READ_FACTORS if factor.group in GROUPS]
CUT_WEIGHTS: Mapping[Group, float] = {"coarse": 1.0, "middle": 0.125}
EMPHASIS: Mapping[Group, Mapping[str, float]] = {
    "coarse": {"clothes": 5.0, "hair_color": 3.0, "light_azimuth_deg": 3.0},  # else the last to go
    "middle": {"clothes": 0.0, "hair_color": 0.0},
}


def cuts(layers: Sequence[LayerInfo]) -> dict[Group, int]:
    """Where a group ends among the layers in use: the group, and the first layer above it."""
    groups = [layer.group for layer in layers]
    ends = {group: sum(GROUPS.index(g) <= GROUPS.index(group) for g in groups) for group in GROUPS}
    return {group: end for group, end in ends.items() if 0 < end < len(layers)}


def penalty(
    reader: LabelNetwork, mixed: Tensor, below: Tensor, above: Tensor, group: Group
) -> Tensor:
    """How far a mixed picture's readings are from those that it should have.

    Images [N, 3, r, r]: `mixed` has the styles of `below` up to the end of a group, and those of
    `above` from there on. Factors of chance are nobody's. Scalar; the gradient is that of `mixed`.
    """
    with torch.no_grad():
        read_below, read_above = raw_readings(reader, below), raw_readings(reader, above)
    wanted = torch.where(_decided_up_to(group, mixed.device), read_below, read_above)
    return CUT_WEIGHTS[group] * apart(raw_readings(reader, mixed), wanted, EMPHASIS[group])


def noise_penalty(reader: LabelNetwork, one: Tensor, other: Tensor) -> Tensor:
    """How far two draws of noise are apart in what styles are to decide, which is all but chance.

    Images [N, 3, r, r] of the same styles -> scalar.
    """
    return apart(raw_readings(reader, one), raw_readings(reader, other), EMPHASIS["coarse"])


def apart(raw: Tensor, wanted: Tensor, emphasis: Mapping[str, float]) -> Tensor:
    """The distance of raw readings [N, width], mean over factors, some with emphasis, and pictures.

    Of a range the squared difference; of a choice the Kullback-Leibler divergence, weighed as in
    the network's own training. The difference of two probabilities would have no slope just where
    the network is sure of the wrong choice, and a colour that another person decides would stay.
    """
    parts = []
    for factor in STYLED:
        where = COLUMNS.slices[factor.name]
        if factor.choices:
            of, to = (values[:, where].log_softmax(dim=1) for values in (raw, wanted))
            divergence = F.kl_div(of, to, reduction="batchmean", log_target=True)
            distance = CHOICE_WEIGHT * divergence
        else:
            distance = F.mse_loss(raw[:, where], wanted[:, where])
        parts.append(emphasis.get(factor.name, 1.0) * distance)
    return torch.stack(parts).mean()


@cache
def _decided_up_to(group: Group, device: torch.device) -> Tensor:
    """For each column of readings, whether styles up to that group decide it; bool [width]."""
    decided = torch.zeros(COLUMNS.width, dtype=torch.bool)
    for factor in STYLED:
        decided[COLUMNS.slices[factor.name]] = GROUPS.index(factor.group) <= GROUPS.index(group)
    return decided.to(device)
