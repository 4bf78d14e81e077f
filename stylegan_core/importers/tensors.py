"""Read what `torch.save` wrote of tensors, numbers and texts, as data.

`torch.load` does not call anything of a file either, with `weights_only`, but its steps and its
memory have no bound: a key of a hundred bytes can take for ever to hash.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from stylegan_core import limits
from stylegan_core.card import CheckpointError
from stylegan_core.importers.arrays import StoredArray
from stylegan_core.importers.byte_source import ByteSource
from stylegan_core.importers.opening import unpickled


def read_tensors(path: Path) -> Any:
    """Return the object in a file of PyTorch: tensors on the CPU, in plain containers.

    bfloat16 becomes float32. Raises `CheckpointError` for a file that is damaged, or that holds
    anything else.
    """
    unknown: set[str] = set()
    try:
        with path.open("rb") as file:
            source = ByteSource(file, path.name)
            with limits.reading(source.end):
                _, root = unpickled(source, unknown)
                if unknown:
                    names = ", ".join(sorted(name.replace(" ", ".") for name in unknown))
                    raise source.damaged(f"it names {names}")
                return _with_tensors(root)
    except OSError as error:
        raise CheckpointError(f"Cannot read {path}: {error.strerror}.") from error
    except limits.LimitExceeded as error:
        raise CheckpointError(f"{path.name} is damaged: {error}.") from error


def _with_tensors(value: Any, depth: int = 0) -> Any:
    limits.budget().entries(1)
    if depth > limits.MAX_DEPTH:
        raise CheckpointError("The file is damaged: its values are nested too deeply.")
    match value:
        case StoredArray():
            return torch.from_numpy(value.read())
        case dict():
            return {key: _with_tensors(part, depth + 1) for key, part in value.items()}
        case list():
            return [_with_tensors(part, depth + 1) for part in value]
        case tuple():
            return tuple(_with_tensors(part, depth + 1) for part in value)
        case None | bool() | int() | float() | str():
            return value
    raise CheckpointError("The file is damaged: it holds something other than tensors and numbers.")
