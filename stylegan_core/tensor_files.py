"""Safetensors files, written whole or not at all, with the permissions of every other file."""

from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from stylegan_core.files import replacing
from stylegan_core.leftovers import noted
from stylegan_core.write_errors import os_error_in


def save_tensors(
    path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None
) -> None:
    """Write tensors with metadata. Raises `WriteError`."""
    needs = sum(tensor.nbytes for tensor in tensors.values())
    with replacing(path, needs=needs) as partial, noted(partial):
        partial.touch()
        usual_mode = partial.stat().st_mode
        try:
            save_file(dict(tensors), partial, metadata=dict(metadata) if metadata else None)
        except SafetensorError as error:
            raise os_error_in(error, partial) from error
        partial.chmod(usual_mode)  # the library lets only the owner read what it writes
