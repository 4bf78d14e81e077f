"""How much each group of styles changes each labelled factor.

The paper says it in words (section 3.1): coarse styles bring pose and face shape, middle styles
facial features, fine styles the colour scheme.
"""

from torch import Tensor

from stylegan_core.data.portraits import FACTORS
from stylegan_core.labels.network import COLUMNS, READ_FACTORS
from stylegan_core.metrics.figures import latents, pictures, swapped
from stylegan_core.metrics.metric import READABLE, Evaluation, Quality, ReadLabels, is_readable
from stylegan_core.networks.contract import GROUPS, Generator
from stylegan_core.picture import broadcast

READS = ("reliability", "mixing_shares")
PAIRS = 200
PSI = 0.7


def mixing_shares(
    generator: Generator,
    read: ReadLabels,
    pairs: int = PAIRS,
    psi: float = PSI,
    first_seed: int = 0,
) -> dict[str, dict[str, float]]:
    """Return each group's share of the change from A to B: {factor: {group: share}}.

    Swapping one group's styles changes the readings; so does swapping all of them. The share is
    the projection of the first change onto the second, over pairs of seeds: 1 if that group alone
    decides the factor, 0 if it leaves the factor as it is.
    """
    seeds = range(first_seed, first_seed + 2 * pairs)
    ws = broadcast(generator, latents(generator, seeds), psi)
    a, b = ws[:pairs], ws[pairs:]
    read_a = read(pictures(generator, a))
    whole = read(pictures(generator, b)) - read_a
    changes = {
        group: read(pictures(generator, swapped(generator, a, b, group))) - read_a
        for group in GROUPS
    }
    shares: dict[str, dict[str, float]] = {}
    for factor in READ_FACTORS:
        columns = COLUMNS.slices[factor.name]
        shares[factor.name] = {
            group: _projection(change[:, columns], whole[:, columns])
            for group, change in changes.items()
        }
    return shares


def measure(evaluation: Evaluation) -> Quality:
    """Return the shares of all factors."""
    return {"mixing_shares": mixing_shares(evaluation.generator, evaluation.reader.read)}


def section(quality: Quality) -> list[str]:
    """Return a table of the factors that are read reliably, and the mixing figures."""
    rows = []
    for factor in FACTORS:
        shares = quality["mixing_shares"].get(factor.name)
        if shares and is_readable(quality, factor.name):
            cells = " | ".join(f"{shares[group]:.2f}" for group in GROUPS)
            rows.append(f"| {factor.name} | {factor.group} | {cells} |")
    return [
        "The share of the change from one person to another that swapping one group of styles",
        f"brings: {PAIRS} pairs at psi {PSI}, read by a network trained on labelled portraits.",
        f"Factors that it reads poorly (below {READABLE} of the variance) are left out.",
        "",
        "| factor | group in the data | " + " | ".join(GROUPS) + " |",
        "|---|---|" + "---|" * len(GROUPS),
        *rows,
        "",
        *(f"![{group} styles from the top row](mixing-{group}.png)" for group in GROUPS),
    ]


def _projection(change: Tensor, whole: Tensor) -> float:
    return ((change * whole).sum() / whole.square().sum()).item()
