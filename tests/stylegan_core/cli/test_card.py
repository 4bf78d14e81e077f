"""`stylegan card`: what it measures ends up in the header, on the page and in pictures."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from stylegan_core import checkpoint
from stylegan_core.card import read_card
from stylegan_core.cli.card import card, kimg_before, training_facts
from stylegan_core.errors import UserError
from stylegan_core.metrics.report import card_page
from stylegan_core.networks.stylegan1 import Discriminator, Generator, StyleGAN1Config
from stylegan_core.training.config import TrainConfig, with_values
from tests.conftest import TINY

CHANGES = {"architecture": "stylegan2", "start_resolution": 1024, "channel_max": 64}
CONFIG = with_values(TrainConfig(), {**CHANGES, "data": "a | b", "r1_gamma": 5}).to_json()


@pytest.fixture(scope="module")
def carded(
    tmp_path_factory: pytest.TempPathFactory,
    tiny_generator: Generator,
    tiny_discriminator: Discriminator,
) -> Path:
    folder = tmp_path_factory.mktemp("card")
    snapshot = folder / "run" / "snapshots" / "000001.safetensors"
    facts = {"name": "run", "licence": "MIT", "training": {"kimg": 1.0, "config": CONFIG}}
    log = [(0.2, 100), (0.4, 230), (0.6, 40), (1.0, 3500), (1.2, 3700)]  # stopped once, went on
    snapshot.parent.mkdir(parents=True)
    (folder / "run" / "log.jsonl").write_text(
        "".join(f'{{"kimg": {kimg}, "seconds": {seconds}}}\n' for kimg, seconds in log) + '{"ki'
    )
    checkpoint.save(snapshot, tiny_generator, facts, tiny_discriminator)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STYLEGAN_CACHE", str(folder / "cache"))
        (folder / "faces").mkdir()
        patch.chdir(folder / "faces")
        card(
            snapshot,
            out=Path("."),  # the name of the folder is the model's
            images=12,
            reader_images=64,
            device="cpu",
            hardware="a toaster",
            licence="CC0",
        )
    return folder / "faces"


def test_measures_are_in_the_header(carded: Path) -> None:
    facts = read_card(carded.with_suffix(".safetensors"))
    assert (facts["name"], facts["licence"]) == ("faces", "CC0")
    told = {"time": "1:02:10", "hardware": "a toaster"}
    assert facts["training"] == {"kimg": 1.0, "config": CONFIG, **told}
    quality = facts["quality"]
    assert quality["images"] == 12
    assert set(quality["swd"]) == set(quality["swd_real_against_real"]) == {"32", "16"}
    assert quality["swd"]["32"] > quality["swd_real_against_real"]["32"] > 0
    assert set(quality["mixing_shares"]["yaw_deg"]) == {"coarse", "middle", "fine"}
    assert quality["noise_pixels"] > 0
    assert quality["chance_pixels"] > 0


def test_the_page_tells_how_it_was_trained(carded: Path) -> None:
    lines = (carded / "card.md").read_text(encoding="utf-8").splitlines()
    assert {"| hardware | a toaster |", "| time | 1:02:10 |", "| kimg | 1.0 |"} <= set(lines)
    table = lines[lines.index("| setting | value |") + 2 :]
    rows = table[: table.index("")]
    assert set(rows) == {
        '| architecture | "stylegan2" |',
        '| data | "a \\| b" |',
        "| channel_base | 16384 |",
        "| channel_max | 64 |",
        "| r1_gamma | [[4, 5.0]] |",
        "| start_resolution | 1024 |",
    }


def test_the_models_that_a_run_began_with_count(tmp_path: Path) -> None:
    """One after the other, up to a file that is gone; of their folders nothing is told."""
    names = [str(tmp_path / f"{letter}.safetensors") for letter in "abc"]
    for kimg, (name, origin) in enumerate(zip(names, ["gone", *names], strict=False), 1):
        training = {"kimg": 10.0**kimg, "config": {"init_from": origin}}
        checkpoint.save(Path(name), Generator(TINY), {"training": training})
    last = {"kimg": 7.0, "config": {"init_from": names[-1], "seed": 0}}
    told = training_facts(tmp_path / "model.safetensors", {"training": last}, note="grown", x="")
    expected = {"init_from": "c.safetensors", "seed": 0}
    assert told == {"kimg": 7.0, "kimg_before": 1110.0, "config": expected, "note": "grown"}
    assert kimg_before(told) == 1110.0
    itself = {"kimg": 5.0, "config": {"init_from": names[0]}}
    checkpoint.save(Path(names[0]), Generator(TINY), {"training": itself})
    assert kimg_before(last) == 1105.0


def test_networks_come_along(carded: Path, tiny_generator: Generator) -> None:
    path = carded.with_suffix(".safetensors")
    assert checkpoint.load(path).w_avg().equal(tiny_generator.w_avg())
    assert isinstance(checkpoint.load_discriminator(path), Discriminator)


def test_every_picture_of_the_page_is_there(carded: Path) -> None:
    page = (carded / "card.md").read_text(encoding="utf-8")
    shown = {name.split(")")[0] for name in page.split("](")[1:]}
    assert "samples.png" in shown
    assert len(shown) == 7
    for name in shown:
        with Image.open(carded / name) as picture:
            assert picture.width > 100


@pytest.mark.parametrize(
    ("config", "facts", "options", "named"),
    [
        (TINY, {"data": "photos.zip"}, {}, "trained on photos.zip"),
        (replace(TINY, c_dim=3), {}, {}, "has classes"),
        (TINY, {"training": {"lod": 0.5}}, {}, f"not grown to its {TINY.resolution} px"),
        (TINY, {}, {"images": 1}, "--images"),
        (TINY, {}, {"reader_images": 63}, "--reader-images"),
    ],
)
def test_what_cannot_be_measured_is_refused_at_once(
    tmp_path: Path,
    config: StyleGAN1Config,
    facts: dict[str, Any],
    options: dict[str, int],
    named: str,
) -> None:
    model = tmp_path / "model.safetensors"
    checkpoint.save(model, Generator(config), facts)
    with pytest.raises(UserError, match=named):
        card(model, out=tmp_path / "out", device="cpu", **options)
    assert not (tmp_path / "out").exists()


def test_poorly_read_factors_are_left_out() -> None:
    names = ("yaw_deg", "smile")
    shares = {"coarse": 0.9, "middle": 0.1, "fine": 0.0}
    quality = {
        "images": 5,
        "swd": {"64": 2.0},
        "swd_real_against_real": {"64": 1.0},
        "reliability": {"yaw_deg": 0.9, "smile": 0.1},
        "mixing_shares": dict.fromkeys(names, shares),
        "noise_pixels": 3.0,
        "noise_factors": dict.fromkeys((*names, "hat"), 0.25),  # nobody in the data wears one
        "chance_pixels": 4.0,
        "chance_factors": dict.fromkeys((*names, "hat"), 0.125),
    }
    page = card_page(
        {"name": "x", "architecture": "stylegan1", "config": {"resolution": 64}, "quality": quality}
    )
    assert "| yaw_deg | coarse | 0.90 | 0.10 | 0.00 |" in page
    assert "| a pixel | 3.0 | 4.0 |\n| yaw_deg | 0.25 | 0.12 |\n\n" in page
    assert "smile" not in page
