import itertools
import json
import math

import pytest
import torch
from torch import Tensor

from stylegan_core.training.augment import (
    COLORS,
    FINE_MOVES,
    AdaController,
    Transforms,
    apply,
    augment,
    sample,
)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def noise(n: int = 4, size: int = 16, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.rand(n, 3, size, size, generator=generator(), dtype=dtype) * 2 - 1


def only(n: int = 4, **values: float) -> Transforms:
    """The same transform of n pictures, the others left out."""
    nothing = dict.fromkeys(Transforms._fields, 0.0)
    return Transforms(**{k: torch.full((n,), v) for k, v in {**nothing, **values}.items()})


# Closed forms ---------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [4, 8, 16, 23, 64])
def test_without_transforms_pictures_keep_their_bits(size: int) -> None:
    images = noise(size=size)
    images[0, 0, 0, :2] = torch.tensor([-0.0, 1e-40])

    assert augment(images, torch.tensor(0.0), generator()).equal(images)


def test_flips_and_quarter_turns_are_those_of_torch() -> None:
    images = noise()

    assert apply(images, only(flip=1)).equal(images.flip(3))
    for k in range(4):
        assert apply(images, only(quarter_turns=k)).equal(images.rot90(k, (2, 3)))
    both = apply(images, only(flip=1, quarter_turns=1))
    assert both.equal(images.flip(3).rot90(1, (2, 3)))  # the flip comes first


def test_shifts_move_whole_pixels() -> None:
    images = noise(size=24)

    moved = apply(images, only(shift_x=0.125, shift_y=-0.06))  # 3 right, 1.44 up

    assert moved[..., :-1, 3:].equal(images[..., 1:, :-3])
    assert moved[..., :-1, :3].equal(images[..., 1:, 1:4].flip(3))  # mirrored


def test_pixel_moves_take_part_in_fine_moves() -> None:
    smooth = torch.linspace(-1, 1, 24, dtype=torch.float64).sin().expand(2, 3, 24, 24)
    slightly = {"turn_after": 1e-9}

    fine = apply(smooth, only(2, quarter_turns=1, **slightly))

    inside = (..., slice(6, -6), slice(6, -6))
    torch.testing.assert_close(fine[inside], smooth.rot90(1, (2, 3))[inside], atol=1e-3, rtol=0)


@pytest.mark.parametrize(
    "values",
    [
        {"scale_log2": 0.4},
        {"stretch_log2": -0.5},
        {"turn_before": 0.7},
        {"turn_before": 0.7, "stretch_log2": 0.6, "turn_after": -0.2, "scale_log2": -0.2},
        {"flip": 1, "quarter_turns": 3, "drift_x": 0.1, "drift_y": -0.05, "turn_after": 0.4},
    ],
)
def test_a_spot_goes_where_the_transforms_in_their_order_bring_it(values: dict[str, float]) -> None:
    size = 65
    along = torch.arange(size, dtype=torch.float64) - (size - 1) / 2
    spot = torch.exp(-((along - 7) ** 2 + (along[:, None] + 4) ** 2) / 6).expand(1, 3, size, size)

    moved = apply(spot, only(1, **values))[0, 0]

    x, y = 7.0, -4.0
    if values.get("flip"):
        x = -x
    for _ in range(int(values.get("quarter_turns", 0))):
        x, y = y, -x
    scale, stretch = 2 ** values.get("scale_log2", 0), 2 ** values.get("stretch_log2", 0)
    x, y = turned(scale * x, scale * y, values.get("turn_before", 0))
    x, y = turned(x * stretch, y / stretch, values.get("turn_after", 0))
    x, y = x + size * values.get("drift_x", 0), y + size * values.get("drift_y", 0)
    found = ((moved * along).sum() / moved.sum(), (moved * along[:, None]).sum() / moved.sum())
    assert [float(place) for place in found] == pytest.approx([x, y], abs=0.1)


def turned(x: float, y: float, angle: float) -> tuple[float, float]:
    """To the left, y pointing down."""
    cos, sin = math.cos(angle), math.sin(angle)
    return cos * x + sin * y, -sin * x + cos * y


@pytest.mark.parametrize("luma_flip", [0, 1])
def test_colors_are_the_product_of_the_papers_matrices(luma_flip: int) -> None:
    b, c, angle, s = 0.3, -0.6, 2.1, 0.8
    images = noise(dtype=torch.float64)

    found = apply(
        images,
        only(brightness=b, contrast_log2=c, luma_flip=luma_flip, hue=angle, saturation_log2=s),
    )

    eye = torch.eye(4, dtype=torch.float64)
    v = torch.tensor([1, 1, 1, 0], dtype=torch.float64) / math.sqrt(3)
    along = torch.outer(v, v)
    brightness = eye.clone()
    brightness[:3, 3] = b
    contrast = torch.diag(torch.tensor([2**c] * 3 + [1], dtype=torch.float64))
    flip = eye - 2 * luma_flip * along
    cross = torch.zeros(4, 4, dtype=torch.float64)
    cross[:3, :3] = torch.tensor([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / math.sqrt(3)
    hue = torch.linalg.matrix_exp(angle * cross)
    saturation = along + (eye - along) * 2**s
    saturation[3, 3] = 1
    whole = saturation @ hue @ flip @ contrast @ brightness
    expected = torch.einsum("ij,njhw->nihw", whole[:3, :3], images) + whole[:3, 3, None, None]
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=0)


def test_each_picture_has_transforms_of_its_own() -> None:
    images, transforms = noise(6, 20), sample(6, torch.tensor(0.7), generator(3))

    together = apply(images, transforms)

    for i in range(6):
        torch.testing.assert_close(together[[i]], apply(images[[i]], transforms.rows([i])))


# Chance ---------------------------------------------------------------------------------------


def test_the_generator_alone_decides() -> None:
    images, p = noise(), torch.tensor(0.8)

    first = augment(images, p, generator(5))
    torch.rand(7)  # the random numbers of others

    assert augment(images, p, generator(5)).equal(first)
    assert not augment(images, p, generator(6)).equal(first)


def test_as_much_is_drawn_whatever_p_is() -> None:
    one, other = generator(), generator()
    augment(noise(), torch.tensor(0.0), one)
    augment(noise(), torch.tensor(1.0), other)

    assert one.get_state().equal(other.get_state())


@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_transforms_happen_as_often_and_as_strongly_as_published(p: float) -> None:
    n = 20_000
    t = sample(n, torch.tensor(p), generator())

    shares = {name: float((values != 0).float().mean()) for name, values in t._asdict().items()}
    expected = dict.fromkeys(Transforms._fields, p)
    expected |= {"flip": p / 2, "luma_flip": p / 2, "quarter_turns": 3 / 4 * p}
    expected |= dict.fromkeys(["turn_before", "turn_after"], 1 - math.sqrt(1 - p))
    assert shares == pytest.approx(expected, abs=0.015)
    either = ((t.turn_before != 0) | (t.turn_after != 0)).float().mean()
    assert float(either) == pytest.approx(p, abs=0.015)
    assert (t.shift_x != 0).equal(t.shift_y != 0)
    if p == 1:
        normal = {"scale_log2": 0.2, "stretch_log2": 0.2, "drift_x": 0.125, "drift_y": 0.125}
        normal |= {"brightness": 0.2, "contrast_log2": 0.5, "saturation_log2": 1.0}
        flat = {"turn_before": math.pi, "turn_after": math.pi, "hue": math.pi}
        flat |= {"shift_x": 0.125, "shift_y": 0.125}
        spreads = {name: float(getattr(t, name).std()) for name in (*normal, *flat)}
        assert spreads == pytest.approx(
            normal | {name: most / math.sqrt(3) for name, most in flat.items()}, rel=0.03
        )
        assert all(float(getattr(t, name).abs().max()) <= most for name, most in flat.items())


def test_transforms_are_independent() -> None:
    applied = torch.stack(sample(20_000, torch.tensor(0.5), generator())) != 0
    both_ways = {("shift_x", "shift_y"), ("drift_x", "drift_y")}

    correlation = torch.corrcoef(applied.float())

    for (i, a), (j, b) in itertools.combinations(enumerate(Transforms._fields), 2):
        assert float(correlation[i, j]) == pytest.approx(float((a, b) in both_ways), abs=0.03)


def test_below_one_nothing_leaks() -> None:
    """The upright picture stays the most frequent one, so what it was can be told from many."""
    p, n, picture = 0.6, 2000, noise(1)
    t = sample(n, torch.tensor(p), generator())
    alone = only(n)._replace(flip=t.flip, quarter_turns=t.quarter_turns)

    mean = apply(picture.expand(n, -1, -1, -1), alone).mean(0, keepdim=True)

    expected = torch.zeros_like(picture)
    for k, share in enumerate([1 - 3 / 4 * p, p / 4, p / 4, p / 4]):
        flipped = (1 - p / 2) * picture + p / 2 * picture.flip(3)
        expected += share * flipped.rot90(k, (2, 3))
    torch.testing.assert_close(mean, expected, atol=0.06, rtol=0)
    assert (mean - picture).square().mean() < (mean - picture.rot90(1, (2, 3))).square().mean()


def test_groups_name_transforms_that_belong_together() -> None:
    moves, colors = Transforms._fields[FINE_MOVES], Transforms._fields[COLORS]

    assert (moves[0], moves[-1]) == ("scale_log2", "drift_y")
    assert (colors[0], colors[-1]) == ("brightness", "saturation_log2")


# Derivatives ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1])
def test_two_derivatives(seed: int) -> None:
    images = noise(2, dtype=torch.float64).requires_grad_()
    transforms = sample(2, torch.tensor(1.0), generator(seed))

    def wavy(images: Tensor) -> Tensor:
        return apply(images, transforms).sin()

    assert torch.autograd.gradcheck(wavy, images, fast_mode=True)
    assert torch.autograd.gradgradcheck(wavy, images, fast_mode=True)


def test_the_gradient_of_r1_passes() -> None:
    """With y = A x and the score |y|^2 / 2, |grad|^2 = |A'y|^2 has the gradient 2 A'A A'y."""
    images = noise(2, dtype=torch.float64).requires_grad_()
    transforms = sample(2, torch.tensor(0.8), generator(2))._replace(brightness=torch.zeros(2))
    outputs = apply(images, transforms)

    (first,) = torch.autograd.grad(outputs.square().sum() / 2, images, create_graph=True)
    (second,) = torch.autograd.grad(first.square().sum(), images)

    def adjoint(values: Tensor) -> Tensor:
        inputs = torch.zeros_like(images, requires_grad=True)
        return torch.autograd.grad(apply(inputs, transforms), inputs, values)[0]

    expected = 2 * adjoint(apply(adjoint(outputs.detach()), transforms))
    torch.testing.assert_close(second, expected)


def test_mixed_precision_leaves_augmentation_whole() -> None:
    images, p = noise(), torch.tensor(1.0)

    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = augment(images, p, generator())
    short = augment(images.bfloat16(), p, generator())

    assert inside.equal(augment(images, p, generator()))
    assert short.equal(augment(images.bfloat16().float(), p, generator()))


@pytest.mark.gpu
@pytest.mark.skipif(
    not torch.cuda.is_available(),
    reason="no CUDA device here; run `pytest -m gpu` on a machine that has one",
)
def test_cuda_moves_and_colors_alike() -> None:
    images, transforms = noise(32, 64), sample(32, torch.tensor(1.0), generator())
    there = Transforms(*(values.cuda() for values in transforms))

    found = apply(images.cuda(), there)
    drawn = augment(images.cuda(), torch.ones((), device="cuda"), torch.Generator("cuda"))

    torch.testing.assert_close(found.cpu(), apply(images, transforms), atol=1e-3, rtol=0)
    assert drawn.isfinite().all()


# The strength ---------------------------------------------------------------------------------


def test_p_goes_from_zero_to_one_in_500_kimg() -> None:
    ada = AdaController("cpu")
    for _ in range(400):
        ada.observe(torch.ones(8, 1), images=1000)
    assert float(ada.p) == pytest.approx(0.8, abs=1e-4)
    for _ in range(200):
        ada.observe(torch.ones(8, 1), images=1000)
    assert float(ada.p) == 1
    for _ in range(800):
        ada.observe(torch.zeros(8, 1), images=1000)
    assert float(ada.p) == 0


def test_p_moves_every_fourth_minibatch_by_the_mean_of_the_signs() -> None:
    ada = AdaController("cpu", kimg=1)
    confident = torch.tensor([[5.0], [0.1], [2.0], [-3.0]])  # mean sign 0.5
    history = []
    for scores in [confident, confident, torch.ones(4, 1), confident] * 2 + [-confident] * 4:
        ada.observe(scores, images=10)
        history.append((round(float(ada.p), 6), float(ada.overfitting)))

    expected = [(0.0, 0.0)] * 3 + [(0.04, 0.625)] * 4 + [(0.08, 0.625)] * 4 + [(0.04, -0.5)]
    assert torch.tensor(history).allclose(torch.tensor(expected))


def test_all_processes_decide_together() -> None:
    """What is kept to go on with between two decisions is what all have seen, too."""
    ada = AdaController("cpu", average=lambda signs: (signs + 1.0) / 2)  # the others' are 1
    for k in range(4):
        assert ada.state()["signs"] == k * 0.75
        ada.observe(torch.tensor([[1.0], [1.0], [-1.0], [1.0]]), images=1)

    assert float(ada.overfitting) == 0.75
    assert float(ada.p) > 0


@pytest.mark.parametrize("cut", [0, 3, 5, 8])
def test_a_controller_continues_exactly(cut: int) -> None:
    scores = torch.randn(13, 8, 1, generator=generator()) + 1
    whole, before = AdaController("cpu", kimg=3), AdaController("cpu", kimg=3)
    for minibatch in scores:
        whole.observe(minibatch, images=8)
    for minibatch in scores[:cut]:
        before.observe(minibatch, images=8)

    after = AdaController("cpu", kimg=3)
    after.load_state(json.loads(json.dumps(before.state())))
    for minibatch in scores[cut:]:
        after.observe(minibatch, images=8)

    assert after.state() == whole.state()
    assert after.p.equal(whole.p)
    assert float(whole.p) > 0
