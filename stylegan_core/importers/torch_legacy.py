"""Read PyTorch's file format before version 1.6: five pickles, then the numbers.

NVIDIA's pickles hold one such file for each tensor.
"""

from __future__ import annotations

from typing import Any, Final

from stylegan_core.card import CheckpointError
from stylegan_core.importers.byte_source import ByteSource
from stylegan_core.importers.pickle_reader import PickleReader
from stylegan_core.importers.pickle_values import Vocabulary
from stylegan_core.importers.torch_storages import STORAGE_VOCABULARY, StorageIndex

MAGIC: Final = 0x1950A86A20F9469CFC6C
PROTOCOL: Final = 1001
LEGACY_START: Final = b"\x80\x02\x8a\x0a" + MAGIC.to_bytes(10, "little")


def read_legacy(source: ByteSource, vocabulary: Vocabulary, unknown: set[str] | None) -> Any:
    """Return the object that was saved. Raises `CheckpointError`.

    `unknown` collects the names outside the vocabulary; if it is None, such names are refused.
    """
    _check_header(source)
    index = StorageIndex()
    root = PickleReader(source, vocabulary, index, unknown).run()
    keys = PickleReader(source, {}).run()
    if not _names_all(keys, index):
        raise source.damaged("its list of storages does not fit")
    for key in keys:
        storage = index.storages[key]
        if int.from_bytes(source.read(8), "little") != storage.count:
            raise source.damaged("a storage has another length than it says")
        storage.data = source.skip(storage.nbytes)
    return root


def _names_all(keys: Any, index: StorageIndex) -> bool:
    """Tell whether a list has the key of each storage once. Other keys may cost a lot to hash."""
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        return False
    return sorted(keys) == sorted(index.storages)


def _check_header(source: ByteSource) -> None:
    magic, protocol, about = (PickleReader(source, STORAGE_VOCABULARY).run() for _ in range(3))
    if magic != MAGIC or protocol != PROTOCOL or not isinstance(about, dict):
        raise source.damaged("it begins like a PyTorch file but does not continue like one")
    if about.get("little_endian") is not True:
        raise CheckpointError(f"{source.name} was written on a big-endian machine.")
