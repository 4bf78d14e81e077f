"""Read the weights in a safetensors file of another program, which has no card of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from stylegan_core.card import CheckpointError, describes_tensor, read_fields
from stylegan_core.importers.arrays import BFLOAT16, StoredArray
from stylegan_core.importers.byte_source import Blob, ByteSource
from stylegan_core.json_text import parsed_json
from stylegan_core.limits import MAX_HEADER_BYTES

CODES: Final = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": BFLOAT16,
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "|i1",
    "U8": "|u1",
    "BOOL": "|b1",
}
"""Types of safetensors -> NumPy's type codes."""


def has_card(path: Path) -> bool:
    """Tell whether a safetensors file is a checkpoint of ours, as far as its header can be read."""
    try:
        metadata = read_fields(path).get("__metadata__")
    except CheckpointError:
        return True  # opening it as a checkpoint will say what is wrong
    return isinstance(metadata, dict) and "card" in metadata


def read_safetensors(source: ByteSource) -> dict[str, StoredArray]:
    """Return the arrays of a file by name. Raises `CheckpointError`."""
    length = int.from_bytes(source.read(8), "little")
    if length > MAX_HEADER_BYTES:
        raise source.damaged("its header is too long")
    try:
        fields = parsed_json(source.read(length))
    except ValueError as error:
        raise source.damaged("its header cannot be read") from error
    if not isinstance(fields, dict):
        raise source.damaged("its header is not an object")
    fields.pop("__metadata__", None)
    return {name: _stored(source, 8 + length, entry) for name, entry in fields.items()}


def _stored(source: ByteSource, start: int, entry: Any) -> StoredArray:
    if not describes_tensor(entry):
        raise source.damaged("its table of tensors makes no sense")
    first, end = entry["data_offsets"]
    if start + end > source.end:
        raise source.incomplete()
    array = StoredArray()
    array.shape = tuple(entry["shape"])
    array.code = CODES.get(entry["dtype"], "")
    array.data = Blob(source, start + first, end - first)
    if array.code and array.nbytes != end - first:
        raise source.damaged("a tensor has more or fewer numbers than its shape")
    return array
