"""`stylegan generate`, `stylegan info` and `stylegan convert`."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import stylegan_core
from stylegan_core import checkpoint, picture, sampling
from stylegan_core.cli.generate import parse_noise, parse_seeds
from stylegan_core.errors import UserError
from stylegan_core.networks import progan
from stylegan_core.networks.inference.for_inference import for_inference
from stylegan_core.networks.stylegan1 import Generator
from tests.golden_files import FOREIGN
from tests.pixels import pixels
from tests.small_networks import make_generator, make_stylegan2, randomised
from tests.stylegan_core.cli.in_process import stylegan


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "tiny.safetensors"
    checkpoint.save(path, make_generator(), {"name": "tiny", "licence": "MIT"})
    return path


def test_generate_writes_a_picture_for_each_seed(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder"
    result = stylegan("generate", model, "--seeds", "0-1,7", "--out", out)
    assert result.returncode == 0, result.stderr
    names = sorted(path.name for path in out.iterdir())
    assert names == ["seed0000.png", "seed0001.png", "seed0007.png"]
    expected = picture.of_seed(checkpoint.load(model), 7)
    assert np.array_equal(pixels(out / "seed0007.png"), expected.permute(1, 2, 0).numpy())


def test_a_count_continues_where_it_stopped(model: Path, tmp_path: Path) -> None:
    assert stylegan("generate", model, "--count", 3, "--out", tmp_path).returncode == 0
    first, second = tmp_path / "seed0000.png", tmp_path / "seed0001.png"
    second.unlink()
    written = first.stat().st_mtime_ns
    partial = tmp_path / ".seed0003.0123abcd.partial.png"
    partial.write_bytes(b"half")
    assert stylegan("generate", model, "--count", 4, "--out", tmp_path).returncode == 0
    assert not partial.exists(), "a killed process left it"
    assert second.exists()
    assert (tmp_path / "seed0003.png").exists()
    assert first.stat().st_mtime_ns == written
    other = stylegan("generate", model, "--count", 4, "--psi", 1, "--out", tmp_path)
    assert (other.returncode, "other settings" in other.stderr) == (2, True)


def test_processes_share_a_count(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "test")
    monkeypatch.setenv("WORLD_SIZE", "2")
    for rank, expected in (("0", {0, 2}), ("1", {0, 1, 2, 3})):
        monkeypatch.setenv("RANK", rank)
        result = stylegan("generate", model, "--device=cpu", "--count", 4, "--out", tmp_path)
        assert result.returncode == 0, result.stderr
        assert {int(path.stem[4:]) for path in tmp_path.glob("*.png")} == expected


def test_info_is_text_for_people_and_json_for_scripts(model: Path) -> None:
    shown = stylegan("info", model)
    assert shown.returncode == 0
    assert "architecture: stylegan1" in shown.stdout
    description = json.loads(stylegan("info", model, "--json").stdout)
    assert description["config"]["resolution"] == 32
    assert description["parameters"] == {
        "generator": sum(weight.numel() for weight in make_generator().parameters())
    }


def test_stylegan_2_is_generated_and_described(tmp_path: Path) -> None:
    model, out = tmp_path / "two.safetensors", tmp_path / "out"
    checkpoint.save(model, make_stylegan2(), {"name": "two"})
    for noise in ("stored", "none", "4"):
        result = stylegan("generate", model, "--seeds", "3", "--noise", noise, "--out", out / noise)
        assert result.returncode == 0, result.stderr
        chosen = parse_noise(noise)
        expected = picture.of_seed(checkpoint.load(model), 3, noise=chosen).permute(1, 2, 0)
        ours = pixels(out / noise / "seed0003.png").astype(int)
        assert np.abs(ours - expected.numpy()).max() <= 1
    shown = stylegan("info", model)
    assert "architecture: stylegan2" in shown.stdout
    description = json.loads(stylegan("info", model, "--json").stdout)
    trained = sum(weight.numel() for weight in make_stylegan2().parameters())
    assert description["parameters"] == {"generator": trained}


@pytest.mark.parametrize("module", ["stylegan_core", "stylegan_core.cli"])
def test_the_command_can_be_run_as_a_module(module: str, tmp_path: Path) -> None:
    missing = tmp_path / "missing.safetensors"
    command = [sys.executable, "-m", module, "info", str(missing)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == f"Cannot read {missing}: No such file or directory.\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["info", "missing.safetensors"], "No such file"),
        (["generate", "missing.safetensors", "--seeds", "0", "--out", "x"], "No such file"),
        (["generate", "MODEL", "--seeds", "5-", "--out", "x"], "is not a list of seeds"),
        (["generate", "MODEL", "--seeds", "0", "--noise", "loud", "--out", "x"], "noise 'loud'"),
        (["generate", "MODEL", "--seeds", "0", "--class", "1", "--out", "x"], "no classes"),
        (["generate", "MODEL", "--seeds", "0", "--device", "abacus", "--out", "x"], "abacus"),
        (["generate", "MODEL", "--out", "x"], "--seeds"),
        (["generate", "MODEL", "--seeds", "0", "--count", "2", "--out", "x"], "either --seeds"),
        (["generate", "MODEL", "--count", "0", "--out", "x"], "--count"),
        (["generate", "MODEL", "--seeds", "0", "--device", "cpu:one", "--out", "x"], "cpu:one"),
        (["generate", "MODEL", "--seeds", "0", "--cutoff", "-1", "--out", "x"], "--cutoff"),
        (["generate", "MODEL", "--seeds", "0", "--psi", "nan", "--out", "x"], "--psi"),
        (["generate", "MODEL", "--seeds", "0", "--out", "MODEL"], "is a file"),
        (
            ["generate", "MODEL", "--seeds", str(2**32), "--seed-convention=official", "--out=x"],
            "official scripts",
        ),
        (["generate", "FOREIGN", "--seeds", str(2**32), "--out", "x"], "official scripts"),
        (["convert", "FOREIGN", "x"], "must end in .safetensors"),
        (["convert", "x", "y.safetensors"], "No such file"),
        (["dance"], "dance"),
    ],
)
def test_bad_input_is_one_sentence_and_code_2(
    model: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    paths = {"MODEL": str(model), "FOREIGN": str(FOREIGN), "x": str(tmp_path / "x")}
    result = stylegan(*(paths.get(argument, argument) for argument in arguments))
    assert result.returncode == 2
    assert message in result.stdout + result.stderr


def test_a_foreign_file_is_described_without_its_weights() -> None:
    shown = stylegan("info", FOREIGN)
    assert shown.returncode == 0
    for line in ("kind: StyleGAN 1, TensorFlow pickle", "resolution: 128", "bytes: 1,322,710"):
        assert line in shown.stdout
    description = json.loads(stylegan("info", FOREIGN, "--json").stdout)
    assert (description["architecture"], description["classes"]) == ("stylegan1", 0)
    assert "BY-NC" in description["licence"]


def test_a_foreign_file_generates_its_official_faces(tmp_path: Path) -> None:
    result = stylegan("generate", FOREIGN, "--seeds", "6", "--psi", "0.8", "--out", tmp_path)
    assert result.returncode == 0, result.stderr
    generator = for_inference(stylegan_core.load(FOREIGN))
    expected = picture.of_seed(generator, 6, 0.8, 8, convention="official")
    assert np.array_equal(pixels(tmp_path / "seed0006.png"), expected.permute(1, 2, 0).numpy())


def test_a_foreign_file_is_converted(tmp_path: Path) -> None:
    out = tmp_path / "new" / "model.safetensors"
    result = stylegan("convert", FOREIGN, out)
    assert result.returncode == 0, result.stderr
    assert "Left out: the generator before averaging" in result.stdout
    description = json.loads(stylegan("info", out, "--json").stdout)
    assert description["origin"]["file"] == FOREIGN.name
    assert set(description["parameters"]) == {"generator", "discriminator"}


def test_seeds_are_parsed() -> None:
    assert list(parse_seeds("0-2,7")) == [0, 1, 2, 7]
    for text in ("", "a", "3-1", "1,,2", "-1", "0-99999999999", "9" * 5000):
        with pytest.raises(UserError):
            parse_seeds(text)


def test_noise_is_parsed() -> None:
    assert [parse_noise(text) for text in ("stored", "official", "12")] == [
        "stored",
        "official",
        12,
    ]


@pytest.fixture(params=["stylegan1", "progan"])
def partly_grown(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A snapshot at 16 of 32 px, with three quarters of the last layers faded in."""
    generator: Generator | progan.Generator = make_generator()
    if request.param == "progan":
        config = progan.ProGANConfig(
            resolution=32, fmap_base=64, fmap_max=8, z_dim=8, w_dim=8, mapping_width=8
        )
        generator = randomised(progan.Generator, config)
    path = tmp_path / "half.safetensors"
    checkpoint.save(path, generator, {"training": {"kimg": 7, "lod": 1.25}})
    return path


def test_a_partly_grown_model_shows_its_size_in_use(partly_grown: Path, tmp_path: Path) -> None:
    result = stylegan("generate", partly_grown, "--seeds", "4", "--out", tmp_path)
    assert result.returncode == 0, result.stderr
    generator = checkpoint.load(partly_grown)
    z = sampling.latent(4, generator.z_dim).unsqueeze(0)
    ws = picture.broadcast(generator, generator.mapping(z), 0.7, 8)
    expected = generator.synthesis(ws, generator.stored_noise, 1.25)
    assert expected.shape[-1] == 16
    blocks = sampling.to_uint8(expected)[0].repeat_interleave(2, 1).repeat_interleave(2, 2)
    shown = pixels(tmp_path / "seed0004.png").astype(int)
    assert np.abs(shown - blocks.permute(1, 2, 0).numpy()).max() <= 1


def test_info_tells_how_far_a_model_has_grown(partly_grown: Path, model: Path) -> None:
    text = stylegan("info", partly_grown).stdout
    assert "resolution: 32\nclasses: 0\ngrown to: 16\nfaded in: 0.75\n" in text
    description = json.loads(stylegan("info", partly_grown, "--json").stdout)
    assert (description["grown_to"], description["faded_in"]) == (16, 0.75)
    assert "grown_to" not in json.loads(stylegan("info", model, "--json").stdout)
