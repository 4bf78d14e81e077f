"""Fixtures: a tiny model on disk, its renderer, an edit, a timeline, a worker, a training run."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, settings

from explorer.edit.edit import Edit, default_edit
from explorer.edit.model_info import ModelInfo
from explorer.edit.ops import with_mix, with_noise_seed, with_psi, with_walk
from explorer.edit.timeline import Keyframe, Timeline
from explorer.rendering.renderer import Renderer
from stylegan_core import checkpoint
from stylegan_core.data.dataset import open_dataset
from stylegan_core.networks.stylegan1 import Generator, StyleGAN1Config
from stylegan_core.training import loop
from stylegan_core.training.config import TrainConfig
from stylegan_core.training.run_folder import RunFolder
from stylegan_core.training.trainer import Trainer
from tests.explorer.bench import Bench
from tests.small_networks import make_generator

torch.set_num_threads(1)

# The time of an example depends on the machine, so there is no deadline.
settings.register_profile(
    "explorer", deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("explorer")


@pytest.fixture(scope="session")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "tiny.safetensors"
    checkpoint.save(path, make_generator(), {"name": "tiny"})
    return path


@pytest.fixture(scope="session")
def saved_generator(model_file: Path) -> Generator:
    generator = checkpoint.load(model_file)
    assert isinstance(generator, Generator)
    return generator


@pytest.fixture
def renderer(saved_generator: Generator, model_file: Path) -> Renderer:
    return Renderer(saved_generator, path=str(model_file))


@pytest.fixture
def model_info(renderer: Renderer) -> ModelInfo:
    return renderer.model_info


@pytest.fixture
def edit(model_info: ModelInfo) -> Edit:
    """An edit that is mixed, walked, truncated, and has noise of two seeds."""
    edit = with_mix(default_edit(model_info.num_layers), range(3, 6), 0.4)
    return with_noise_seed(with_walk(with_psi(edit, 0.9), 0, 0.3, -0.2), [6, 7], 11)


@pytest.fixture
def timeline(edit: Edit) -> Timeline:
    """A loop of one second between two edits."""
    other = with_noise_seed(with_mix(edit, range(8), 1.0), range(8), 5)
    return Timeline((Keyframe(edit, 0.5), Keyframe(other, 0.5, "linear")))


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    for model in bench.models:
        model.may_render.set()
    bench.worker.close()
    assert not bench.worker.is_alive()


# To 32 px: 1500 images at 8 px, then half of the fade to 16 px.
GROWING = TrainConfig(
    data="portraits:8",
    total_kimg=2,
    network=StyleGAN1Config(
        resolution=32,
        fmap_base=64,
        fmap_max=8,
        z_dim=8,
        w_dim=8,
        mapping_width=8,
        mapping_depth=2,
    ),
    start_resolution=8,
    phase_kimg=((4, 1.5),),
    fade_kimg=((4, 1),),
    batch=((4, 100),),
    snapshot_kimg=0.5,
    sample_kimg=1,
    log_kimg=0.1,
)


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that ended while it grew, with several snapshots."""
    path = tmp_path_factory.mktemp("runs") / "growing"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STYLEGAN_CACHE", str(tmp_path_factory.mktemp("cache")))
        data = open_dataset(GROWING.data, GROWING.resolution)
    trainer = Trainer(GROWING, "cpu")
    loop.run(trainer, data, RunFolder.create(path, GROWING, data))
    return path
