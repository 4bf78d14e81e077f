"""One step of training: real images, gradients, the average, and exact continuation."""

import copy
from dataclasses import replace
from typing import Any, NamedTuple

import pytest
import torch

from stylegan_core.data.dataset import ImageDataset
from stylegan_core.training.config_json import with_values
from stylegan_core.training.inputs import real_images
from stylegan_core.training.trainer import Trainer
from tests.stylegan_core.training.operations import Operations
from tests.stylegan_core.training.small_trainers import TINY, advance, weights

CPU = torch.device("cpu")


def test_real_images_at_full_resolution_lie_in_minus_one_to_one() -> None:
    images = torch.tensor([0, 255], dtype=torch.uint8).view(1, 1, 1, 2).expand(1, 3, 2, 2)

    torch.testing.assert_close(real_images(images, 0.0)[0, 0, 0], torch.tensor([-1.0, 1.0]))


def test_real_images_are_averaged_down_and_cross_faded() -> None:
    """Every phase of the fade has a closed form for one bright pixel."""
    images = torch.zeros(1, 3, 8, 8, dtype=torch.uint8)
    images[..., 0, 0] = 255

    half = real_images(images, 1.0) + 1  # [1, 3, 4, 4], black is 0
    fading = real_images(images, 1.25) + 1

    expected = torch.zeros(4, 4)
    expected[0, 0] = 2 / 4
    torch.testing.assert_close(half[0, 0], expected)
    expected[:2, :2] = 0.25 * 2 / 16
    expected[0, 0] += 0.75 * 2 / 4
    torch.testing.assert_close(fading[0, 0], expected)


STEPS = 30
RESUMED_AT = (1, 12, 25)  # at 8 px, within the fade, at 16 px


class Whole(NamedTuple):
    """A run of STEPS, and copies of its state on the way."""

    trainer: Trainer
    states: dict[int, dict[str, Any]]


@pytest.fixture(scope="module", params=[False, True], ids=["separate passes", "shared pass"])
def whole(request: pytest.FixtureRequest, data: ImageDataset) -> Whole:
    trainer = Trainer(replace(TINY, shared_pass=request.param), CPU)
    states = {}
    for steps in range(STEPS):
        if steps in RESUMED_AT:
            states[steps] = copy.deepcopy(trainer.state())
        advance(trainer, data, 1)
    return Whole(trainer, states)


@pytest.mark.parametrize("steps_before", RESUMED_AT)
def test_a_resumed_run_has_the_same_bits(
    data: ImageDataset, whole: Whole, steps_before: int
) -> None:
    second = Trainer(whole.trainer.config, CPU)
    second.load_state(whole.states[steps_before])
    advance(second, data, STEPS - steps_before)

    assert second.images_seen == whole.trainer.images_seen
    resumed = weights(second)
    for name, value in weights(whole.trainer).items():
        assert torch.equal(value, resumed[name]), name


def test_both_kinds_of_step_give_the_generator_the_same_gradient(
    data: ImageDataset,
) -> None:
    """With D held still, a shared pass moves G exactly as a separate step does."""
    config = replace(
        TINY, discriminator_lr=((4, 1e-30),), start_resolution=16, r1_gamma=((4, 0.0),)
    )
    separate, shared = Trainer(config, CPU), Trainer(replace(config, shared_pass=True), CPU)
    separate.prepare()
    shared.prepare()
    state = separate.passes.inputs.random.get_state()
    separate._step_generator(4, None)
    shared.passes.inputs.random.set_state(state)
    shared._step_together(real_images(data.batch(0, 4, 0, mirror=False).images, 0.0), None)

    gradients = {name: value.grad for name, value in shared.generator.named_parameters()}
    for name, value in separate.generator.named_parameters():
        torch.testing.assert_close(gradients[name], value.grad, msg=name)


def test_one_step_leaves_no_gradient_switched_off(data: ImageDataset) -> None:
    trainer = Trainer(TINY, CPU)
    advance(trainer, data, 1)

    assert all(weight.requires_grad for weight in trainer.discriminator.parameters())
    assert not any(weight.requires_grad for weight in trainer.generator_ema.parameters())


@pytest.mark.parametrize("shared", [False, True])
def test_a_step_neither_waits_for_the_device_nor_sends_it_numbers(
    data: ImageDataset, shared: bool
) -> None:
    """No tensor's value is read, none is made of Python numbers, and no tensor indexes another."""
    config = replace(TINY, ada_target=0.6, start_resolution=16, shared_pass=shared)
    trainer = Trainer(config, CPU)
    advance(trainer, data, 1)  # fills the caches
    images = data.batch(0, trainer.prepare().batch, 0, mirror=False).images
    with Operations() as operations:
        trainer.step(images)
    assert "convolution" in operations.names
    assert not operations.names & {"_local_scalar_dense", "lift_fresh", "index", "nonzero"}


def test_the_average_moves_half_way_in_one_half_life(data: ImageDataset) -> None:
    trainer = Trainer(replace(TINY, ema_half_life_kimg=0.008, ema_ramp=1e9), CPU)
    trainer.images_seen = 8
    assert trainer.prepare().batch == 8
    with torch.no_grad():
        trainer.generator.const += 1
    before = trainer.generator_ema.const.clone()

    trainer.step(data.batch(8, 8, 0, mirror=False).images)

    now = trainer.generator.const.detach()
    assert (now - before).abs().min() > 0.5
    torch.testing.assert_close(trainer.generator_ema.const, (before + now) / 2)


def test_the_centre_of_w_follows_the_mapping_network() -> None:
    trainer = Trainer(replace(TINY, w_avg_beta=0.0), CPU)
    trainer.prepare()
    state = trainer.passes.inputs.random.get_state()
    trainer.passes.fakes(8, None, trainer.phase)
    trainer.passes.inputs.random.set_state(state)
    z = torch.randn(8, 2, 8, generator=trainer.passes.inputs.random)[:, 0]

    expected = trainer.generator.mapping(z).mean(dim=0, keepdim=True)

    torch.testing.assert_close(trainer.generator.w_avg(), expected)


def test_training_learns_a_single_colour() -> None:
    """Steps move the pictures towards the data, here a plain orange."""
    config = with_values(
        TINY,
        {"start_resolution": 8, "resolution": 8, "lr_decay_kimg": 0, "r1_gamma": 1.0}
        | {"generator_lr": 1e-2, "discriminator_lr": 1e-2},
    )
    orange = torch.tensor([250, 140, 20], dtype=torch.uint8).view(1, 3, 1, 1).expand(8, 3, 8, 8)
    trainer = Trainer(config, CPU)

    @torch.no_grad()
    def distance() -> float:
        w = trainer.generator.mapping(torch.randn(64, 8))
        ws = w.unsqueeze(1).expand(-1, 4, -1)
        pictures = trainer.generator.synthesis(ws)
        return float((pictures - real_images(orange[:1], 0.0)).abs().mean())

    before = distance()
    for _ in range(60):
        trainer.prepare()
        trainer.step(orange)

    assert distance() < before / 2


@pytest.mark.parametrize(("resolution", "channels_last"), [(16, True), (256, False)])
def test_weights_have_the_faster_memory_format_for_a_cpu(
    resolution: int, channels_last: bool
) -> None:
    trainer = Trainer(with_values(TINY, {"resolution": resolution}), CPU)

    parameters = trainer.generator.parameters()
    kernels = [w for w in parameters if w.ndim == 4 and w.shape[1] > 1 and w.shape[2] == 3]

    assert kernels
    for kernel in kernels:
        assert kernel.is_contiguous(memory_format=torch.channels_last) == channels_last
