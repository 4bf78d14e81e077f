"""The random inputs of a training step, and their division among processes."""

import pytest
import torch

from stylegan_core.errors import UserError
from stylegan_core.networks import ops
from stylegan_core.training.config import TrainConfig
from stylegan_core.training.config_json import with_values
from stylegan_core.training.distributed import ALONE, Ranks
from stylegan_core.training.inputs import Inputs
from stylegan_core.training.passes import TrainingPasses
from stylegan_core.training.schedule import phase_at

CPU = torch.device("cpu")


def mixed(n: int, layers: int, prob: float) -> torch.Tensor:
    """Return 1 where a layer takes the second latent, 0 elsewhere: [n, layers]."""
    inputs = Inputs(0, 4, CPU, ALONE)
    return inputs.mixed(n, torch.zeros(n, 8), torch.ones(n, 8), layers, prob)[:, :, 0]


def test_mixing_swaps_the_styles_from_a_crossover_upwards() -> None:
    crossovers = mixed(200, layers=6, prob=1.0)
    assert (crossovers.diff(dim=1) >= 0).all()
    assert set((6 - crossovers.sum(dim=1)).tolist()) == {1, 2, 3, 4, 5}


def test_mixing_has_the_given_probability() -> None:
    assert not mixed(50, layers=4, prob=0.0).any()
    share = mixed(4000, layers=2, prob=0.9)[:, 1].mean()
    assert 0.88 < share < 0.92


def test_a_single_row_is_never_mixed() -> None:
    assert not mixed(50, layers=1, prob=1.0).any()


@pytest.mark.parametrize("size", [1, 2, 4])
def test_processes_draw_shares_of_the_same_batch(size: int) -> None:
    whole = Inputs(7, 4, CPU, ALONE).normal(16, 3)
    shares = [Inputs(7, 4, CPU, Ranks(rank, size)).normal(16, 3) for rank in range(size)]
    for rank, share in enumerate(shares):
        assert torch.equal(share, whole[Ranks(rank, size).positions(16, 4)])
    assert sum(map(len, shares)) == 16


def test_processes_augment_their_shares_as_one_process_does() -> None:
    """A discriminator that returns its input shows what it was given."""
    config = TrainConfig(ada_target=0.6)
    images = torch.rand(16, 3, 16, 16) * 2 - 1

    def shown(ranks: Ranks, reals: torch.Tensor) -> torch.Tensor:
        forward = TrainingPasses(config, None, lambda seen, c, lod: seen.flatten(1), CPU, ranks)
        assert forward.ada is not None
        forward.ada.p.fill_(0.8)
        return forward.scores(reals, None, phase_at(config, 0))

    whole = shown(ALONE, images)
    assert (whole - images.flatten(1)).abs().mean() > 0.1, "nothing was augmented"
    for rank in (0, 1):
        ranks = Ranks(rank, 2)
        share = ranks.positions(16, config.network.mbstd_group_size)
        torch.testing.assert_close(shown(ranks, images[share]), whole[share])


@pytest.mark.parametrize(("batch", "group"), [(16, 4), (24, 4), (8, 2), (12, 6)])
def test_processes_keep_the_groups_of_the_minibatch_deviation_together(
    batch: int, group: int
) -> None:
    """The discriminator appends the same statistic to a share as to the whole batch."""
    x = torch.randn(batch, 6, 4, 4)
    whole = ops.minibatch_stddev(x, group)[:, -1]
    for rank in (0, 1):
        share = Ranks(rank, 2).positions(batch, group)
        torch.testing.assert_close(ops.minibatch_stddev(x[share], group)[:, -1], whole[share])


@pytest.mark.parametrize(
    ("processes", "batch", "group"),
    [(2, 12, 4), (4, 6, 4), (8, 8, 4), (8, 2, 4), (3, 8, 1)],
)
def test_an_indivisible_batch_is_refused_with_sizes_that_work(
    processes: int, batch: int, group: int
) -> None:
    with pytest.raises(UserError, match=f"multiples of {processes * group},"):
        Ranks(0, processes).positions(batch, group)
    for whole in (1, 2, 5):
        batch = whole * processes * group
        assert len(Ranks(0, processes).positions(batch, group)) == whole * group


def test_a_batch_that_is_one_group_needs_one_process() -> None:
    with pytest.raises(UserError, match="Train with one process, or set mbstd_group_size"):
        Ranks(0, 2).positions(32, None)


@pytest.mark.parametrize(
    ("changes", "group"),
    [
        ({}, 4),
        ({"mbstd_group_size": 0}, 1),
        ({"mbstd_group_size": 0, "label_critic_weight": 1}, None),
        ({"architecture": "stylegan2", "mbstd_group_size": None}, None),
        ({"architecture": "stylegan2", "mbstd_features": 0}, 1),
        ({"architecture": "stylegan2", "mbstd_features": 0, "label_critic_weight": 1}, 4),
    ],
)
def test_the_group_size_is_one_where_no_network_compares_samples(
    changes: dict[str, object], group: int | None
) -> None:
    config = with_values(TrainConfig(), {"start_resolution": 1024, **changes})
    assert config.group_size == group
