"""Augmentation and blur for discriminators on features, against closed forms."""

import pytest
import torch

from stylegan_core.training.feature_augment import DRAWS, augment, blurred

SIZE = 16
NEUTRAL = 0.5  # the draw that changes no colour and shifts nothing


def draws(**changed: float) -> torch.Tensor:
    """Return the draws [1, DRAWS] of one picture, neutral but for the named ones."""
    names = ("brightness", "saturation", "contrast", "x", "y", "cut_x", "cut_y")
    assert len(names) == DRAWS
    return torch.tensor([[changed.get(name, NEUTRAL) for name in names]])


def picture() -> torch.Tensor:
    torch.manual_seed(0)
    return torch.rand(1, 3, SIZE, SIZE) + 0.1


def hole(images: torch.Tensor) -> torch.Tensor:
    """Return the mask [H, W] of the pixels that were cut out or shifted in, which are black."""
    return (images == 0).all(dim=1)[0]


def test_neutral_draws_change_only_the_cut_out_square() -> None:
    before = picture()
    after = augment(before, draws(cut_x=0.0, cut_y=0.99))
    expected = before.clone()
    expected[..., SIZE - SIZE // 4 :, : SIZE // 4] = 0
    torch.testing.assert_close(after, expected)


@pytest.mark.parametrize(
    ("changed", "shift"),
    [({"x": 0.0}, (0, -2)), ({"x": 0.99}, (0, 2)), ({"y": 0.0}, (-2, 0)), ({"y": 0.99}, (2, 0))],
)
def test_pictures_shift_by_at_most_an_eighth(
    changed: dict[str, float], shift: tuple[int, int]
) -> None:
    before = picture()
    after = augment(before, draws(**changed))
    rolled = before.roll((-shift[0], -shift[1]), (2, 3))
    rows, columns = (torch.arange(SIZE) + by for by in shift)  # where each pixel comes from
    within = [(places >= 0) & (places < SIZE) for places in (rows, columns)]
    inside = within[0].view(-1, 1) & within[1]
    kept = inside & ~hole(after)
    torch.testing.assert_close(after[0, :, kept], rolled[0, :, kept])
    assert bool(hole(after)[~inside].all())


def test_colours_change_by_their_closed_forms() -> None:
    before = picture()
    grey = before.mean(1, keepdim=True).expand_as(before)
    mean = before.mean().expand_as(before)
    for changed, expected in (
        ({"brightness": 1.0}, before + 0.5),
        ({"saturation": 0.0}, grey),
        ({"saturation": 1.0}, 2 * before - grey),
        ({"contrast": 0.0}, (before + mean) / 2),
        ({"contrast": 1.0}, 1.5 * before - 0.5 * mean),
    ):
        after = augment(before, draws(**changed))
        kept = ~hole(after)
        torch.testing.assert_close(after[0, :, kept], expected[0, :, kept])


def test_each_picture_has_its_own_draws() -> None:
    images, drawn = torch.rand(4, 3, SIZE, SIZE), torch.rand(4, DRAWS)
    together = augment(images, drawn)
    for k in range(4):
        torch.testing.assert_close(
            together[k : k + 1], augment(images[k : k + 1], drawn[k : k + 1])
        )


def test_the_gradient_passes_through_augmentation_and_blur() -> None:
    images = picture().requires_grad_()
    (gradient,) = torch.autograd.grad(
        blurred(augment(images, draws(x=0.1, saturation=0.9)), 1.5).sum(), images
    )
    assert (gradient != 0).float().mean() > 0.8


def test_a_blurred_dot_is_a_gaussian() -> None:
    dot = torch.zeros(1, 1, 33, 33)
    dot[..., 16, 16] = 1
    spread = blurred(dot, 2.0)[0, 0]
    places = torch.arange(33) - 16.0
    torch.testing.assert_close(spread.sum(), torch.tensor(1.0))
    torch.testing.assert_close(
        (spread.sum(0) * places**2).sum(), torch.tensor(4.0), rtol=1e-3, atol=0
    )


def test_blur_keeps_an_even_picture_even_up_to_its_border() -> None:
    even = torch.full((1, 3, 8, 8), 0.7)
    torch.testing.assert_close(blurred(even, 1.5), even)
