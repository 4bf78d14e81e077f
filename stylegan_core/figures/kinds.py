"""Each figure: what it shows, how many seeds it takes, and its page."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice, repeat

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan_core.errors import UserError
from stylegan_core.figures.page import Band, Cell, Page
from stylegan_core.figures.source import Source
from stylegan_core.networks.contract import GROUPS, Group
from stylegan_core.picture import class_vector

Progress = Callable[[int, int], None]  # (pictures made, of all)

PSIS = (1.0, 0.7, 0.5, 0.0, -0.5, -1.0)
ROWS_OF_GROUPS: Mapping[Group, int] = {"coarse": 3, "middle": 2, "fine": 1}
CROPS = 4
DRAWS = 100
SPREAD_SHOWN = 4  # times the standard deviation, so that small differences can be seen
FINE_FROM = 64  # pixels: where the paper divides noise in two
FINE_PICTURE = 128  # pixels: smaller pictures have only few layers above


@dataclass(frozen=True)
class FigureKind:
    """A figure of the paper that any model can have."""

    number: int  # in the paper
    summary: str
    seeds: Sequence[int]  # unless others are chosen
    psi: float  # likewise
    page: Callable[[Source, Sequence[int], Progress], Page]


def samples(source: Source, seeds: Sequence[int], progress: Progress) -> Page:
    """Return pictures that nobody chose, in three sizes: figure 2. Rows are four pictures wide."""
    made = _Counted(source.picture, len(seeds), progress)
    rest, rows = deque(made(source.w_plus(seed)) for seed in seeds), []
    widths = chain((1.0, 1.0, 0.5, 0.5), repeat(0.25))
    while rest:
        width = next(widths)
        count = min(round(4 / width), len(rest))
        rows.append([Cell(rest.popleft(), width=width) for _ in range(count)])
    return Page(
        [Band(rows)], f"The pictures of {_listed(seeds)} at psi {source.psi:g}, none left out."
    )


def mixing(source: Source, seeds: Sequence[int], progress: Progress) -> Page:
    """Return a table of mixed styles: figure 3. The first six seeds are A, all others B."""
    count = sum(ROWS_OF_GROUPS.values())
    if len(seeds) <= count:
        raise UserError(
            f"Style mixing needs {count} seeds for source A, then some for source B: "
            f"give at least {count + 1}."
        )
    ws = {seed: source.w_plus(seed) for seed in seeds}
    left, above = iter(seeds[:count]), seeds[count:]
    made = _Counted(source.picture, (count + 1) * (len(above) + 1) - 1, progress)
    top = [Cell(None), *(Cell(made(ws[b]), f"B: seed {b}") for b in above)]
    bands = [Band([top])]
    for group in GROUPS:
        rows = []
        for a in islice(left, ROWS_OF_GROUPS[group]):
            mixed = [Cell(made(source.mixed(ws[a], ws[b], group))) for b in above]
            rows.append([Cell(made(ws[a]), f"A: seed {a}"), *mixed])
        bands.append(Band(rows, f"{group} styles from B"))
    return Page(
        bands,
        "Each picture takes the styles of the named layers from source B above it, "
        f"and all others from source A to its left. Psi {source.psi:g}.",
    )


def noise(source: Source, seeds: Sequence[int], progress: Progress) -> Page:
    """Return what noise changes: figure 4, with the standard deviation over 100 draws."""
    layers, rows = _noise_layers(source), []
    made = _Counted(source.picture, len(seeds) * (DRAWS + 1), progress)
    for seed in seeds:
        ws = source.w_plus(seed)
        draws = [made(ws, dict.fromkeys(layers, draw)) for draw in range(DRAWS)]
        spread = torch.stack(draws).float().std(dim=0, correction=0).mean(dim=0)  # [H, W]
        shown = (SPREAD_SHOWN * spread).clamp(0, 255).to(torch.uint8)[None]
        rows.append(
            [
                Cell(made(ws), f"seed {seed}"),
                Cell(_details(draws[:CROPS], spread), f"a detail with {CROPS} draws of noise"),
                Cell(shown, f"spread of {DRAWS} draws, times {SPREAD_SHOWN}"),
            ]
        )
    caption = "What the noise inputs change. The spread is the standard deviation of each pixel"
    return Page([Band(rows)], f"{caption}. Psi {source.psi:g}.")


def noise_scales(source: Source, seeds: Sequence[int], progress: Progress) -> Page:
    """Return noise in all, no, fine and coarse layers: figure 5."""
    layers = _noise_layers(source)
    bound = FINE_FROM if source.resolution >= FINE_PICTURE else source.resolution // 2
    sizes = [layer.resolution for layer in source.generator.layers]
    cases = {
        "all layers": layers,
        "no layer": [],
        f"fine layers, {bound} px and up": [i for i in layers if sizes[i] >= bound],
        f"coarse layers, below {bound} px": [i for i in layers if sizes[i] < bound],
    }
    made = _Counted(source.picture, len(seeds) * len(cases), progress)
    rows = []
    for seed in seeds:
        ws = source.w_plus(seed)
        rows.append([Cell(made(ws, dict.fromkeys(some, 0)), name) for name, some in cases.items()])
    return Page([Band(rows)], f"Noise in some layers only, for {_listed(seeds)}.")


def truncation(source: Source, seeds: Sequence[int], progress: Progress) -> Page:
    """Return each seed from psi 1 to its opposite: figure 8. Psi acts on all layers."""
    if source.generator.w_avg(class_vector(source.generator, source.class_index)) is None:
        raise UserError("This model has no space W, hence no truncation to show.")
    made = _Counted(source.picture, len(seeds) * len(PSIS), progress)
    rows = [
        [Cell(made(source.with_psi(psi).w_plus(seed)), f"psi {psi:g}") for psi in PSIS]
        for seed in seeds
    ]
    return Page(
        [Band(rows)], f"Truncation, for {_listed(seeds)}. At psi 0 it is the average picture."
    )


class _Counted:
    """A function that makes one picture, whose calls are counted."""

    def __init__(self, make: Callable[..., Tensor], total: int, progress: Progress) -> None:
        self._make = make
        self._total = total
        self._progress = progress
        self._done = 0

    def __call__(self, *arguments: object) -> Tensor:
        picture = self._make(*arguments)
        self._done += 1
        self._progress(self._done, self._total)
        return picture


def _noise_layers(source: Source) -> list[int]:
    """Return the layers that take noise. Raises `UserError` if there are none."""
    layers = [i for i, layer in enumerate(source.generator.layers) if layer.takes_noise]
    if not layers:
        raise UserError("This model has no noise inputs to show.")
    return layers


def _details(pictures: Sequence[Tensor], spread: Tensor) -> Tensor:
    """Cut the square that changes most out of four pictures [C, H, W]: together as large as one."""
    side = max(spread.shape[0] // 4, 2)
    means = F.avg_pool2d(spread[None, None], side, stride=1)[0, 0]
    top, left = divmod(int(means.argmax()), means.shape[1])
    crops = [p[:, top : top + side, left : left + side] for p in pictures]
    one, two, three, four = (F.interpolate(c[None], scale_factor=2)[0] for c in crops)
    rows = [torch.cat([one, two], dim=2), torch.cat([three, four], dim=2)]
    return torch.cat(rows, dim=1)


def _listed(seeds: Sequence[int]) -> str:
    """Return "seed 3", "seeds 0 to 5" or "seeds 1, 4, 9"."""
    if len(seeds) == 1:
        return f"seed {seeds[0]}"
    if len(seeds) > 2 and list(seeds) == list(range(seeds[0], seeds[0] + len(seeds))):
        return f"seeds {seeds[0]} to {seeds[-1]}"
    return "seeds " + ", ".join(map(str, seeds))


KINDS: Mapping[str, FigureKind] = {
    "samples": FigureKind(2, "pictures that nobody chose", range(56), 0.7, samples),
    "mixing": FigureKind(3, "styles of two sources", range(11), 0.7, mixing),
    "noise": FigureKind(4, "what noise changes", (0, 1), 1.0, noise),
    "noise-scales": FigureKind(5, "noise by scale", (0, 1), 1.0, noise_scales),
    "truncation": FigureKind(8, "truncation from psi 1 to -1", (0, 1, 2), 1.0, truncation),
}
