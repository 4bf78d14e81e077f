"""Hostile files: each is refused in one sentence, and nothing in it is ever run."""

import io
import os
import pickle
import struct
import sys
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from stylegan_core.card import CheckpointError
from stylegan_core.importers.arrays import DType
from stylegan_core.importers.byte_source import ByteSource
from stylegan_core.importers.opening import opened
from stylegan_core.importers.pickle_reader import PickleReader
from stylegan_core.importers.pickle_values import InertObject
from stylegan_core.importers.pickled_networks import torch_network
from stylegan_core.importers.vocabulary import network_vocabulary
from stylegan_core.limits import MAX_PLAIN_VALUES
from tests.stylegan_core.importers.files import pickle_of, refusal

MARK = "stylegan-explorer-was-here"


class Calls:
    """Pickles as a request to call a function."""

    def __init__(self, function: Callable[..., Any], *args: Any) -> None:
        self.function, self.args = function, args

    def __reduce__(self) -> tuple[Any, ...]:
        return self.function, self.args


def touching(folder: Path) -> tuple[Path, str]:
    """Return a file that must not appear, and the shell command that would make it."""
    target = folder / MARK
    return target, f"{sys.executable} -c \"open({str(target)!r}, 'w')\""


def read(data: bytes) -> Any:
    """Return what `PickleReader` makes of a pickle."""
    return PickleReader(
        ByteSource.of_bytes(data, "x.pkl"), network_vocabulary(), unknown=set()
    ).run()


def refused(path: Path, data: bytes) -> str:
    """Return the sentence with which a file is refused."""
    path.write_bytes(data)
    return refusal(path)


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_a_command_is_never_run(tmp_path: Path, protocol: int) -> None:
    target, command = touching(tmp_path)
    evil = Calls(os.system, command)
    for content in (evil, {"G_ema": evil}, (evil, evil, evil), {"G": [evil], "G_ema": {"a": evil}}):
        message = refused(tmp_path / "evil.pkl", pickle.dumps(content, protocol))
        assert protocol < 2 or "posix.system" in message or "holds" in message
    assert not target.exists()


@pytest.mark.parametrize(
    "evil",
    [
        Calls(eval, "1 + 1"),
        Calls(exec, "raise SystemExit"),
        Calls(getattr, "a", "upper"),
        Calls(__import__, "antigravity"),
        Calls(np.load, "x.npy"),
        Calls(torch.load, "x.pt"),
        Calls(torch.zeros, 10**6),
    ],
    ids=lambda evil: evil.function.__name__,
)
def test_every_unknown_call_makes_an_inert_object(evil: Calls) -> None:
    assert isinstance(read(pickle.dumps(evil)), InertObject)


def test_the_result_of_a_call_cannot_be_called() -> None:
    """The pickle spells getattr(__import__("os"), "system")("true")."""
    module = b"c__builtin__\n__import__\nX\x02\0\0\0os\x85R"
    function = b"c__builtin__\ngetattr\n" + module + b"X\x06\0\0\0system\x86R"
    assert isinstance(read(b"\x80\x02" + function + b"X\x04\0\0\0true\x85R."), InertObject)


def test_a_function_of_the_reader_cannot_be_changed() -> None:
    """In Python's unpickler, BUILD with a state for slots sets attributes of any function."""
    state = pickle.dumps((None, {"__defaults__": (1, 2)}), 2)[2:-1]
    for name in (b"torch._utils\n_rebuild_tensor_v2\n", b"numpy\ndtype\n", b"os\nsystem\n"):
        with pytest.raises(CheckpointError, match="cannot be changed"):
            read(b"\x80\x02c" + name + state + b"b.")


def test_each_file_gets_a_vocabulary_of_its_own() -> None:
    first, second = network_vocabulary(), network_vocabulary()
    assert first is not second


def test_a_large_memo_index_takes_no_memory() -> None:
    """Python's unpickler allocates its memo up to the index."""
    assert read(b"\x80\x02Nr\xff\xff\xff\x7f.") is None


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x80\x04" + b"(" * 5000, "nested too deeply"),
        (b"\x80\x04]" + b"N" * 3_000_000, "more steps"),
        (b"\x80\x04B\xff\xff\xff\x7f.", "incomplete"),
        (b"\x80\x04\x8e" + b"\xff" * 8 + b".", "incomplete"),
        (b"\x80\x04X\xff\xff\xff\xff.", "incomplete"),
        (b"\x80\x04\x8b\xff\xff\xff\x7f.", "whole number is too long"),
        (b"\x80\x04\x8a\xff" + b"\x7f" * 255 + b".", "whole number is too long"),
        (b"\x80\x04h\x05.", "it never stored"),
        (b"\x80\x04.", "damaged"),
        (b"\x80\x04\x94.", "damaged"),
        (b"\x80\x04}N.", "holds no network"),
        (b"\x80\x04N\x85b.", "damaged"),
        (b"\x80\x04]}s.", "damaged"),
        (b"\x80\x04K\x01K\x02R.", "damaged"),
        (b"\x80\x04K\x01K\x02\x93.", "by an invalid name"),
        (b"\x80\x04X\x04\0\0\0os\n!X\x01\0\0\0a\x93.", "by an invalid name"),
        (b"\x80\x04c" + b"a" * 900 + b"\nb\n.", "by an invalid name"),
        (b"\x80\x04Pouter\n.", "not meant for data"),
        (b"\x80\x04X\x05\0\0\0outerQ.", "outside itself"),
        (b"\x80\x05\x97.", "not meant for data"),
    ],
)
def test_pickles_that_are_not_data_are_refused(tmp_path: Path, data: bytes, expected: str) -> None:
    assert expected in refused(tmp_path / "odd.pkl", data)


def test_deep_nesting_without_marks_ends(tmp_path: Path) -> None:
    deep = b"\x80\x04)" + b"\x85" * 100_000
    assert "holds no network" in refused(tmp_path / "deep.pkl", deep + b".")
    keyed = b"\x80\x04}" + deep[2:] + b"Ns."
    assert "holds no network" in refused(tmp_path / "keyed.pkl", keyed)


def test_modules_that_contain_themselves_end(tmp_path: Path) -> None:
    """A generator that contains itself twice, so that modules double at each level."""
    start = b"\x80\x04}X\x05\0\0\0G_emac__main__\nNet\n)\x81\x94}X\x08\0\0\0_modules}\x94"
    circle = start + b"X\x01\0\0\0ah\0sX\x01\0\0\0bh\0ssbs."
    assert "repeats more" in refused(tmp_path / "circle.pkl", circle)


@pytest.mark.parametrize(
    "again",
    [
        b"h\x01h\0\x85R",  # list(it)
        b"c__main__\nNet\n)\x81h\x02b",  # its state
    ],
)
def test_one_long_list_is_not_copied_endlessly(tmp_path: Path, again: bytes) -> None:
    """A few bytes for each instruction, a terabyte for all copies together."""
    items = b"K\x01" * 100_000
    pairs = b"".join(b"J" + struct.pack("<i", i) + b"N" for i in range(100_000))
    start = b"\x80\x02](" + items + b"eq\x00c__builtin__\nlist\nq\x01}(" + pairs + b"uq\x02"
    bomb = start + again * 200_000 + b"."
    assert "repeats more" in refused(tmp_path / "bomb.pkl", bomb)


def test_all_attributes_of_a_network_share_one_bound() -> None:
    """Ten thousand modules refer to one list."""
    shared, modules = [[0] * 500] * 8, {}
    for i in range(10_000):
        modules[str(i)] = module = InertObject("a Net")
        module.state = {"shared": shared}
    network = InertObject("a Net")
    network.state = {"_modules": modules}
    described = torch_network(network).modules.values()
    assert len(described) == 10_001
    rows = (row for module in described for row in module.attributes.get("shared", ()))
    values = sum(len(row) for row in rows if row)
    assert 0 < values <= MAX_PLAIN_VALUES


def legacy(numel: int, data: bytes, kind: bytes = b"ctorch\nFloatStorage\n") -> bytes:
    """Return a storage as `torch.save` once wrote it, with any length and type."""
    about = {"protocol_version": 1001, "little_endian": True, "type_sizes": {}}
    heads = [pickle.dumps(v, 2) for v in (0x1950A86A20F9469CFC6C, 1001, about)]
    reference = b"\x80\x02(X\x07\0\0\0storage" + kind + b"X\x01\0\0\x000X\x03\0\0\0cpuJ"
    reference += struct.pack("<i", numel) + b"NtQ."
    return b"".join(heads) + reference + pickle.dumps(["0"], 2) + struct.pack("<q", numel) + data


def network_with(storage: bytes, offset: int, shape: Any, strides: Any) -> bytes:
    """Return a file whose generator has one tensor, a view of a storage."""

    def dumped(value: Any) -> bytes:
        return pickle.dumps(value, 2)[2:-1]

    tensor = b"ctorch._utils\n_rebuild_tensor_v2\n(ctorch.storage\n_load_from_bytes\n"
    tensor += b"B" + struct.pack("<I", len(storage)) + storage + b"\x85R"
    tensor += dumped(offset) + dumped(shape) + dumped(strides) + b"\x89}tR"
    key = dumped("synthesis.b4.const")
    start = b"\x80\x03}" + dumped("G_ema") + b"cx\nNet\n)\x81}" + dumped("_parameters")
    return start + b"}" + key + tensor + b"ssbs."


def test_a_tensor_within_its_storage_is_read(tmp_path: Path) -> None:
    values = np.arange(6, dtype="<f4")
    path = tmp_path / "good.pkl"
    path.write_bytes(network_with(legacy(6, values.tobytes()), 1, (2, 2), (1, 2)))
    with opened(path) as contents:
        array = contents.generator.arrays["synthesis.b4.const"]
    assert np.array_equal(array, [[1, 3], [2, 4]])


@pytest.mark.parametrize(
    ("storage", "offset", "shape", "strides", "expected"),
    [
        (legacy(4, b"\0" * 16), 0, (5,), (1,), "larger than its storage"),
        (legacy(4, b"\0" * 16), 4, (1,), (1,), "larger than its storage"),
        (legacy(4, b"\0" * 16), 0, (2, 2), (3, 1), "larger than its storage"),
        (legacy(4, b"\0" * 16), 0, (10**6, 10**6), (0, 0), "larger than its storage"),
        (legacy(4, b"\0" * 16), -1, (1,), (1,), "not a sensible number"),
        (legacy(4, b"\0" * 16), 0, (1,), (-1,), "not a sensible number"),
        (legacy(4, b"\0" * 16), 0, (2**62,), (1,), "not a sensible number"),
        (legacy(4, b"\0" * 16), 0, (2, 2), (1,), "stride"),
        (legacy(4, b"\0" * 16), 0, (1,) * 40, (1,) * 40, "shape"),
        (legacy(4, b"\0" * 16), "0", (1,), (1,), "not a sensible number"),
        (legacy(2**30, b"\0" * 16), 0, (4,), (1,), "incomplete"),
        (legacy(-4, b"\0" * 16), 0, (4,), (1,), "not a sensible number"),
        (legacy(4, b"\0" * 16, b"cos\nsystem\n"), 0, (4,), (1,), "'os.system' where only numbers"),
        (legacy(4, b"\0" * 16, b"Nc__main__\nx\n\x86"), 0, (4,), (1,), "where only numbers"),
        (pickle.dumps(Calls(os.system, "true"), 2), 0, (4,), (1,), "where only numbers"),
        (b"", 0, (4,), (1,), "incomplete"),
    ],
)
def test_tensors_that_reach_beyond_their_storage_are_refused(
    tmp_path: Path, storage: bytes, offset: Any, shape: Any, strides: Any, expected: str
) -> None:
    message = refused(tmp_path / "tensor.pkl", network_with(storage, offset, shape, strides))
    assert expected in message


def test_arrays_of_objects_are_not_read() -> None:
    """Elements of the type 'O' may be anything that a pickle can make."""
    array = read(pickle.dumps(np.array([1, "a", None], dtype=object), 4))
    with pytest.raises(CheckpointError, match="not numbers"):
        array.read()


@pytest.mark.parametrize("code", ["O", "V8", "f4,f4", "S9", "U3", "(2,)f4", "M8[s]", "f1", "f16"])
def test_types_that_are_not_numbers_have_no_code(code: str) -> None:
    assert DType(code).code == ""


def test_an_array_whose_data_does_not_match_its_shape_is_refused() -> None:
    data = pickle.dumps(np.arange(6, dtype=np.float32), 4)
    assert data.count(b"K\x06\x85") == 1
    with pytest.raises(CheckpointError, match="more or fewer numbers"):
        read(data.replace(b"K\x06\x85", b"K\x07\x85"))


def test_a_type_of_dill_is_looked_up_and_not_imported() -> None:
    for name, made in (("set", list), ("CodeType", InertObject), ("os.system", InertObject)):
        lookup = b"cdill._dill\n_load_type\nX" + struct.pack("<I", len(name)) + name.encode()
        assert isinstance(read(b"\x80\x02" + lookup + b"\x85R(]tR."), made)


def test_the_source_text_beside_a_class_is_not_run() -> None:
    """The test files carry a source text that ends the process when it is run."""
    with opened(pickle_of("sg2ada_skip64_proto3_np1")) as contents:
        assert contents.generator.modules["mapping"].class_name == "MappingNetwork"


def zipped(members: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def saved(value: Any) -> bytes:
    """Return what `torch.save` writes."""
    buffer = io.BytesIO()
    torch.save(value, buffer)
    return buffer.getvalue()


def test_names_that_cannot_be_shown_in_a_sentence_are_refused(tmp_path: Path) -> None:
    sign = "convs.0.conv.modulation.bias"
    for name in ("two\nlines", "a" * 400, "\x1b[31mred"):
        state = {sign: torch.ones(1), name: torch.ones(1)}
        message = refused(tmp_path / "names.pt", saved(state))
        assert "invalid names" in message


def test_compressed_zip_files_are_not_unpacked(tmp_path: Path) -> None:
    bomb = zipped({"archive/data.pkl": b"\0" * 10**7}, zipfile.ZIP_DEFLATED)
    assert len(bomb) < 20_000
    assert "compressed" in refused(tmp_path / "bomb.pt", bomb)


def test_zip_files_that_are_not_of_pytorch_are_refused(tmp_path: Path) -> None:
    assert "no network of PyTorch" in refused(tmp_path / "a.pt", zipped({"a.txt": b"hello"}))
    command = pickle.dumps(Calls(os.system, "true"), 2)
    message = refused(tmp_path / "b.pt", zipped({"archive/data.pkl": command}))
    assert "posix.system" in message


def test_a_zip_file_whose_members_do_not_fit_is_refused(tmp_path: Path) -> None:
    state = OrderedDict({"convs.0.conv.modulation.bias": torch.ones(4)})
    data = saved(state)
    path = tmp_path / "c.pt"
    path.write_bytes(data)
    with opened(path) as contents:
        assert np.array_equal(contents.generator.arrays["convs.0.conv.modulation.bias"], [1] * 4)
    assert "another length" in refused(path, data.replace(b"K\x04tq", b"K\x05tq"))
    assert "damaged" in refused(path, data[:-22])


def test_a_zip_file_with_an_endless_table_of_contents_is_refused(tmp_path: Path) -> None:
    many = zipped({f"{i:01000}": b"" for i in range(4_000)})
    assert "table of contents cannot be read" in refused(tmp_path / "many.pt", many)
