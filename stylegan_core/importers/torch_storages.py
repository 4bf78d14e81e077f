"""The storages that a pickle of PyTorch refers to: their numbers lie outside the pickle."""

from __future__ import annotations

from typing import Any, Final

from stylegan_core.importers.arrays import STORAGE_CODES, Storage, checked_count
from stylegan_core.importers.pickle_values import Global, Vocabulary

STORAGE_VOCABULARY: Final[Vocabulary] = {f"torch {name}": None for name in STORAGE_CODES}
"""The names of the storage classes, which say what kind of numbers follow."""


class StorageIndex:
    """The storages that a pickle refers to, by key: the `persistent` of a `PickleReader`."""

    def __init__(self) -> None:
        self.storages: dict[str, Storage] = {}

    def __call__(self, reference: Any) -> Storage:
        """Return the storage of ('storage', class, key, device, count). ValueError otherwise."""
        if isinstance(reference, tuple) and reference[5:] == (None,):  # of the older format
            reference = reference[:5]
        match reference:
            case ("storage", Global(name=name), str(key), _, count) if name in STORAGE_VOCABULARY:
                new = Storage(name.removeprefix("torch "), checked_count(count))
            case _:
                raise ValueError("it refers to something that is not a storage")
        storage = self.storages.setdefault(key, new)
        if (storage.code, storage.count) != (new.code, new.count):
            raise ValueError("it gives one storage two sizes")
        return storage
