"""The names that a network file may use, and the functions of ours that are called in their place.

Every function here makes plain values or descriptions of arrays. None of NumPy, PyTorch or dill is
called for a file. Each file gets a table of its own, so that one cannot change it for the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stylegan_core.importers.arrays import DType, Storage, StoredArray, StoredTensor, checked_shape
from stylegan_core.importers.byte_source import Blob, ByteSource
from stylegan_core.importers.pickle_values import Constructor, Global, InertObject, Vocabulary
from stylegan_core.importers.torch_legacy import read_legacy
from stylegan_core.importers.torch_storages import STORAGE_VOCABULARY

DILL_TYPES: Final = ("set", "frozenset", "dict", "list", "tuple")


def network_vocabulary() -> Vocabulary:
    """Return the vocabulary of network files: NumPy's arrays, PyTorch's tensors, containers."""
    numpy: dict[str, Constructor] = {
        f"{module}.{name}": constructor
        for module in ("numpy.core", "numpy._core")
        for name, constructor in (
            ("multiarray _reconstruct", _empty_array),
            ("multiarray scalar", _scalar),
            ("numeric _frombuffer", _array_from_buffer),
        )
    }
    containers: dict[str, Constructor] = {
        "collections OrderedDict": _dict,
        "collections defaultdict": lambda *_: {},
        "dnnlib.util EasyDict": _dict,
        **{
            f"{module} {name}": _list
            for module in ("builtins", "__builtin__")
            for name in ("set", "frozenset", "list")
        },
    }
    dill: dict[str, Constructor] = {
        "dill._dill _create_array": _array_from_dill,
        "dill._dill _load_type": _type_from_dill,
    }
    torch: dict[str, Constructor] = {
        "torch._utils _rebuild_tensor": _tensor,
        "torch._utils _rebuild_tensor_v2": _tensor,
        "torch._utils _rebuild_parameter": _parameter,
        "torch._utils _rebuild_parameter_with_state": _parameter,
        "torch.storage _load_from_bytes": _storage_from_bytes,
        "torch Size": _size,
        "torch_utils.persistence _reconstruct_persistent_obj": _persistent_object,
        **{f"torch {name}": None for name in ("float16", "bfloat16", "float32", "float64")},
        **STORAGE_VOCABULARY,
    }
    return {
        "_codecs encode": _encode,
        "numpy dtype": DType,
        "numpy ndarray": None,
        **numpy,
        **containers,
        **dill,
        **torch,
    }


def _storage_from_bytes(data: bytes | Blob) -> Storage:
    """Return a storage that lies within the pickle. Only storage classes may be named in it."""
    if isinstance(data, bytes):
        source = ByteSource.of_bytes(data, "A tensor of the file")
        return _checked_storage(read_legacy(source, STORAGE_VOCABULARY, None))
    with data.opened() as source:
        return _checked_storage(read_legacy(source, STORAGE_VOCABULARY, None))


def _checked_storage(value: Any) -> Storage:
    if not isinstance(value, Storage):
        raise ValueError("a tensor has no storage")
    return value


def _encode(text: Any, encoding: Any = "latin1") -> bytes | Blob:
    """Return bytes, which protocol 2 stores as a text."""
    if encoding not in ("latin1", "latin-1"):
        raise ValueError("bytes are stored in an unknown encoding")
    if isinstance(text, Blob) and text.is_text:
        return text
    return bytes(text.encode("latin-1"))


def _dict(items: Any = ()) -> dict[Any, Any]:
    pairs = items.items() if isinstance(items, dict) else items
    return {key: value for key, value in pairs if isinstance(key, str | int)}


def _list(items: Any = ()) -> list[Any]:
    return list(items) if isinstance(items, list | tuple) else []


def _size(sizes: Any = ()) -> tuple[int, ...]:
    """Return a shape of PyTorch, which is a tuple."""
    return checked_shape(sizes)


def _empty_array(*_: Any) -> StoredArray:
    """Return an array before its state is set."""
    return StoredArray()


def _scalar(dtype: DType, data: bytes = b"") -> float | int | bool | None:
    if not dtype.code:
        return None
    array = StoredArray()
    array.set((), dtype, data)
    value: float | int | bool = array.read().item()
    return value


def _array_from_buffer(data: Any, dtype: DType, shape: Any, order: Any = "C") -> StoredArray:
    array = StoredArray()
    array.is_fortran = order == "F"
    array.set(shape, dtype, data)
    return array


def _array_from_dill(
    reconstruct: Any, args: Any, state: Any, attributes: Any = None
) -> StoredArray:
    array = StoredArray()
    array.set_state(state)
    return array


def _type_from_dill(name: Any) -> Global:
    """Return the class that dill calls by a short name."""
    if not isinstance(name, str):
        raise ValueError("a class of dill has no name")
    return Global(f"builtins {name}" if name in DILL_TYPES else f"dill._dill {name:.40}")


def _tensor(storage: Storage, offset: Any, shape: Any, strides: Any, *_: Any) -> StoredTensor:
    return StoredTensor(_checked_storage(storage), offset, shape, strides)


def _parameter(tensor: Any, *_: Any) -> Any:
    return tensor


def _persistent_object(meta: Mapping[str, Any]) -> InertObject:
    """Return an object of NVIDIA's persistent classes; their source code is kept as text."""
    name, state = meta.get("class_name"), meta.get("state")
    if meta.get("type") != "class" or not isinstance(name, str) or not isinstance(state, dict):
        raise ValueError("an object has no class or no state")
    inert = InertObject(name, meta.get("module_src"))
    inert.state = state
    return inert
