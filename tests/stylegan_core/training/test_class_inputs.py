"""Models that are trained further on data with other classes keep all weights but the class's."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from stylegan_core import checkpoint
from stylegan_core.networks import ARCHITECTURES, progan
from stylegan_core.networks.progan import ProGANConfig
from stylegan_core.networks.stylegan1 import Generator, StyleGAN1Config
from stylegan_core.networks.stylegan2.config import StyleGAN2Config
from stylegan_core.training import run_setup
from stylegan_core.training.networks import load_weights
from tests.small_networks import randomised

SIZES: dict[str, Any] = {"fmap_base": 64, "fmap_max": 8, "z_dim": 8, "w_dim": 8}
STYLEGAN2 = StyleGAN2Config(
    resolution=16, channel_base=128, channel_max=8, z_dim=8, w_dim=8, mapping_width=8
)
CONFIGS: dict[str, Any] = {
    "stylegan1": StyleGAN1Config(resolution=16, mapping_width=8, mapping_depth=2, **SIZES),
    "progan": ProGANConfig(resolution=16, mapping_depth=0, **SIZES),
    "stylegan2": STYLEGAN2,
    "stylegan2, joined classes": replace(STYLEGAN2, labels="concat"),
    "stylegan2, without mapping": replace(STYLEGAN2, mapping_depth=0),
    "stylegan2, own discriminator": replace(
        STYLEGAN2, discriminator=replace(STYLEGAN2, channel_base=64)
    ),
}
CLASS_WEIGHTS = ("mapping_network.label", "mapping_network.embed.", "label_mapping.", "score.")
CHANGES = [(2, 3), (3, 2), (2, 0), (0, 3), (0, 2)]


def networks(name: str, classes: int, seed: int) -> tuple[Any, Any]:
    """Return a random generator and discriminator for a number of classes."""
    config = CONFIGS[name].with_classes(classes)
    architecture = ARCHITECTURES["stylegan2" if "stylegan2" in name else name]
    torch.manual_seed(seed)
    assert architecture.discriminator is not None
    return randomised(architecture.generator, config), randomised(
        architecture.discriminator, config
    )


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize(("before", "after"), CHANGES)
def test_all_weights_but_those_of_classes_are_kept(name: str, before: int, after: int) -> None:
    for old, new in zip(networks(name, before, 1), networks(name, after, 2), strict=True):
        load_weights(new, old)
        theirs, ours = old.state_dict(), new.state_dict()
        for key, weight in ours.items():
            if not key.startswith(CLASS_WEIGHTS) and weight.shape == theirs[key].shape:
                assert torch.equal(weight, theirs[key]), key
        c = torch.eye(after)[torch.tensor([0, 1])] if after else None
        if hasattr(new, "mapping"):
            assert torch.isfinite(new.mapping(torch.randn(2, new.z_dim), c)).all()
        else:
            assert new(torch.randn(2, 3, 16, 16), c).shape == (2, 1)


@pytest.mark.parametrize(
    "name", ["stylegan2", "stylegan2, without mapping", "stylegan2, own discriminator"]
)
def test_new_classes_add_nothing_at_first(name: str) -> None:
    """Where the latent is normalised by itself, every class begins with the old pictures."""
    (old, _), (new, _) = networks(name, 0, 1), networks(name, 3, 2)
    load_weights(new, old)
    z = torch.randn(3, 8)
    w_new, w_old = new.mapping(z, torch.eye(3)), old.mapping(z)
    images = [
        g.synthesis(w[:, None].expand(-1, g.num_layers, -1))
        for g, w in ((new, w_new), (old, w_old))
    ]
    torch.testing.assert_close(*images, atol=1e-4, rtol=1e-4)


def test_each_class_is_first_judged_as_all_were() -> None:
    (_, old), (_, new) = networks("progan", 0, 1), networks("progan", 3, 2)
    load_weights(new, old)
    images = torch.randn(3, 3, 16, 16)
    torch.testing.assert_close(new(images, torch.eye(3)), old(images))
    (_, two), (_, none) = networks("progan", 2, 1), networks("progan", 0, 2)
    load_weights(none, two)
    mean = (two(images, torch.eye(2)[[0, 0, 0]]) + two(images, torch.eye(2)[[1, 1, 1]])) / 2
    torch.testing.assert_close(none(images), mean)


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """Twelve pictures of three classes."""
    folder = tmp_path / "data"
    folder.mkdir()
    for i in range(12):
        Image.fromarray(np.full((16, 16, 3), 20 * i, np.uint8)).save(folder / f"{i}.png")
    labels = {"labels": [[f"{i}.png", i % 3] for i in range(12)]}
    (folder / "dataset.json").write_text(json.dumps(labels))
    return folder


@pytest.mark.parametrize("higher", [False, True], ids=["same size", "larger"])
@pytest.mark.parametrize(
    ("classes", "labels", "said"),
    [
        (2, "dataset.json", "has 2 classes, the data 3 classes"),
        (2, "none", "has 2 classes, the data no classes"),
        (0, "dataset.json", "has no classes, the data 3 classes"),
    ],
)
def test_a_run_says_so_before_pictures_are_prepared(
    tmp_path: Path, labelled: Path, classes: int, labels: str, said: str, higher: bool
) -> None:
    config = CONFIGS["stylegan1"].with_classes(classes)
    model = tmp_path / "model.safetensors"
    generator = randomised(Generator, config)
    checkpoint.save(model, generator, {}, progan.Discriminator(config))
    events: list[str] = []
    host = run_setup.Host(
        "cpu", say=events.append, count=lambda label, done, total: events.append(label)
    )
    changes: dict[str, Any] = {"data": str(labelled), "init_from": str(model)}
    changes["label_source"] = labels
    changes |= {"resolution": 32, "enlarge": True} if higher else {}
    run = run_setup.new_run(tmp_path / "run", "portraits-cpu", changes, host)
    told = next(i for i, event in enumerate(events) if said in event)
    assert "begin anew, all other weights are kept" in events[told]
    assert told < events.index("preparing pictures")
    assert not any("do not fit" in event or "different" in event for event in events)
    assert run.trainer.config.network.c_dim == run.dataset.c_dim
    kept = run.trainer.generator.state_dict()
    weights = (name for name in generator.state_dict() if name.startswith("synthesis_layers."))
    assert all(torch.equal(kept[name], generator.state_dict()[name]) for name in weights)
    batch = run.dataset.batch(0, 4, 0, mirror=False)
    run.trainer.prepare()
    run.trainer.step(batch.images, batch.labels)


def test_the_same_classes_are_not_mentioned(tmp_path: Path, labelled: Path) -> None:
    model = tmp_path / "model.safetensors"
    config = CONFIGS["stylegan1"].with_classes(3)
    checkpoint.save(model, randomised(Generator, config), {}, progan.Discriminator(config))
    said: list[str] = []
    changes = {"data": str(labelled), "init_from": str(model), "label_source": "dataset.json"}
    host = run_setup.Host("cpu", say=said.append)
    run_setup.new_run(tmp_path / "run", "portraits-cpu", changes, host)
    assert not any("anew" in text for text in said)
