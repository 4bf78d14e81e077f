"""`stylegan card` writes its results into the header, onto the page and as pictures."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stylegan_core import checkpoint
from stylegan_core.card import read_card
from stylegan_core.cli.card import card, kimg_before, training_info
from stylegan_core.errors import UserError
from stylegan_core.networks.stylegan1 import Discriminator, Generator, StyleGAN1Config
from stylegan_core.training.config import TrainConfig
from stylegan_core.training.config_json import with_values
from tests.pixels import pixels
from tests.small_networks import TINY

pytestmark = pytest.mark.slow

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
    entries = {"name": "run", "licence": "MIT", "training": {"kimg": 1.0, "config": CONFIG}}
    log = [(0.2, 100), (0.4, 230), (0.6, 40), (1.0, 3500), (1.2, 3700)]  # interrupted once
    snapshot.parent.mkdir(parents=True)
    (folder / "run" / "log.jsonl").write_text(
        "".join(f'{{"kimg": {kimg}, "seconds": {seconds}}}\n' for kimg, seconds in log) + '{"ki'
    )
    checkpoint.save(snapshot, tiny_generator, entries, tiny_discriminator)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STYLEGAN_CACHE", str(folder / "cache"))
        (folder / "faces").mkdir()
        patch.chdir(folder / "faces")
        card(
            snapshot,
            out=Path("."),  # named as its folder
            images=12,
            reader_images=64,
            device="cpu",
            hardware="a toaster",
            licence="CC0",
        )
    return folder / "faces"


def test_results_are_in_the_header(carded: Path) -> None:
    entries = read_card(carded.with_suffix(".safetensors"))
    assert (entries["name"], entries["licence"]) == ("faces", "CC0")
    added = {"time": "1:02:10", "hardware": "a toaster"}
    assert entries["training"] == {"kimg": 1.0, "config": CONFIG, **added}
    quality = entries["quality"]
    assert quality["images"] == 12
    assert set(quality["swd"]) == set(quality["swd_real_against_real"]) == {"32", "16"}
    assert quality["swd"]["32"] > quality["swd_real_against_real"]["32"] > 0
    assert set(quality["mixing_shares"]["yaw_deg"]) == {"coarse", "middle", "fine"}
    assert quality["noise_pixels"] > 0
    assert quality["chance_pixels"] > 0


def test_the_page_tells_how_the_model_was_trained(carded: Path) -> None:
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


def test_training_of_earlier_models_is_added_up(tmp_path: Path) -> None:
    """One after the other, up to a file that is gone; their folders are not mentioned."""
    names = [str(tmp_path / f"{letter}.safetensors") for letter in "abc"]
    for kimg, (name, origin) in enumerate(zip(names, ["gone", *names], strict=False), 1):
        training = {"kimg": 10.0**kimg, "config": {"init_from": origin}}
        checkpoint.save(Path(name), Generator(TINY), {"training": training})
    last = {"kimg": 7.0, "config": {"init_from": names[-1], "seed": 0}}
    info = training_info(tmp_path / "model.safetensors", {"training": last}, note="grown", x="")
    expected = {"init_from": "c.safetensors", "seed": 0}
    assert info == {"kimg": 7.0, "kimg_before": 1110.0, "config": expected, "note": "grown"}
    assert kimg_before(info) == 1110.0
    itself = {"kimg": 5.0, "config": {"init_from": names[0]}}
    checkpoint.save(Path(names[0]), Generator(TINY), {"training": itself})
    assert kimg_before(last) == 1105.0


def test_both_networks_are_kept(carded: Path, tiny_generator: Generator) -> None:
    path = carded.with_suffix(".safetensors")
    center, expected = checkpoint.load(path).w_avg(), tiny_generator.w_avg()
    assert center is not None
    assert expected is not None
    assert center.equal(expected)
    assert isinstance(checkpoint.load_discriminator(path), Discriminator)


def test_every_picture_of_the_page_is_written(carded: Path) -> None:
    page = (carded / "card.md").read_text(encoding="utf-8")
    names = {name.split(")")[0] for name in page.split("](")[1:]}
    assert "samples.png" in names
    assert len(names) == 7
    for name in names:
        assert pixels(carded / name).shape[1] > 100


@pytest.mark.parametrize(
    ("config", "entries", "options", "message"),
    [
        (TINY, {"data": "photos.zip"}, {}, "trained on photos.zip"),
        (replace(TINY, c_dim=3), {}, {}, "has classes"),
        (TINY, {"training": {"lod": 0.5}}, {}, f"not grown to its {TINY.resolution} px"),
        (TINY, {}, {"images": 1}, "--images"),
        (TINY, {}, {"reader_images": 63}, "--reader-images"),
    ],
)
def test_models_that_cannot_be_measured_are_refused_at_once(
    tmp_path: Path,
    config: StyleGAN1Config,
    entries: dict[str, Any],
    options: dict[str, int],
    message: str,
) -> None:
    model = tmp_path / "model.safetensors"
    checkpoint.save(model, Generator(config), entries)
    with pytest.raises(UserError, match=message):
        card(model, out=tmp_path / "out", device="cpu", **options)  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()
