"""A penalty that assigns factors to groups of styles: pose to the coarse ones, colours to the fine.

Mixing regularisation makes pictures of two people look right, but leaves open which of the two
decides what. What a growing generator learns at 8 x 8 px, colours included, stays with the coarse
styles unless millions of pictures move it. Labels can move it sooner: a frozen label network reads
a picture with the coarse styles of one person and the others of another, and the penalty asks for
the first person's pose and the second one's expression and colours. It asks less strongly for
colours from the fine styles alone, and not at all for those of hair and clothes: the last layers of
a small network would paint them as dots, whose mean is all that the label network sees.
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

# Both by the group after which the styles are crossed over.
GROUP_WEIGHTS: Mapping[Group, float] = {"coarse": 1.0, "middle": 0.125}
FACTOR_WEIGHTS: Mapping[Group, Mapping[str, float]] = {  # 1 for factors that are not named
    # These would be the last to leave the coarse styles.
    "coarse": {"clothes": 5.0, "hair_color": 3.0, "light_azimuth_deg": 3.0},
    "middle": {"clothes": 0.0, "hair_color": 0.0},
}


def group_ends(layers: Sequence[LayerInfo]) -> dict[Group, int]:
    """Map each group that ends among the layers in use to the first layer after it."""
    groups = [layer.group for layer in layers]
    ends = {group: sum(GROUPS.index(g) <= GROUPS.index(group) for g in groups) for group in GROUPS}
    return {group: end for group, end in ends.items() if 0 < end < len(layers)}


def penalty(
    reader: LabelNetwork, mixed: Tensor, below: Tensor, above: Tensor, group: Group
) -> Tensor:
    """Return how far the readings of a mixed picture are from those that it should have.

    Images [N, 3, r, r] -> scalar: `mixed` has the styles of `below` up to the end of a group and
    those of `above` from there on. Stochastic factors are ignored; gradients reach `mixed` only.
    """
    with torch.no_grad():
        read_below = raw_readings(reader, below)
        read_above = raw_readings(reader, above)
    wanted = torch.where(_decided_up_to(group, mixed.device), read_below, read_above)
    distance = readings_distance(raw_readings(reader, mixed), wanted, FACTOR_WEIGHTS[group])
    return GROUP_WEIGHTS[group] * distance


def noise_penalty(reader: LabelNetwork, one: Tensor, other: Tensor) -> Tensor:
    """Return how far apart two draws of noise are in the factors that styles should decide.

    Images [N, 3, r, r] of the same styles -> scalar; stochastic factors are ignored.
    """
    return readings_distance(
        raw_readings(reader, one), raw_readings(reader, other), FACTOR_WEIGHTS["coarse"]
    )


def readings_distance(raw: Tensor, wanted: Tensor, weights: Mapping[str, float]) -> Tensor:
    """Return the distance of raw readings [N, width], mean over pictures and weighted factors.

    A range counts with its squared difference, a choice with its Kullback-Leibler divergence,
    weighted as in the network's own training. The difference of probabilities would have no slope
    where the network is sure of the wrong choice, and the wrong person's colour would stay.
    """
    distances = []
    for factor in STYLED:
        columns = COLUMNS.slices[factor.name]
        if factor.choices:
            log_p, log_q = (values[:, columns].log_softmax(dim=1) for values in (raw, wanted))
            divergence = F.kl_div(log_p, log_q, reduction="batchmean", log_target=True)
            distance = CHOICE_WEIGHT * divergence
        else:
            distance = F.mse_loss(raw[:, columns], wanted[:, columns])
        distances.append(weights.get(factor.name, 1.0) * distance)
    return torch.stack(distances).mean()


@cache
def _decided_up_to(group: Group, device: torch.device) -> Tensor:
    """Mark the columns of readings that styles up to a group decide: bool [COLUMNS.width]."""
    decided = torch.zeros(COLUMNS.width, dtype=torch.bool)
    for factor in STYLED:
        decided[COLUMNS.slices[factor.name]] = GROUPS.index(factor.group) <= GROUPS.index(group)
    return decided.to(device)
