"""The paper's figures: which picture stands where, with which styles, noise and truncation."""

import pytest
import torch
from torch import Tensor

from stylegan_core import picture
from stylegan_core.errors import UserError
from stylegan_core.figures import KINDS, Source, draw
from stylegan_core.figures.kinds import DRAWS, PSIS, SPREAD_SHOWN
from stylegan_core.figures.page import Cell, Page
from stylegan_core.networks.stylegan1 import Generator
from tests.small_networks import (
    R3GAN,
    STYLEGAN3_CLASSES,
    STYLEGAN3_T,
    make_r3gan,
    make_stylegan3,
)

PSI = 0.7


def unwatched(done: int, total: int) -> None:
    """Take the progress of a figure that nobody waits for."""


def page(kind: str, source: Source, *seeds: int) -> Page:
    return KINDS[kind].page(source, seeds, unwatched)


def picture_of(cell: Cell) -> Tensor:
    assert cell.picture is not None
    return cell.picture


@pytest.fixture
def source(tiny_generator: Generator) -> Source:
    return Source(tiny_generator, PSI)


def test_samples_are_the_pictures_of_their_seeds_in_three_sizes(source: Source) -> None:
    seeds = range(60)
    (band,) = page("samples", source, *seeds).bands
    assert [len(row) for row in band.rows] == [4, 4, 8, 8, 16, 16, 4]
    cells = [cell for row in band.rows for cell in row]
    for seed in (0, 9, 59):
        expected = picture.of_seed(source.generator, seed, PSI)
        assert torch.equal(picture_of(cells[seed]), expected)
    assert {cell.width for cell in cells} == {1.0, 0.5, 0.25}


def test_mixing_takes_the_named_layers_from_the_source_above(source: Source) -> None:
    top, *bands = page("mixing", source, *range(9)).bands
    assert [cell.caption for cell in top.rows[0][1:]] == ["B: seed 6", "B: seed 7", "B: seed 8"]
    assert [len(band.rows) for band in bands] == [3, 2, 1]
    row_of_4 = bands[1].rows[1]
    assert bands[1].label == "middle styles from B"
    assert torch.equal(picture_of(row_of_4[0]), picture.of_seed(source.generator, 4, PSI))
    ws = source.w_plus(4).clone()
    for i, layer in enumerate(source.generator.layers):
        if layer.group == "middle":
            ws[:, i] = source.w_plus(7)[:, i]
    assert torch.equal(picture_of(row_of_4[2]), source.picture(ws))
    assert not torch.equal(picture_of(row_of_4[2]), picture_of(row_of_4[0]))


def test_mixing_says_how_many_seeds_it_needs(source: Source) -> None:
    with pytest.raises(UserError, match="at least 7"):
        page("mixing", source, *range(6))


def test_the_spread_of_noise_is_its_standard_deviation(source: Source) -> None:
    (band,) = page("noise", source, 3).bands
    whole, details, spread = map(picture_of, band.rows[0])
    layers = range(source.generator.num_layers)
    ws = source.w_plus(3)
    draws = torch.stack([source.picture(ws, dict.fromkeys(layers, k)) for k in range(DRAWS)])
    expected = SPREAD_SHOWN * draws.double().var(dim=0, correction=0).sqrt().mean(dim=0)
    assert (spread[0] - expected.clamp(max=255)).abs().max() <= 1
    assert spread.max() > 10, "the small network's noise is seen"
    assert torch.equal(whole, picture.of_seed(source.generator, 3, PSI))
    quarter = whole.shape[-1] // 4
    assert details.shape == (3, 4 * quarter, 4 * quarter)


def test_noise_by_scale_is_all_none_fine_and_coarse(source: Source) -> None:
    (band,) = page("noise-scales", source, 1).bands
    everything, nothing, fine, coarse = map(picture_of, band.rows[0])
    ws, layers = source.w_plus(1), source.generator.layers
    assert torch.equal(nothing, picture.of_seed(source.generator, 1, PSI, noise="none"))
    assert torch.equal(everything, picture.of_seed(source.generator, 1, PSI, noise=0))
    upper = [i for i, layer in enumerate(layers) if layer.resolution >= 16]
    assert torch.equal(fine, source.picture(ws, dict.fromkeys(upper, 0)))
    assert not torch.equal(fine, coarse)


def test_truncation_goes_from_psi_1_to_its_opposite(source: Source) -> None:
    (band,) = page("truncation", source, 2, 5).bands
    for seed, row in zip((2, 5), band.rows, strict=True):
        for psi, cell in zip(PSIS, row, strict=True):
            expected = picture.of_seed(source.generator, seed, psi, source.generator.num_layers)
            assert torch.equal(picture_of(cell), expected)
            assert cell.caption == f"psi {psi:g}"
    assert torch.equal(picture_of(band.rows[0][3]), picture_of(band.rows[1][3])), "the average"


def test_progress_counts_every_picture_of_every_figure(source: Source) -> None:
    for kind, seeds in (("samples", 5), ("mixing", 8), ("noise-scales", 2), ("truncation", 2)):
        seen: list[tuple[int, int]] = []

        def note(done: int, total: int, seen: list[tuple[int, int]] = seen) -> None:
            seen.append((done, total))

        KINDS[kind].page(source, range(seeds), note)
        assert seen == [(k + 1, len(seen)) for k in range(len(seen))], kind


def test_models_without_noise_or_w_say_so() -> None:
    silent = Source(make_stylegan3(STYLEGAN3_T), PSI)
    for kind in ("noise", "noise-scales"):
        with pytest.raises(UserError, match="no noise inputs"):
            page(kind, silent, 0)
    with pytest.raises(UserError, match="no space W"):
        page("truncation", Source(make_r3gan(R3GAN), PSI), 0)


def test_a_model_with_classes_needs_one() -> None:
    generator = make_stylegan3(STYLEGAN3_CLASSES)
    with pytest.raises(UserError, match="class from 0 to 2"):
        page("truncation", Source(generator, PSI), 0)
    (band,) = page("truncation", Source(generator, PSI, class_index=2), 0).bands
    expected = picture.of_seed(generator, 0, 0.5, generator.num_layers, class_index=2)
    assert torch.equal(picture_of(band.rows[0][2]), expected)


@pytest.mark.parametrize("kind", KINDS)
def test_each_figure_is_drawn(kind: str, source: Source) -> None:
    seeds = range(8) if kind == "mixing" else range(2)
    drawn = draw(KINDS[kind].page(source, seeds, unwatched), source.resolution)
    assert drawn.mode == "RGB"
    corners = [drawn.getpixel((x, y)) for x in (0, drawn.width - 1) for y in (0, drawn.height - 1)]
    assert corners == [(255, 255, 255)] * 4, "nothing is cut off by the edge"
