"""The penalty on styles that decide factors of another group."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from stylegan_core.data.portraits import Factor, portraits
from stylegan_core.labels import style_roles
from stylegan_core.labels.network import CHOICE_WEIGHT, COLUMNS, READ_FACTORS, LabelNetwork
from stylegan_core.labels.style_roles import group_ends, noise_penalty, penalty
from stylegan_core.networks.contract import Group, LayerInfo, style_group
from stylegan_core.training.config import TrainConfig
from stylegan_core.training.losses import noise_spread
from stylegan_core.training.trainer import Trainer
from tests.stylegan_core.training.small_trainers import UNGROWN, frozen_reader, trained

CONFIG = replace(
    UNGROWN,
    generator_lr=((4, 1e-2),),
    style_roles_weight=1e4,  # a reader with random weights hardly sees what differs
)


@pytest.fixture
def reader() -> LabelNetwork:
    return frozen_reader()


def layers(*resolutions: int) -> list[LayerInfo]:
    return [LayerInfo(str(r), r, 8, style_group(r)) for r in resolutions for _ in range(2)]


def test_a_group_ends_where_the_next_one_begins() -> None:
    assert group_ends(layers(4, 8)) == {}
    assert group_ends(layers(4, 8, 16)) == {"coarse": 4}
    assert group_ends(layers(4, 8, 16, 32, 64)) == {"coarse": 4, "middle": 8}


@pytest.mark.parametrize("group", ["coarse", "middle"])
def test_penalty_is_the_distance_from_the_readings_of_the_deciding_person(
    reader: LabelNetwork, group: Group
) -> None:
    """It is computed here factor by factor, on three different pictures."""
    mixed, below, above = (portraits(0, range(k, k + 3), 16).float() / 127.5 - 1 for k in (0, 5, 9))
    owner = {"coarse": below, "middle": below if group == "middle" else above, "fine": above}
    expected = [
        weight_of(f, group) * factor_distance(reader, f, mixed, owner[f.group])
        for f in READ_FACTORS
        if f.group in owner
    ]
    measured = penalty(reader, mixed, below, above, group)
    weight = {"coarse": 1, "middle": 1 / 8}[group]
    torch.testing.assert_close(measured, weight * torch.stack(expected).mean())
    assert measured > 0
    assert penalty(reader, below, below, below, group) == 0


def test_noise_is_penalised_for_all_but_stochastic_factors(reader: LabelNetwork) -> None:
    """The penalty is computed here factor by factor, on two different pictures."""
    one, other = (portraits(0, range(k, k + 3), 16).float() / 127.5 - 1 for k in (0, 5))
    styled = [f for f in READ_FACTORS if f.group != "stochastic"]
    assert len(styled) < len(READ_FACTORS)
    expected = torch.stack(
        [weight_of(f, "coarse") * factor_distance(reader, f, one, other) for f in styled]
    )
    torch.testing.assert_close(noise_penalty(reader, one, other), expected.mean())
    assert noise_penalty(reader, one, one) == 0


def test_a_confidently_wrong_choice_still_has_a_gradient() -> None:
    """Clothes read as one colour with certainty are pulled towards another one, and harder."""
    clothes = next(f for f in READ_FACTORS if f.name == "clothes")
    slopes = []
    for logit in (1.0, 20.0):
        raw, wanted = torch.zeros(1, COLUMNS.width), torch.zeros(1, COLUMNS.width)
        raw[0, COLUMNS.slices[clothes.name].start] = logit
        wanted[0, COLUMNS.slices[clothes.name].start + 1] = logit
        raw.requires_grad_()
        (slope,) = torch.autograd.grad(style_roles.readings_distance(raw, wanted, {}), raw)
        slopes.append(slope.norm().item())
    assert slopes[1] > slopes[0] > 0


def weight_of(factor: Factor, group: Group) -> float:
    """Return a factor's weight in the penalty on a group.

    Factors that leave the coarse styles last weigh more. Colours that the fine styles could bring
    only as dots have no weight there.
    """
    if group == "coarse":
        return {"clothes": 5.0, "hair_color": 3.0, "light_azimuth_deg": 3.0}.get(factor.name, 1.0)
    return 0.0 if factor.name in ("clothes", "hair_color") else 1.0


def factor_distance(reader: LabelNetwork, factor: Factor, images: Tensor, wanted: Tensor) -> Tensor:
    """Compute one factor's distance between pictures of 16 px or less from its definition."""
    columns = COLUMNS.slices[factor.name]
    if not factor.choices:
        squared: Tensor = (reader(images)[:, columns] - reader(wanted)[:, columns]).square()
        return squared.mean()
    p, q = (reader(shown)[:, columns].softmax(dim=1) for shown in (wanted, images))
    divergence: Tensor = (p * (p / q).log()).sum(dim=1)
    return CHOICE_WEIGHT * divergence.mean()


@pytest.mark.slow
def test_training_lowers_the_noise_penalty(reader: LabelNetwork) -> None:
    """The comparison is the same steps without it; both are relative to all that noise moves."""
    images = portraits(0, range(8), 16)

    def after(config: TrainConfig) -> float:
        trainer = Trainer(replace(config, noise_spread=20.0), "cpu", reader)
        trained(trainer, images, 32, noise=0.1)
        with torch.no_grad():
            draws = trainer.passes.two_draws(256, None, trainer.phase, 16)
            return (noise_penalty(reader, *draws) / noise_spread(*draws) ** 2).item()

    assert after(CONFIG) < 0.8 * after(replace(CONFIG, style_roles_weight=0.0))


@pytest.mark.slow
def test_training_lowers_the_style_penalty(reader: LabelNetwork) -> None:
    """The comparison is the same steps without it, from the same weights on the same pictures."""
    images = portraits(0, range(8), 16)

    def after(config: TrainConfig) -> float:
        trainer = trained(Trainer(config, "cpu", reader), images, 32)
        with torch.no_grad():
            shown = trainer.passes.mixed_pictures(256, None, trainer.phase, 4)
            return penalty(reader, *shown, "coarse").item()

    assert after(CONFIG) < 0.8 * after(replace(CONFIG, style_roles_weight=0.0))
