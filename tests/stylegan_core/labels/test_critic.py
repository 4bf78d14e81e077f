"""The label critic: what it sees, and that its gradient restores missing variety."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from stylegan_core.data.portraits import portraits, sample_factors
from stylegan_core.labels.critic import LabelCritic, readings
from stylegan_core.labels.network import COLUMNS, targets
from stylegan_core.networks.stylegan1 import StyleGAN1Config
from stylegan_core.training.config import TrainConfig
from stylegan_core.training.label_critic import label_critic_loss
from stylegan_core.training.losses import LOSSES
from stylegan_core.training.trainer import Trainer
from tests.stylegan_core.training.small_trainers import frozen_reader

CONFIG = TrainConfig(
    data="portraits",
    network=StyleGAN1Config(resolution=16, fmap_max=8, z_dim=8, w_dim=8, mapping_width=8),
    start_resolution=16,
    phase_kimg=((4, 0.0),),
    fade_kimg=((4, 0.0),),
    batch=((4, 8),),
    label_critic_weight=1.0,
)


def true_readings(count: int) -> Tensor:
    """Readings of the first portraits, as a perfect label network would give them."""
    return targets(sample_factors(0, range(count)))


def test_the_critic_sees_the_spread_within_a_batch() -> None:
    """The same reading scores differently among different ones and among copies of itself."""
    torch.manual_seed(0)
    critic, varied = LabelCritic(), true_readings(8)
    alike = varied[:1].expand_as(varied)
    assert not torch.allclose(critic(varied)[0], critic(alike)[0])


def test_spread_is_measured_within_a_sample_s_group() -> None:
    """Sample i belongs to group i mod M, as in the minibatch standard deviation."""
    torch.manual_seed(0)
    critic, varied = LabelCritic(group_size=4), true_readings(8)
    scores = critic(varied)
    other_group = varied.clone()
    other_group[1::2] = true_readings(20)[12:16]
    assert torch.allclose(critic(other_group)[0::2], scores[0::2], atol=1e-6)
    assert not torch.allclose(critic(other_group)[1::2], scores[1::2])
    assert torch.allclose(critic(varied[0::2]), scores[0::2], atol=1e-6)


def test_structure_finer_than_16_px_is_not_seen() -> None:
    """Speckles that would change the label network's own readings leave the critic's alone."""
    images = portraits(0, range(2), 64).float() / 127.5 - 1
    squares = (torch.arange(64) % 2 * 2 - 1.0) * 0.5
    reader = frozen_reader()
    speckled = images + squares * squares.view(-1, 1)
    assert torch.allclose(readings(reader, images), readings(reader, speckled), atol=1e-4)
    assert not torch.allclose(reader.readings(images), reader.readings(speckled), atol=1e-2)


def test_a_trained_critic_pushes_a_narrow_pose_to_spread() -> None:
    torch.manual_seed(0)
    critic = LabelCritic()
    optimizer = torch.optim.Adam(critic.parameters(), lr=0.01)
    real = true_readings(16)
    fake = real.flip(0).clone()
    yaw = COLUMNS.slices["yaw_deg"]
    fake[:, yaw] = 0.1 * fake[:, yaw]
    for _ in range(60):
        optimizer.zero_grad()
        LOSSES["logistic"].discriminator(critic(real), critic(fake)).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    assert critic(real).mean() > critic(fake).mean()
    fake.requires_grad_()
    (gradient,) = torch.autograd.grad(LOSSES["logistic"].generator(critic(fake)), fake)
    assert (gradient[:, yaw] * fake[:, yaw]).sum() < 0  # a step down the gradient spreads the yaw


def test_the_loss_leaves_the_label_network_alone() -> None:
    reader, critic = frozen_reader(), LabelCritic()
    images = portraits(0, range(4), 32).float() / 127.5 - 1
    label_critic_loss(critic, reader, images, images.flip(3)).backward()  # type: ignore[no-untyped-call]
    assert all(weight.grad is None for weight in reader.parameters())
    assert all(weight.grad is not None for weight in critic.parameters())


@pytest.mark.parametrize("shared_pass", [True, False])
def test_the_critic_is_trained_with_and_without_a_shared_pass(shared_pass: bool) -> None:
    trainer = Trainer(replace(CONFIG, shared_pass=shared_pass), "cpu", frozen_reader())
    assert trainer.discriminators.label_critic is not None
    before = [weight.clone() for weight in trainer.discriminators.label_critic.parameters()]
    trainer.prepare()
    trainer.step(portraits(0, range(8), 16))
    assert not any(map(torch.equal, before, trainer.discriminators.label_critic.parameters()))


def test_a_resumed_run_with_a_critic_has_the_same_bits() -> None:
    images = portraits(0, range(8), 16)
    runs = [Trainer(CONFIG, "cpu", frozen_reader()) for _ in range(2)]
    for trainer in runs:
        trainer.prepare()
        trainer.step(images)
    resumed = Trainer(CONFIG, "cpu", frozen_reader())
    resumed.load_state(runs[0].state())
    for trainer in (resumed, runs[1]):
        trainer.prepare()
        trainer.step(images)
    pairs = zip(resumed.generator.parameters(), runs[1].generator.parameters(), strict=True)
    assert all(torch.equal(ours, theirs) for ours, theirs in pairs)
