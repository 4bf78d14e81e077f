"""Commands on hostile files: one sentence, exit code 2, and nothing that a terminal would obey."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stylegan_core import checkpoint
from stylegan_core.card import CheckpointError, read_card
from stylegan_core.importers import is_foreign
from tests.golden_files import GOLDEN
from tests.hostile_files import HOSTILE_FILES
from tests.small_networks import make_generator
from tests.stylegan_core.cli.in_process import Result, stylegan

DATA = b"K\x18\x85\x94h0\x89C`"  # of one array of sg2tf_skip64.pkl: shape (24,), float32, 96 bytes
OBJECTS = b"\x8a\x08\0\0\0\x40\0\0\0\0\x85\x94cnumpy\ndtype\nX\x02\0\0\0O8\x89\x88\x87R\x89]"


def refused(result: Result) -> str:
    """Return the one sentence on the standard error."""
    assert result.returncode == 2, result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stderr[:-1].isprintable()
    assert len(result.stderr) < 1600
    return result.stderr


@pytest.mark.parametrize("path", HOSTILE_FILES, ids=lambda path: path.name)
def test_files_that_hung_are_refused(path: Path, tmp_path: Path) -> None:
    assert path.name in refused(stylegan("info", path))
    assert path.name in refused(stylegan("generate", path, "--seeds", 0, "--out", tmp_path / "o"))
    assert path.name in refused(stylegan("convert", path, tmp_path / "o.safetensors"))


def test_names_nested_deeply_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "deep.pkl"
    lookup = b"cdill._dill\n_load_type\n"
    path.write_bytes(b"\x80\x04" + lookup + b"]" + b"\x85" * 400_000 + b"\x85R.")
    assert "has no name" in refused(stylegan("info", path))


def test_a_shape_without_data_is_not_computed_with(tmp_path: Path) -> None:
    """The bias has 2^30 numbers, of a type whose numbers are not in the file."""
    data = (GOLDEN / "pkl" / "sg2tf_skip64.pkl").read_bytes()
    name = data.index(b"4x4/Conv/mod_bias")
    start = data.index(DATA, name)
    path = tmp_path / "objects.pkl"
    path.write_bytes(data[:start] + OBJECTS + data[start + len(DATA) + 96 :])
    assert "4x4/Conv/mod_bias" in refused(stylegan("convert", path, tmp_path / "o.safetensors"))


def with_header(path: Path, header: str) -> Path:
    data = header.encode()
    path.write_bytes(len(data).to_bytes(8, "little") + data)
    return path


@pytest.mark.parametrize(
    "tensor",
    [
        '{"dtype": "F32", "shape": [1], "data_offsets": [0, %s]}' % ("9" * 4300),
        '{"dtype": "F32", "shape": [%s], "data_offsets": [0, 4]}' % ("9" * 400),
        '{"dtype": "F32", "shape": [1099511627776, 1099511627776], "data_offsets": [0, 4]}',
        '{"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}',
        '{"dtype": "F32", "shape": [%s1], "data_offsets": [0, 4]}' % ("1," * 100_000),
    ],
)
def test_tables_of_impossible_tensors_are_refused(tmp_path: Path, tensor: str) -> None:
    path = with_header(tmp_path / "m.safetensors", f'{{"const": {tensor}, "__metadata__": {{}}}}')
    assert "is damaged" in refused(stylegan("info", path))


def test_a_card_that_describes_a_huge_network_takes_no_memory(tmp_path: Path) -> None:
    """The layers would take terabytes, and the file has none of their weights."""
    config = {"widths": [65536] * 3, "cardinalities": [65536] * 3, "blocks": [64] * 3}
    card = {
        "card_version": 1,
        "architecture": "r3gan",
        "config": {**config, "expansion": 4096, "z_dim": 64},
    }
    path = tmp_path / "m.safetensors"
    with_header(path, json.dumps({"__metadata__": {"card": json.dumps(card)}}))
    message = refused(stylegan("generate", path, "--seeds", 0, "--out", tmp_path / "o"))
    assert "more numbers than it holds" in message


def test_texts_of_a_card_control_no_terminal(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    name = "\x1b]0;title\x07two\nlicence: forged"
    entries = {"name": name, "licence": "MIT", "\x9b31m": "x" * 10_000, "\u202e": [name]}
    checkpoint.save(path, make_generator(), entries)
    result = stylegan("info", path)
    assert result.returncode == 0
    assert result.stdout.replace("\n", "").isprintable()
    assert r"name: \x1b]0;title\x07two\nlicence: forged" in result.stdout
    assert "\nlicence: forged" not in result.stdout
    assert max(map(len, result.stdout.splitlines())) < 1700
    assert json.loads(stylegan("info", path, "--json").stdout)["name"] == name


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("[" * 100_000 + "]" * 100_000, "nested too deeply"),
        ('{"data_file": "x", "sessions": [{"kimg": %s}]}' % ("9" * 401), "401 digits"),
        ('{"data_file": "x", "total_kimg": 1e999}', "total_kimg"),
        ('{"data_file": "x", "seed": 1%s}' % ("0" * 25), "seed"),
        ('{"data_file": "x", "batch": [[4, "\\u001b[31m"]]}', "batch"),
        ('{"data_file": "x", "\\u001b[31m": 1}', r"Unknown training settings: \x1b[31m"),
    ],
)
def test_a_hostile_run_folder_is_refused(tmp_path: Path, config: str, expected: str) -> None:
    (tmp_path / "config.json").write_text(config)
    assert expected in refused(stylegan("train", "--resume", tmp_path))


@pytest.mark.skipif(sys.platform == "win32", reason="pipes have no names in folders there")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe.pkl"
    os.mkfifo(path)
    assert not is_foreign(path)
    with pytest.raises(CheckpointError, match="is not a file"):
        read_card(path)


@pytest.mark.skipif(sys.platform != "linux", reason="measures memory as Linux does")
@pytest.mark.parametrize("name", ["modules-of-dots.pkl", "components-of-slashes.pkl"])
def test_a_hostile_file_takes_little_memory(name: str) -> None:
    """Its process may have 300 MB more than torch alone takes."""
    path = next(path for path in HOSTILE_FILES if path.name == name)
    program = (
        "import resource, sys, torch, stylegan_core.importers.build, stylegan_core.importers.card\n"
        "from stylegan_core.cli.__main__ import main\n"
        "pages = int(open('/proc/self/statm').read().split()[0])\n"
        "bound = pages * resource.getpagesize() + 300 * 2**20\n"
        "resource.setrlimit(resource.RLIMIT_AS, (bound, bound))\n"
        f"main(['info', {str(path)!r}])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 2
    assert "repeats more" in done.stderr
    assert "Traceback" not in done.stderr
