"""Which form a convolution takes: measured once, remembered, and hardly visible."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from stylegan_core.networks.inference import faster_form as module
from stylegan_core.networks.inference import stylegan1, stylegan2, stylegan3
from stylegan_core.networks.inference.faster_form import NARROWEST, faster_form
from stylegan_core.networks.inference.for_inference import for_inference
from stylegan_core.networks.inference.minimal_filtering import F_4_3, NEAREST, TWO_F_4_2, Algorithm
from stylegan_core.networks.inference.tiled_convolution import TiledConvolution
from stylegan_core.networks.stylegan1 import StyleGAN1Config
from stylegan_core.networks.stylegan2.config import StyleGAN2Config
from tests.small_networks import STYLEGAN3_T, make_generator, make_stylegan2, make_stylegan3

WIDE = torch.ones(NARROWEST, NARROWEST, 3, 3)
STYLEGAN1 = StyleGAN1Config(32, fmap_max=16, z_dim=16, w_dim=16)
STYLEGAN2 = StyleGAN2Config(32, channel_max=16, z_dim=16, w_dim=16)
GENERATORS: dict[str, Any] = {
    "stylegan1": make_generator(STYLEGAN1),
    "stylegan2": make_stylegan2(STYLEGAN2),
    "stylegan3": make_stylegan3(STYLEGAN3_T),
}
MODULES = {"stylegan1": stylegan1, "stylegan2": stylegan2, "stylegan3": stylegan3}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a user who has never measured anything."""
    monkeypatch.setenv("STYLEGAN_CACHE", str(tmp_path))
    monkeypatch.setattr(module, "_remembered", {})
    return tmp_path


@pytest.fixture
def measurements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that grows by the name of the fastest form with each measurement."""
    made: list[str] = []

    def measured(weight: Tensor, size: int, algorithms: object) -> str:
        made.append("F(4, 3)")
        return made[-1]

    monkeypatch.setattr(module, "_measured", measured)
    return made


def start_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what the process remembers, so that only the file is left."""
    monkeypatch.setattr(module, "_remembered", {})


def test_a_form_is_measured_once(measurements: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        assert isinstance(faster_form(WIDE, 16), TiledConvolution)
    start_again(monkeypatch)
    assert isinstance(faster_form(WIDE, 16), TiledConvolution)
    assert len(measurements) == 1
    faster_form(WIDE, 32)
    assert len(measurements) == 2, "another size may have another form"


@pytest.mark.parametrize(
    "content", [b"", b"[1]", b'{"a": {', b'{"128 to 128 maps, 3 taps, 16 px": ["x"]}', b"\xff\x00"]
)
def test_a_damaged_file_is_measured_anew(
    content: bytes, measurements: list[str], monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    faster_form(WIDE, 16)
    (file,) = (cache / "convolutions").iterdir()
    file.write_bytes(content)
    start_again(monkeypatch)
    assert isinstance(faster_form(WIDE, 16), TiledConvolution)
    assert len(measurements) == 2
    assert json.loads(file.read_text())["128 to 128 maps, 3 taps, 16 px"] == "F(4, 3)"


def test_where_nothing_can_be_kept_the_process_remembers(
    measurements: list[str], monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    (cache / "file").touch()
    monkeypatch.setenv("STYLEGAN_CACHE", str(cache / "file"))
    for _ in range(2):
        assert isinstance(faster_form(WIDE, 16), TiledConvolution)
    assert len(measurements) == 1


@pytest.mark.parametrize("kernel", [3, 4])
def test_the_form_that_took_the_least_time_is_taken(
    kernel: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clock that stands still but for one form makes the others the fastest."""
    now, slow = 0.0, module.DIRECT
    run = TiledConvolution.__call__

    def tiled(self: TiledConvolution, x: Tensor) -> Tensor:
        nonlocal now
        now += 0 if slow == module.DIRECT else 1
        return run(self, x)

    def direct(weight: Tensor, x: Tensor) -> object:
        def run_slowly() -> None:
            nonlocal now
            now += 1 if slow == module.DIRECT else 0

        return run_slowly

    monkeypatch.setattr(module, "_CLOCK", lambda: now)
    monkeypatch.setattr(module, "_direct", direct)
    monkeypatch.setattr(TiledConvolution, "__call__", tiled)
    weight = torch.ones(NARROWEST, NARROWEST, kernel, kernel)
    assert faster_form(weight, 8, doubles=kernel == 4) is not None
    slow = "tiled"
    assert faster_form(weight, 4, doubles=kernel == 4) is None


def test_only_wide_layers_in_float32_are_measured(measurements: list[str]) -> None:
    assert faster_form(WIDE[1:], 16) is None
    assert faster_form(WIDE[:, 1:], 16) is None
    assert faster_form(WIDE.bfloat16(), 16) is None
    assert measurements == []


def test_a_measurement_names_a_form() -> None:
    threads = torch.get_num_threads()
    assert module._measured(WIDE, 8, module.PLAIN) in (module.DIRECT, *module.PLAIN)
    assert torch.get_num_threads() == threads


@pytest.mark.parametrize("doubling", [NEAREST, TWO_F_4_2], ids=["nearest", "two F(4, 2)"])
@pytest.mark.parametrize("version", MODULES)
def test_pictures_differ_by_less_than_half_a_grey_level(
    version: str, doubling: Algorithm, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = GENERATORS[version]

    def tiled(weight: Tensor, size: int, *, doubles: bool = False, padding: int = 1) -> Any:
        return TiledConvolution(doubling if doubles else F_4_3, weight, padding)

    direct = for_inference(generator)
    monkeypatch.setattr(MODULES[version], "faster_form", tiled)
    by_tiles = for_inference(generator)
    ws = torch.randn(3, generator.num_layers, generator.w_dim)
    expected = direct.synthesis(ws, direct.stored_noise)
    pictures = by_tiles.synthesis(ws, by_tiles.stored_noise)
    assert not torch.equal(pictures, expected), "another form has other roundings"
    assert (pictures - expected).abs().max() * 127.5 < 0.5
    if not direct.reduces:
        return
    no_noise = [None] * generator.num_layers
    quick, expected = (n.reduced(8).synthesis(ws, no_noise) for n in (by_tiles, direct))
    assert (quick - expected).abs().max() * 127.5 < 0.5
