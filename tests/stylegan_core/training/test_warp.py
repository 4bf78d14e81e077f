import math

import pytest
import torch
from torch import Tensor

from stylegan_core.training.warp import DELAY, SYM6, move_pixels, warp

TAPS = torch.tensor(SYM6, dtype=torch.float64)


def matrix(*rows: tuple[float, float, float]) -> Tensor:
    return torch.tensor([[*rows, (0, 0, 1)]], dtype=torch.float64)


def shift(x: float, y: float) -> Tensor:
    """The inverse of a shift right and down."""
    return matrix((1, 0, -x), (0, 1, -y))


def noise(size: int = 20) -> Tensor:
    random = torch.Generator().manual_seed(0)
    return torch.randn(1, 2, size, size, generator=random, dtype=torch.float64)


def blob(x: float, y: float, size: int = 33) -> Tensor:
    """A soft spot at a place in pixels from the centre, [1, 1, size, size]."""
    along = torch.arange(size, dtype=torch.float64) - (size - 1) / 2
    return torch.exp(-((along - x) ** 2 + (along[:, None] - y) ** 2) / 8)[None, None]


def centroid(images: Tensor) -> tuple[float, float]:
    along = torch.arange(images.shape[-1], dtype=torch.float64) - (images.shape[-1] - 1) / 2
    total = images.sum()
    return float((images * along).sum() / total), float((images * along[:, None]).sum() / total)


@pytest.mark.parametrize("k", range(1, 6))
def test_the_filter_is_orthogonal_to_its_shifts(k: int) -> None:
    assert (TAPS * TAPS).sum().item() == pytest.approx(1)
    assert (TAPS[2 * k :] * TAPS[: -2 * k]).sum().item() == pytest.approx(0, abs=1e-11)


@pytest.mark.parametrize("power", range(6))
def test_the_filter_has_the_moments_of_sym6(power: int) -> None:
    """Six moments of its high-pass filter vanish, and its delay is near the middle."""
    n = torch.arange(12, dtype=torch.float64)
    alternating = torch.where(n % 2 == 0, 1.0, -1.0)

    assert (alternating * n**power * TAPS).sum().item() == pytest.approx(0, abs=1e-8)
    assert TAPS.sum().item() == pytest.approx(math.sqrt(2))
    assert abs(DELAY - 5.5) < 0.5


@pytest.mark.parametrize("size", [4, 8, 16, 17, 20])
def test_standing_still_gives_the_picture_back(size: int) -> None:
    torch.testing.assert_close(warp(noise(size), shift(0, 0)), noise(size), atol=1e-10, rtol=0)


def test_whole_shifts_copy_pixels() -> None:
    moved = warp(noise(), shift(3, -2))

    torch.testing.assert_close(moved[..., :-8, 9:], noise()[..., 2:-6, 6:-3], atol=1e-10, rtol=0)
    assert torch.equal(move_pixels(noise(), shift(3, -2))[..., :-2, 3:], noise()[..., 2:, :-3])


def test_fine_and_whole_moves_agree_about_mirrors() -> None:
    soft = blob(5, -3)
    for inverse in (shift(40, -9), shift(-13, 100), matrix((0, 1, 7), (-1, 0, 30))):
        torch.testing.assert_close(
            warp(soft, inverse), move_pixels(soft, inverse), atol=0.02, rtol=0
        )


def test_pixels_continue_as_in_mirrors() -> None:
    row = torch.arange(16.0).expand(1, 1, 16, 16)

    left = move_pixels(row, shift(-4, 0).float())[0, 0, 5]
    far = move_pixels(row, shift(30 - 2, 0).float())[0, 0, 5]  # a whole period but two

    assert left.tolist() == [*range(4, 16), 14, 13, 12, 11]
    assert far.tolist() == [*range(2, 16), 14, 13]


def test_places_turn_and_grow_around_the_centre() -> None:
    angle = math.radians(30)
    cos, sin = math.cos(angle), math.sin(angle)

    turned = centroid(warp(blob(6, 0), matrix((cos, -sin, 0), (sin, cos, 0))))
    grown = centroid(warp(blob(3, -2), matrix((0.5, 0, 0), (0, 0.5, 0))))
    shifted = centroid(warp(blob(0, 0), shift(2.3, -1.6)))

    assert turned == pytest.approx((6 * cos, -6 * sin), abs=0.02)  # to the left: y points down
    assert grown == pytest.approx((6, -4), abs=0.1)
    assert shifted == pytest.approx((2.3, -1.6), abs=0.02)


def test_moves_are_linear() -> None:
    a, b = noise(), noise().flip(2)
    inverse = matrix((0.9, -0.4, 2), (0.3, 1.2, -1))

    together = warp(2 * a - 3 * b, inverse)

    torch.testing.assert_close(together, 2 * warp(a, inverse) - 3 * warp(b, inverse))
