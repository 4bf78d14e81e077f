"""Official files: every number is read as written, and every kind is recognised by its content."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from stylegan_core.card import CheckpointError
from stylegan_core.importers.opening import is_foreign, opened
from tests.stylegan_core.importers.files import NUMBERS, PICKLES, numbers, pickle_of


def assert_same(arrays: Mapping[str, NDArray[Any]], official: dict[str, NDArray[Any]]) -> None:
    assert arrays.keys() == official.keys()
    for name, value in official.items():
        assert arrays[name].dtype == value.dtype, name
        assert np.array_equal(arrays[name], value), name


def test_every_file_has_reference_numbers() -> None:
    assert {path.stem for path in PICKLES} == NUMBERS.keys()


@pytest.mark.parametrize("name", NUMBERS)
def test_every_number_is_read(name: str) -> None:
    kind, generator, discriminator = NUMBERS[name]
    with opened(pickle_of(name)) as contents:
        assert contents.kind == kind
        assert_same(contents.generator.arrays, numbers(*generator))
        if discriminator is not None:
            assert contents.discriminator is not None
            assert_same(contents.discriminator.arrays, numbers(*discriminator))


def test_the_name_of_a_file_does_not_matter(tmp_path: Path) -> None:
    renamed = tmp_path / "stylegan3-ffhq.safetensors"
    shutil.copy(pickle_of("sg2tf_skip64"), renamed)
    assert is_foreign(renamed)
    with opened(renamed) as contents:
        assert contents.kind == "stylegan2-tf"


def test_plain_values_beside_the_weights_are_described() -> None:
    """Key tables need arguments, attributes of each module, and small arrays as lists."""
    with opened(pickle_of("sg3_t64_proto4_np1")) as contents:
        network = contents.generator
    assert network.class_name == "Generator"
    assert network.kwargs["mapping_kwargs"] == {"num_layers": 2}
    layer = network.modules["synthesis.L4_52_16"]
    assert (layer.class_name, layer.attributes["out_size"]) == ("SynthesisLayer", [52, 52])
    assert network.modules["synthesis"].attributes["layer_names"][0] == "L0_36_16"
    with opened(pickle_of("r3gan_uncond32_np1")) as contents:
        convolution = contents.generator.modules["Model.MainLayers.0.Layers.1.LinearLayer2.Layer"]
    assert convolution.attributes["groups"] == 6
    assert convolution.class_name == "torch.nn.modules.conv.Conv2d"


def test_the_report_names_what_was_left_out_and_not_run() -> None:
    with opened(pickle_of("r3gan_uncond32_np1")) as contents:
        assert "G_opt_state" in contents.left_out
        assert "R3GAN.Networks.Generator" in contents.not_run
        assert contents.training_data["class_name"].startswith("training.")


def test_an_array_is_read_when_asked_for_and_its_shape_without_reading() -> None:
    sizes: list[int] = []
    with opened(pickle_of("sg1_tiny128_proto2")) as contents:
        arrays = contents.generator.arrays
        arrays.progress = sizes.append
        assert arrays.shape("G_synthesis/4x4/Const/const") == (1, 24, 4, 4)
        assert sizes == []
        assert arrays["G_synthesis/4x4/Const/const"].shape == (1, 24, 4, 4)
    assert sizes == [24 * 16 * 4]


def test_a_safetensors_header_of_any_length_is_not_foreign(tmp_path: Path) -> None:
    """As the first bytes of a file, the lengths 640, 896, 1152 and 1408 look like a pickle."""
    for length in (640, 896, 1152, 1408):
        path = tmp_path / "ours.safetensors"
        path.write_bytes(length.to_bytes(8, "little") + b'{"' + b" " * length)
        assert not is_foreign(path)


@pytest.mark.parametrize("data", [b"", b"\x80", b"\x80\x09", b"GIF89a"])
def test_other_files_are_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "other.pkl"
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match="neither a pickle nor"), opened(path):
        pass


def test_a_network_that_lacks_a_weight_is_still_of_its_kind(tmp_path: Path) -> None:
    """A damaged file gets a sentence that names the kind."""
    data = pickle_of("sg3_t64_proto4_np1").read_bytes()
    path = tmp_path / "odd.pkl"
    path.write_bytes(data.replace(b"\x05w_avg", b"\x05w_bvg"))
    with opened(path) as contents:
        assert contents.kind == "stylegan3"


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("kept", [2, 3, 40, 0.01, 0.5, 0.999])
def test_a_truncated_file_is_refused(tmp_path: Path, name: str, kept: float) -> None:
    data = pickle_of(name).read_bytes()
    path = tmp_path / "cut.pkl"
    path.write_bytes(data[: int(kept if kept > 1 else kept * len(data))])
    with pytest.raises(CheckpointError, match=r"cut\.pkl is (incomplete|damaged)"), opened(path):
        pass
