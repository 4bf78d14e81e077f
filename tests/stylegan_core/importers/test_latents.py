"""Latents of other tools are read as data, whatever shape and name they have."""

import io
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from stylegan_core.importers.latents import LatentError, read_latent
from tests.stylegan_core.importers.files import pickle_of

W = np.random.default_rng(0).normal(size=(10, 48)).astype(np.float32)


def written(path: Path, **arrays: Any) -> Path:
    np.savez(path, **arrays)
    return path


@pytest.mark.parametrize(
    ("values", "shape"),
    [(W[None], (10, 48)), (W, (10, 48)), (W[0], (48,)), (W[:1], (48,)), (W[None, None], (10, 48))],
)
@pytest.mark.parametrize("suffix", ["npz", "npy", "pt", "pkl"])
def test_every_usual_shape_is_read(
    tmp_path: Path, values: np.ndarray, shape: tuple[int, ...], suffix: str
) -> None:
    path = tmp_path / f"face.{suffix}"
    if suffix == "npz":
        np.savez(path, w=values)
    elif suffix == "npy":
        np.save(path, values)
    elif suffix == "pt":
        torch.save(torch.from_numpy(values), path)
    else:
        path.write_bytes(pickle.dumps({"w": values}, 4))
    found = read_latent(path)
    assert found is not None
    assert (found.name, found.values.shape) == (path.name, shape)
    assert found.values.dtype == np.dtype(np.float32)
    assert np.array_equal(found.values, values.reshape(shape))


@pytest.mark.parametrize(
    ("name", "space"), [("w", "w"), ("latent", "w"), ("codes", "w"), ("z", "z"), ("other", None)]
)
def test_the_name_of_an_array_tells_its_space(tmp_path: Path, name: str, space: str | None) -> None:
    found = read_latent(written(tmp_path / "a.npz", **{name: W[0]}))
    assert found is not None
    assert found.space == space


def test_the_named_array_is_taken_from_among_others(tmp_path: Path) -> None:
    path = written(tmp_path / "a.npz", noise=np.zeros((4, 4)), w=W, z=W[0], text=np.array("hello"))
    found = read_latent(path)
    assert found is not None
    assert np.array_equal(found.values, W)


def test_a_projector_s_dictionary_of_pictures_is_read(tmp_path: Path) -> None:
    """rosinality's projector writes one entry for each picture."""
    entry = {"img": torch.zeros(3, 8, 8), "latent": torch.from_numpy(W), "noise": [torch.zeros(4)]}
    torch.save({"me.png": entry}, tmp_path / "me.pt")
    found = read_latent(tmp_path / "me.pt")
    assert found is not None
    assert np.array_equal(found.values, W)


@pytest.mark.parametrize("wrapped", [lambda w: [w], lambda w: (w, {"loss": 1.5})])
def test_a_tensor_without_others_needs_no_name(
    tmp_path: Path, wrapped: Callable[[torch.Tensor], object]
) -> None:
    torch.save(wrapped(torch.from_numpy(W)), tmp_path / "a.pt")
    found = read_latent(tmp_path / "a.pt")
    assert found is not None
    assert found.space is None
    assert np.array_equal(found.values, W)


def test_trained_parameters_and_other_types_are_read(tmp_path: Path) -> None:
    torch.save({"w": torch.nn.Parameter(torch.from_numpy(W).half())}, tmp_path / "a.pt")
    found = read_latent(tmp_path / "a.pt")
    assert found is not None
    assert np.array_equal(found.values, W.astype(np.float16).astype(np.float32))


def test_files_of_other_kinds_are_left_to_others(tmp_path: Path) -> None:
    (tmp_path / "text.npz").write_text("hello")
    torch.save({"weights": torch.zeros(3)}, tmp_path / "odd.pt")
    torch.save([torch.zeros(48), torch.zeros(48)], tmp_path / "two.pt")
    with zipfile.ZipFile(tmp_path / "pictures.zip", "w") as archive:
        archive.writestr("a.png", b"")
    for path in (*tmp_path.iterdir(), pickle_of("sg2tf_skip64"), tmp_path, tmp_path / "nowhere"):
        assert read_latent(path) is None


def hostile(dtype: str = "'<f4'", shape: str = "(10, 48)", data: bytes = b"") -> bytes:
    """Return an .npy with a header of our choice."""
    header = f"{{'descr': {dtype}, 'fortran_order': False, 'shape': {shape}}}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + data


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (hostile(shape="(1 << 40, 48)"), "damaged"),
        (hostile(shape="(1099511627776, 48)"), "more numbers than it holds"),
        (hostile(shape="(10, 48)", data=b"short"), "damaged|more numbers"),
        (hostile(dtype="'|O'", shape="(1,)", data=pickle.dumps([1])), "something other than"),
        (hostile(dtype="[('a', '<f4')]", shape="(1,)", data=bytes(4)), "something other than"),
        (hostile(shape="(-1,)", data=bytes(4)), "damaged"),
        (b"\x93NUMPY\x09\x09", "damaged"),
        (b"\x93NUMPY", "damaged"),
        (hostile(shape="()", data=bytes(4)), "not one latent"),
        (hostile(shape="(2, 3, 4)", data=bytes(96)), "2 x 3 x 4, which is not one latent"),
        (hostile(shape="(1,)", data=b"\0\0\xc0\x7f"), "not numbers"),
    ],
)
def test_odd_arrays_are_refused_in_one_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "odd.npy"
    path.write_bytes(content)
    with pytest.raises(LatentError, match=said) as caught:
        read_latent(path)
    assert str(caught.value).startswith("odd.npy holds") or "odd.npy is damaged" in str(
        caught.value
    )


def bombs() -> dict[str, bytes]:
    """Return files that ask for much more than they are: bytes, members, steps."""
    zeros = bytes(30_000_000)
    long_header = b"\x93NUMPY\x02\x00" + len(zeros).to_bytes(4, "little") + zeros
    deep_header = b"\x93NUMPY\x02\x00" + (9000).to_bytes(4, "little") + b"(" * 9000
    many = {f"{k}.npy": b"" for k in range(8000)}
    return {
        "data.npz": zipped({"w.npy": hostile(shape="(250000000,)") + zeros}),
        "header.npz": zipped({"w.npy": long_header}),
        "members.npz": zipped({"w.npy": deep_header} | many),
        "headers.npz": zipped({f"a{k}/../w.npy": long_header[:10_000_000] for k in range(3)}),
        "deep.npy": deep_header,
        "steps.pkl": b"\x80\x04]" + b"K\x010" * 500_000 + b".",
        "entries.pkl": b"\x80\x04](" + b"N" * 2_000_000 + b"e.",
    }


def zipped(members: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return content.getvalue()


def test_the_window_can_wait_for_whatever_a_file_asks_for(tmp_path: Path) -> None:
    """It does: latents are read on its own thread."""
    names = []
    for name, content in bombs().items():
        (tmp_path / name).write_bytes(content)
        names.append(name)
    program = (
        "import sys, tracemalloc; from pathlib import Path\n"
        "from stylegan_core.errors import UserError\n"
        "from stylegan_core.importers.latents import read_latent\n"
        "for name in sys.argv[1:]:\n"
        "    tracemalloc.start()\n"
        "    try: assert read_latent(Path(name)) is None\n"
        "    except UserError: pass\n"
        "    print(name, tracemalloc.get_traced_memory()[1]); tracemalloc.stop()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *names],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    peaks = {name: int(peak) for name, peak in map(str.split, done.stdout.splitlines())}
    assert list(peaks) == names
    assert max(peaks.values()) < 20_000_000, peaks


def test_arrays_without_a_telling_name_are_named(tmp_path: Path) -> None:
    path = written(tmp_path / "a.npz", first=W, second=W)
    with pytest.raises(LatentError, match="'first', 'second', none of which is called 'w'"):
        read_latent(path)
