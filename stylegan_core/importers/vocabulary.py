"""What the names in network files stand for here: plain values and descriptions of arrays.

Every function below is ours and makes data; none of NumPy, PyTorch or dill is ever called for a
file. The table is made anew for every file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stylegan_core.card import CheckpointError
from stylegan_core.importers.arrays import STORAGES, Array, DType, Storage, Tensor, checked_count
from stylegan_core.importers.byte_source import Blob, Source
from stylegan_core.importers.pickle_reader import Global, Inert, PickleReader, Word, Words

TORCH_MAGIC: Final = 0x1950A86A20F9469CFC6C
TORCH_PROTOCOL: Final = 1001
TORCH_START: Final = b"\x80\x02\x8a\x0a" + TORCH_MAGIC.to_bytes(10, "little")
MAX_STORAGES: Final = 100_000
STORAGE_NAMES: Final[Words] = {f"torch {name}": None for name in STORAGES}
DILL_TYPES: Final = ("set", "frozenset", "dict", "list", "tuple")


def words_of_pickles() -> Words:
    """For whole network files: the official pickles, and the tensors of PyTorch."""
    numpy: dict[str, Word] = {
        f"{module}.{name}": word
        for module in ("numpy.core", "numpy._core")
        for name, word in (
            ("multiarray _reconstruct", _empty_array),
            ("multiarray scalar", _scalar),
            ("numeric _frombuffer", _array_of_buffer),
        )
    }
    containers: dict[str, Word] = {
        "collections OrderedDict": _dict,
        "collections defaultdict": lambda *_: {},
        "dnnlib.util EasyDict": _dict,
        **{
            f"{module} {name}": _list
            for module in ("builtins", "__builtin__")
            for name in ("set", "frozenset", "list")
        },
    }
    dill: dict[str, Word] = {
        "dill._dill _create_array": _array_of_dill,
        "dill._dill _load_type": _type_of_dill,
    }
    torch: dict[str, Word] = {
        "torch._utils _rebuild_tensor": _tensor,
        "torch._utils _rebuild_tensor_v2": _tensor,
        "torch._utils _rebuild_parameter": _parameter,
        "torch._utils _rebuild_parameter_with_state": _parameter,
        "torch.storage _load_from_bytes": _storage_of_bytes,
        "torch Size": tuple,
        "torch_utils.persistence _reconstruct_persistent_obj": _persistent_object,
        **{f"torch {name}": None for name in ("float16", "bfloat16", "float32", "float64")},
        **STORAGE_NAMES,
    }
    return {
        "_codecs encode": _encoded,
        "numpy dtype": DType,
        "numpy ndarray": None,
        **numpy,
        **containers,
        **dill,
        **torch,
    }


class StorageIndex:
    """The storages that a pickle of PyTorch refers to, by key."""

    def __init__(self) -> None:
        self.found: dict[str, Storage] = {}

    def __call__(self, reference: Any) -> Storage:
        """The storage of ('storage', type, key, place, count). ValueError for anything else."""
        if isinstance(reference, tuple) and reference[5:] == (None,):  # views of views: none
            reference = reference[:5]
        match reference:
            case ("storage", Global(name=name), str(key), _, count) if name in STORAGE_NAMES:
                fresh = Storage(name.removeprefix("torch "), checked_count(count))
            case _:
                raise ValueError("it refers to something that is no storage")
        storage = self.found.setdefault(key, fresh)
        if (storage.code, storage.count) != (fresh.code, fresh.count):
            raise ValueError("it gives one storage two sizes")
        return storage


def read_legacy(source: Source, words: Words, unknown: set[str] | None) -> Any:
    """What `torch.save` wrote before it wrote zip files: five pickles, then the numbers."""
    magic, protocol, about = (PickleReader(source, STORAGE_NAMES).run() for _ in range(3))
    if magic != TORCH_MAGIC or protocol != TORCH_PROTOCOL or not isinstance(about, dict):
        raise source.damaged("it begins like a PyTorch file and does not go on like one")
    if about.get("little_endian") is not True:
        raise CheckpointError(f"{source.name} was written on a big-endian machine.")
    index = StorageIndex()
    root = PickleReader(source, words, index, unknown).run()
    keys = PickleReader(source, {}).run()
    if not isinstance(keys, list) or len(keys) > MAX_STORAGES or set(keys) != set(index.found):
        raise source.damaged("its list of storages does not fit")
    for key in keys:
        storage = index.found[key]
        if int.from_bytes(source.read(8), "little") != storage.count:
            raise source.damaged("a storage has another length than it says")
        storage.data = source.take(storage.nbytes)
    return root


def _storage_of_bytes(data: bytes | Blob) -> Storage:
    """A storage on its own, as it lies within a pickle: nothing but storages is allowed here."""
    if isinstance(data, bytes):
        source = Source.of_bytes(data, "A tensor of the file")
        return _checked_storage(read_legacy(source, STORAGE_NAMES, None))
    with data.opened() as source:
        return _checked_storage(read_legacy(source, STORAGE_NAMES, None))


def _checked_storage(value: Any) -> Storage:
    if not isinstance(value, Storage):
        raise ValueError("a tensor has no storage")
    return value


def _encoded(text: Any, encoding: Any = "latin1") -> bytes | Blob:
    """Bytes that protocol 2 spells as a text."""
    if encoding not in ("latin1", "latin-1"):
        raise ValueError("bytes are spelled in an unknown encoding")
    if isinstance(text, Blob) and text.is_text:
        return text
    return bytes(text.encode("latin-1"))


def _dict(items: Any = ()) -> dict[Any, Any]:
    pairs = items.items() if isinstance(items, dict) else items
    return {key: value for key, value in pairs if isinstance(key, str | int)}


def _list(items: Any = ()) -> list[Any]:
    return list(items) if isinstance(items, list | tuple) else []


def _empty_array(*_: Any) -> Array:
    """An array before its state is set."""
    return Array()


def _scalar(dtype: DType, data: bytes = b"") -> float | int | bool | None:
    if not dtype.code:
        return None
    array = Array()
    array.set((), dtype, data)
    value: float | int | bool = array.read().item()
    return value


def _array_of_buffer(data: Any, dtype: DType, shape: Any, order: Any = "C") -> Array:
    array = Array()
    array.is_fortran = order == "F"
    array.set(shape, dtype, data)
    return array


def _array_of_dill(reconstruct: Any, args: Any, state: Any, attributes: Any = None) -> Array:
    array = Array()
    array.set_state(state)
    return array


def _type_of_dill(name: Any) -> Global:
    """A class that dill knows by a word of its own."""
    return Global(f"builtins {name}" if name in DILL_TYPES else f"dill._dill {name!s:.40}")


def _tensor(storage: Storage, offset: Any, shape: Any, strides: Any, *_: Any) -> Tensor:
    return Tensor(_checked_storage(storage), offset, shape, strides)


def _parameter(tensor: Any, *_: Any) -> Any:
    return tensor


def _persistent_object(meta: Mapping[str, Any]) -> Inert:
    """An object that travels with the source text of its class, which stays a text."""
    name, state = meta.get("class_name"), meta.get("state")
    if meta.get("type") != "class" or not isinstance(name, str) or not isinstance(state, dict):
        raise ValueError("an object has no class or no state")
    thing = Inert(name, meta.get("module_src"))
    thing.state = state
    return thing
