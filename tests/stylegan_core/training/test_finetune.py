"""A new run that begins with the weights of a model, grown up or not."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from stylegan_core import checkpoint, importers
from stylegan_core.errors import UserError
from stylegan_core.networks import fir, progan, stylegan2
from stylegan_core.networks.stylegan1 import Generator, StyleGAN1Config
from stylegan_core.networks.stylegan2.config import StyleGAN2Config
from stylegan_core.training import run_setup
from stylegan_core.training.config import TrainConfig, with_values
from stylegan_core.training.distributed import Ranks
from stylegan_core.training.schedule import phase_at
from stylegan_core.training.trainer import Trainer
from tests.small_networks import randomised

GOLDEN = Path(__file__).parents[2] / "golden"
SIZES: dict[str, Any] = {
    "resolution": 16,
    "fmap_base": 64,
    "fmap_max": 8,
    "z_dim": 8,
    "w_dim": 8,
    "mapping_width": 8,
    "mapping_depth": 2,
}
CONFIGS = {"stylegan1": StyleGAN1Config(**SIZES), "progan": progan.ProGANConfig(**SIZES)}
GENERATORS = {"stylegan1": Generator, "progan": progan.Generator}


def begun(
    pictures: Path, folder: Path, kind: str, lod: float, **changes: Any
) -> tuple[run_setup.Run, str]:
    """A run begun with a snapshot of its kind at a level of detail, and what was said."""
    snapshot, said = folder / "half.safetensors", []
    config: Any = CONFIGS[kind]
    generator = randomised(GENERATORS[kind], config)
    discriminator = progan.Discriminator(config)
    checkpoint.save(snapshot, generator, {"training": {"lod": lod}}, discriminator)
    host = run_setup.Host("cpu", say=said.append)
    wanted = {"data": str(pictures), "init_from": str(snapshot), **changes}
    run = run_setup.begin(folder / "run", "portraits-cpu", wanted, host)
    return run, "\n".join(said)


@pytest.mark.parametrize("kind", CONFIGS)
@pytest.mark.parametrize(("lod", "size"), [(0.5, 8), (1.0, 8), (1.25, 4), (2, 4)])
def test_a_half_grown_model_grows_on(
    kind: str, lod: float, size: int, pictures: Path, tmp_path: Path
) -> None:
    """From the last resolution that it has wholly; the one that was fading in fades in again."""
    run, said = begun(pictures, tmp_path, kind, lod)
    config = run.trainer.config
    assert (config.start_resolution, config.resolution) == (size, 16)
    assert phase_at(config, 0).resolution == size
    assert f"half.safetensors has grown to {size} of 16 px: training grows on" in said


@pytest.mark.parametrize(
    "change", [{"mapping_depth": 1}, {"latent_input": True}, {"noise_inputs": False}]
)
@pytest.mark.parametrize("resolution", [16, 32])
def test_weights_that_do_not_fit_are_refused_at_a_higher_resolution_too(
    change: dict[str, Any], resolution: int, pictures: Path, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=r"half\.safetensors do not fit the settings"):
        begun(pictures, tmp_path, "stylegan1", 0, resolution=resolution, enlarge=True, **change)
    assert not (tmp_path / "run").exists()


def test_another_architecture_is_refused_at_a_higher_resolution_too(
    pictures: Path, tmp_path: Path
) -> None:
    wanted = {"architecture": "progan", "resolution": 32, "enlarge": True, "growth_fit_steps": 0}
    with pytest.raises(UserError, match="do not fit the settings"):
        begun(pictures, tmp_path, "stylegan1", 0, **wanted)


def test_settings_that_change_what_the_weights_mean_are_told(
    pictures: Path, tmp_path: Path
) -> None:
    changes = {"mapping_lr_multiplier": 0.5, "blur": False, "mbstd_group_size": 2}
    _, said = begun(pictures, tmp_path / "a", "stylegan1", 0, **changes)
    assert "made with other mapping_lr_multiplier, blur: its pictures are not the same" in said
    _, said = begun(pictures, tmp_path / "b", "stylegan1", 0, resolution=32, enlarge=True)
    assert "made with other" not in said


def test_a_grown_model_begins_with_its_full_resolution(pictures: Path, tmp_path: Path) -> None:
    run, said = begun(pictures, tmp_path, "stylegan1", 0)
    assert run.trainer.config.start_resolution == 16
    assert "grown" not in said


def test_a_schedule_that_skips_what_is_not_there_yet_is_warned_of(
    pictures: Path, tmp_path: Path
) -> None:
    run, said = begun(pictures, tmp_path, "stylegan1", 1.5, start_resolution=16)
    assert run.trainer.config.start_resolution == 16
    assert "has grown to 4 of 16 px only" in said
    assert "leave that setting out" in said


def test_a_schedule_that_begins_lower_is_taken(pictures: Path, tmp_path: Path) -> None:
    run, said = begun(pictures, tmp_path, "stylegan1", 1.0, start_resolution=4)
    assert run.trainer.config.start_resolution == 4
    assert "training grows on from 4 px" in said


@pytest.mark.parametrize(("lod", "size"), [(0, 16), (0.5, 8)])
@pytest.mark.parametrize("kind", CONFIGS)
def test_a_model_grows_on_to_a_higher_resolution(
    kind: str, lod: float, size: int, pictures: Path, tmp_path: Path
) -> None:
    run, said = begun(pictures, tmp_path, kind, lod, resolution=32, enlarge=True)
    config, trainer = run.trainer.config, run.trainer
    assert (config.start_resolution, config.resolution) == (size, 32)
    assert f"has grown to {size} of 32 px: training grows on from {size} px" in said
    before, higher = checkpoint.load(tmp_path / "half.safetensors"), int(lod > 0) + 1.0
    w = torch.randn(2, 8)
    for mine in (trainer.generator, trainer.generator_ema):
        mine.to(memory_format=torch.contiguous_format)  # as the other one: sums in the same order
        ws = w.unsqueeze(1).expand(-1, mine.num_layers, -1)
        image = mine.synthesis(ws, None, higher)
        torch.testing.assert_close(
            image, before.synthesis(ws[:, : before.num_layers], None, higher - 1)
        )
    theirs = checkpoint.load_discriminator(tmp_path / "half.safetensors")
    image = torch.randn(4, 3, size, size)
    scores = trainer.discriminator(image, None, higher), theirs(image, None, higher - 1)
    torch.testing.assert_close(*scores)


def second(path: Path, **sizes: Any) -> stylegan2.Generator:
    """A snapshot of a StyleGAN 2 of 16 px with its discriminator; returns the generator."""
    shared = {"z_dim": 8, "w_dim": 8, "mapping_width": 8, "mapping_depth": 2}
    config = StyleGAN2Config(resolution=16, channel_base=128, channel_max=8, **shared, **sizes)
    generator = randomised(stylegan2.Generator, config)
    checkpoint.save(path, generator, {}, stylegan2.Discriminator(config))
    return generator


def test_a_stylegan2_goes_on_at_a_higher_resolution(pictures: Path, tmp_path: Path) -> None:
    """It shows the same pictures, enlarged: its new layers have nothing to add yet, but learn."""
    before, said = second(tmp_path / "half.safetensors"), list[str]()
    changes = {"data": str(pictures), "init_from": str(tmp_path / "half.safetensors")}
    changes |= {"resolution": 32, "enlarge": True, "batch": 4}
    host = run_setup.Host("cpu", say=said.append)
    run = run_setup.begin(tmp_path / "run", "stylegan2", changes, host)
    assert any("makes 16 px: its layers for 32 px begin with chance" in text for text in said)
    trainer, w = run.trainer, torch.randn(2, 8)
    trainer.prepare()
    wide = [w.unsqueeze(1).expand(-1, g.num_layers, -1) for g in (trainer.generator, before)]
    image = trainer.generator.synthesis(wide[0])
    enlarged = fir.upsample(before.synthesis(wide[1]), before.config.resample_filter)
    torch.testing.assert_close(image, enlarged)
    trainer.step(run.dataset.batch(0, 4, 0, mirror=False).images)
    assert not torch.equal(trainer.generator.synthesis(wide[0]), image)
    assert trainer.generator.to_rgb["32"].weight.any()


@pytest.mark.parametrize(
    ("resolution", "message"),
    [
        *((8, "makes pictures of 16 px.*not at 8"), (24, "power of two"), (4096, "resolution")),
        *(("abc", "must be a whole number, not 'abc'"), (True, "whole number"), (64.0, "whole")),
    ],
)
def test_a_resolution_that_does_not_continue_a_models_is_refused(
    resolution: object, message: str, pictures: Path, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=message):
        begun(pictures, tmp_path, "stylegan1", 0, resolution=resolution)


@pytest.mark.parametrize("wanted", [{}, {"freeze_generator_to": 8}])
def test_layers_that_came_trained_are_not_fitted_anew(
    wanted: dict[str, Any], pictures: Path, tmp_path: Path
) -> None:
    """What a model had before is kept where its training begins lower; what is new is fitted."""
    schedule = {"start_resolution": 4, "phase_kimg": 0.004, "fade_kimg": 0.004, "batch": 4}
    run, _ = begun(pictures, tmp_path, "stylegan1", 1.0, growth_fit_steps=2, **schedule, **wanted)
    trainer = Trainer(run.trainer.config, "cpu")
    trainer.load_state(run.trainer.state())
    for resolution, fits in ((8, False), (16, True)):
        layer = trainer.generator.synthesis_layers[2 * resolution.bit_length() - 6]
        before = layer.conv.weight.clone()
        while phase_at(trainer.config, trainer.images_seen).resolution < resolution:
            trainer.last_lod = trainer.prepare().lod
            trainer.images_seen += 4
        assert trainer.grow()
        assert torch.equal(layer.conv.weight, before) != fits


def test_a_model_that_uses_noise_keeps_it(pictures: Path, tmp_path: Path) -> None:
    for name, wanted, kimg in (("a", {}, 0), ("b", {"noise_from_kimg": 5}, 5)):
        run, _ = begun(pictures, tmp_path / name, "stylegan1", 1.0, **wanted)
        assert run.trainer.config.noise_from_kimg == kimg
    young = tmp_path / "young.safetensors"
    checkpoint.save(young, Generator(CONFIGS["stylegan1"]), {})
    changes = {"data": str(pictures), "init_from": str(young)}
    assert run_setup.new_config("portraits-cpu", changes).noise_from_kimg == 235


def test_a_run_resumed_before_its_first_state_begins_with_the_same_weights(
    pictures: Path, tmp_path: Path
) -> None:
    run, _ = begun(pictures, tmp_path, "stylegan1", 1.0)
    again = run_setup.resume(tmp_path / "run", {}, run_setup.Host("cpu"))
    for part in ("generator", "discriminator", "generator_ema"):
        expected = getattr(run.trainer, part).state_dict()
        for name, value in getattr(again.trainer, part).state_dict().items():
            assert torch.equal(value, expected[name]), f"{part}.{name}"
    taken = checkpoint.load(tmp_path / "half.safetensors").state_dict()
    assert torch.equal(again.trainer.generator.const, taken["const"])


def test_another_model_to_begin_with_is_for_new_runs(pictures: Path, tmp_path: Path) -> None:
    begun(pictures, tmp_path, "stylegan1", 1.0)
    with pytest.raises(UserError, match="--from is for new runs"):
        run_setup.resume(tmp_path / "run", {"init_from": "other"}, run_setup.Host("cpu"))


@pytest.mark.parametrize("preset", ["config-a", "config-b", "config-f", "stylegan2"])
@pytest.mark.parametrize("depth", [None, 0])
def test_labels_come_with_any_preset_and_without_a_mapping_network(
    preset: str, depth: int | None, changing: Path, tmp_path: Path
) -> None:
    """Where there is none, W gets as wide as the latent and the class together."""
    narrow = {"channel_max": 8} if preset == "stylegan2" else {"fmap_max": 8}
    changes: dict[str, Any] = {"data": str(changing), "label_source": "folders", "resolution": 16}
    changes |= {"z_dim": 8, "w_dim": 8, "mapping_width": 8, "start_resolution": 16, **narrow}
    changes |= {} if depth is None else {"mapping_depth": depth}
    run = run_setup.begin(tmp_path / "run", preset, changes, run_setup.Host("cpu"))
    network = run.trainer.config.network
    assert (network.c_dim, run.dataset.c_dim) == (2, 2)
    assert network.w_dim == (8 if network.mapping_depth else 16)
    run.trainer.prepare()
    run.trainer.step(*run.dataset.batch(0, 4, 0, mirror=False))
    again = run_setup.resume(tmp_path / "run", {}, run_setup.Host("cpu"))
    assert again.trainer.config == run.trainer.config


def test_a_width_without_a_mapping_network_is_told_in_numbers() -> None:
    for kind in ("progan", "stylegan1", "stylegan2"):
        changes = {"architecture": kind, "mapping_depth": 0, "z_dim": 8, "w_dim": 12}
        with pytest.raises(UserError, match="w_dim must be 8, not 12"):
            with_values(TrainConfig(), {**changes, "start_resolution": 1024})


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("pkl/sg1_tiny128_proto4.pkl", "stylegan1"),
        ("pkl/sg2ada_skip64_torch213.pkl", "stylegan2"),
        ("pkl/sg2tf_skip64.pkl", "stylegan2"),
        ("weights/sg1_rosinality.pt", "stylegan1"),
    ],
)
def test_models_of_others_are_trained_on(
    name: str, kind: str, pictures: Path, tmp_path: Path
) -> None:
    original = GOLDEN / name
    changes = {"data": str(pictures), "init_from": str(original), "enlarge": True, "batch": 4}
    run = run_setup.begin(tmp_path / "run", "portraits-cpu", changes, run_setup.Host("cpu"))
    assert run.trainer.config.architecture == kind
    taken = zip(importers.load_all(original), ("generator", "discriminator"), strict=True)
    for network, part in taken:
        mine = getattr(run.trainer, part).state_dict()
        for key, value in ({} if network is None else network.state_dict()).items():
            assert torch.equal(value, mine[key]), key
    run.trainer.prepare()
    run.trainer.step(run.dataset.batch(0, 4, 0, mirror=False).images)


def test_a_model_of_others_that_cannot_be_trained_is_refused(
    pictures: Path, tmp_path: Path
) -> None:
    changes = {"data": str(pictures), "init_from": str(GOLDEN / "pkl/sg3_r64_torch213.pkl")}
    with pytest.raises(UserError, match="cannot go on from a model of the kind stylegan3"):
        run_setup.begin(tmp_path / "run", "portraits-cpu", changes, run_setup.Host("cpu"))


@pytest.fixture
def changing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of pictures of two classes, whose cache can be lost."""
    monkeypatch.setenv("STYLEGAN_CACHE", str(tmp_path / "cache"))
    for k in range(10):
        path = tmp_path / "data" / "ab"[k % 2] / f"{k}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (16, 16), (20 * k, 0, 0)).save(path)
    return tmp_path / "data"


def change(changing: Path) -> None:
    shutil.rmtree(changing.parent / "cache")
    Image.new("RGB", (16, 16), "white").save(changing / "a" / "0.png")


def test_other_pictures_are_accepted_only_where_they_are_asked_for(
    changing: Path, tmp_path: Path
) -> None:
    begun(changing, tmp_path, "stylegan1", 1.0)
    path, cpu = tmp_path / "run", run_setup.Host("cpu")
    first = json.loads((path / "config.json").read_text())
    change(changing)
    with pytest.raises(UserError, match=first["data_fingerprint"]):
        run_setup.resume(path, {"total_kimg": 2}, cpu)
    assert json.loads((path / "config.json").read_text()) == first, "nothing is overwritten"
    run_setup.resume(path, {"data": str(changing)}, cpu)
    run_setup.resume(path, {}, cpu)
    assert (
        json.loads((path / "config.json").read_text())["data_fingerprint"]
        != first["data_fingerprint"]
    )


def test_the_folder_keeps_what_each_session_was_asked(pictures: Path, tmp_path: Path) -> None:
    begun(pictures, tmp_path, "stylegan1", 1.0, seed=4)
    run_setup.resume(tmp_path / "run", {"total_kimg": 2}, run_setup.Host("cpu"))
    facts = json.loads((tmp_path / "run" / "config.json").read_text())
    first, second = facts["sessions"]
    assert (first["kimg"], first["device"], first["processes"]) == (0, "cpu", 1)
    assert (first["changes"]["preset"], first["changes"]["seed"]) == ("portraits-cpu", 4)
    assert second["changes"] == {"total_kimg": 2}
    assert second["versions"]["torch"] == torch.__version__
    content = (tmp_path / "half.safetensors").read_bytes()
    assert facts["init_from_sha256"] == hashlib.sha256(content).hexdigest()


def test_what_a_killed_process_left_is_removed(pictures: Path, tmp_path: Path) -> None:
    begun(pictures, tmp_path, "stylegan1", 1.0)
    path = tmp_path / "run"
    left = [path / ".state.0123abcd.partial.pt", path / "samples/.000000.0123abcd.partial.png"]
    (path / "samples").mkdir()
    for file in left:
        file.write_text("half")
    run_setup.resume(path, {}, run_setup.Host("cpu"))
    assert not any(file.exists() for file in left)


def test_other_classes_are_one_sentence(changing: Path, tmp_path: Path) -> None:
    changes = {**SIZES, "data": str(changing), "label_source": "folders", "start_resolution": 8}
    run_setup.begin(tmp_path / "run", "config-f", changes, run_setup.Host("cpu"))
    with pytest.raises(UserError, match=r"with 2 classes.*'none' have 0"):
        run_setup.resume(tmp_path / "run", {"label_source": "none"}, run_setup.Host("cpu"))


class WithOneThatLacksThePictures(Ranks):
    """The leading process, as it hears of another one on a machine with another disk."""

    def any(self, flag: bool, device: torch.device) -> bool:
        return True


def test_processes_decide_together_where_the_pictures_come_from(
    pictures: Path, tmp_path: Path
) -> None:
    begun(pictures, tmp_path, "stylegan1", 1.0)
    said = list[str]()
    run_setup.resume(tmp_path / "run", {}, run_setup.Host("cpu", say=said.append))
    assert not any("11 pictures of" in text for text in said), "all have them"
    host = run_setup.Host("cpu", ranks=WithOneThatLacksThePictures(), say=said.append)
    run_setup.resume(tmp_path / "run", {}, host)
    assert any("11 pictures of" in text for text in said), "prepared by all"
