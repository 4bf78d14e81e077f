"""The penalty on styles that decide what is not theirs."""

from dataclasses import replace

import pytest
import torch

from stylegan_core.data.portraits import portraits
from stylegan_core.metrics.label_network import COLUMNS, READ_FACTORS, LabelNetwork
from stylegan_core.networks.contract import Group, LayerInfo, style_group
from stylegan_core.training.config import TrainConfig
from stylegan_core.training.label_critic import readings
from stylegan_core.training.losses import noise_spread
from stylegan_core.training.style_roles import cuts, noise_penalty, penalty
from stylegan_core.training.trainer import Trainer

from .conftest import UNGROWN, frozen_reader, trained

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


def test_groups_end_where_the_next_one_begins() -> None:
    assert cuts(layers(4, 8)) == {}
    assert cuts(layers(4, 8, 16)) == {"coarse": 4}
    assert cuts(layers(4, 8, 16, 32, 64)) == {"coarse": 4, "middle": 8}


@pytest.mark.parametrize("group", ["coarse", "middle"])
def test_it_is_the_distance_from_the_readings_of_whose_styles_decide(
    reader: LabelNetwork, group: Group
) -> None:
    """The closed form, factor by factor, of three different pictures."""
    mixed, below, above = (portraits(0, range(k, k + 3), 16).float() / 127.5 - 1 for k in (0, 5, 9))
    read = {name: readings(reader, p) for name, p in (("m", mixed), ("b", below), ("a", above))}
    owner = {"coarse": "b", "middle": "b" if group == "middle" else "a", "fine": "a"}
    styled = [f for f in READ_FACTORS if f.group in owner]
    expected = torch.zeros(3)
    for factor in styled:
        where = COLUMNS.slices[factor.name]
        apart = read["m"][:, where] - read[owner[factor.group]][:, where]
        expected += apart.square().sum(dim=1) / len(styled)
    measured = penalty(reader, mixed, below, above, group)
    torch.testing.assert_close(measured, expected.mean())
    assert measured > 0
    assert penalty(reader, below, below, below, group) == 0


def test_noise_is_to_move_what_chance_decides_alone(reader: LabelNetwork) -> None:
    """The closed form, factor by factor, of two different pictures."""
    one, other = (portraits(0, range(k, k + 3), 16).float() / 127.5 - 1 for k in (0, 5))
    apart = (readings(reader, one) - readings(reader, other)).square()
    styled = [COLUMNS.slices[f.name] for f in READ_FACTORS if f.group != "stochastic"]
    assert len(styled) < len(READ_FACTORS)
    expected = sum(apart[:, where].sum(dim=1) for where in styled) / len(styled)
    torch.testing.assert_close(noise_penalty(reader, one, other), expected.mean())
    assert noise_penalty(reader, one, one) == 0


def test_training_holds_noise_to_that(reader: LabelNetwork) -> None:
    """Beside the same steps without it: what noise moves by as much moves less of the readings."""
    images = portraits(0, range(8), 16)

    def after(config: TrainConfig) -> float:
        trainer = Trainer(replace(config, noise_spread=20.0), "cpu", reader)
        trained(trainer, images, 32, noise=0.1)
        with torch.no_grad():
            draws = trainer.forward.two_draws(256, None, trainer.stage, 16)
            return (noise_penalty(reader, *draws) / noise_spread(*draws) ** 2).item()

    assert after(CONFIG) < 0.8 * after(replace(CONFIG, style_roles_weight=0.0))


def test_training_lowers_it(reader: LabelNetwork) -> None:
    """Beside the same steps without it, from the same weights, on the same pictures."""
    images = portraits(0, range(8), 16)

    def after(config: TrainConfig) -> float:
        trainer = trained(Trainer(config, "cpu", reader), images, 32)
        with torch.no_grad():
            shown = trainer.forward.two_people(256, None, trainer.stage, 4)
            return penalty(reader, *shown, "coarse").item()

    assert after(CONFIG) < 0.8 * after(replace(CONFIG, style_roles_weight=0.0))
