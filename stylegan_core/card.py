"""The header of a checkpoint, read without its weights and without torch.

A checkpoint is one safetensors file: eight bytes with the length of a JSON header (little endian),
the header, then the weights. Under `__metadata__` the header holds the text `card`: JSON with
architecture, configuration, data set, training length, measured quality and licence.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stylegan_core.errors import UserError
from stylegan_core.json_text import parsed_json
from stylegan_core.limits import MAX_DIMENSIONS, MAX_HEADER_BYTES, MAX_SIZE
from stylegan_core.picture_files.kinds import START_BYTES, UNKNOWN, Kind, kind_of
from stylegan_core.readable import all_readable

CARD_VERSION = 1
BITS = 8  # of a byte: no tensor has more numbers than bits

FOREIGN_KINDS = (
    (b"PK\x03\x04", "a zip archive, perhaps a PyTorch file"),
    *((bytes((0x80, protocol)), "a Python pickle") for protocol in range(2, 6)),
)


class CheckpointError(UserError, ValueError):
    """A file that cannot be opened as a model: the message names what is wrong with it."""


@dataclass(frozen=True)
class TensorInfo:
    """The type of one tensor of a file, as safetensors spells it, and its shape."""

    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Header:
    """The header of a checkpoint: its card, and its tensors by name."""

    card: Mapping[str, Any]
    tensors: Mapping[str, TensorInfo]


def read_card(path: str | Path) -> Mapping[str, Any]:
    """Return the card of a checkpoint. Raises `CheckpointError`."""
    return read_header(path).card


def read_header(path: str | Path) -> Header:
    """Return the header of a checkpoint. Raises `CheckpointError`, also for an incomplete file."""
    path = Path(path)
    fields = read_fields(path)
    metadata = fields.pop("__metadata__", {})
    _check_table(path, fields)
    if not isinstance(metadata, dict) or "card" not in metadata:
        raise CheckpointError(
            f"{path.name} is a safetensors file, but not a StyleGAN checkpoint: it has no card."
        )
    tensors = {
        name: TensorInfo(entry["dtype"], tuple(entry["shape"])) for name, entry in fields.items()
    }
    return Header(_parse_card(path, metadata["card"]), tensors)


def read_fields(path: Path) -> dict[str, Any]:
    """Return the JSON object in the header. Raises `CheckpointError`."""
    try:
        size = path.stat().st_size
        if not (path.is_file() or path.is_dir()):  # reading a pipe or a device may never end
            raise CheckpointError(f"{path} is not a file.")
        with path.open("rb") as file:
            start = file.read(10)
            length = int.from_bytes(start[:8], "little")
            if len(start) < 10 or not 2 <= length <= size - 8:
                raise CheckpointError(_not_a_checkpoint(path, start, size))
            if length > MAX_HEADER_BYTES:
                raise CheckpointError(_too_long(path))
            text = start[8:] + file.read(length - 2)
    except OSError as error:
        raise CheckpointError(f"Cannot read {path}: {error.strerror}.") from error
    try:
        fields = parsed_json(text)
    except ValueError as error:
        if not text.startswith(b"{"):
            raise CheckpointError(_not_a_checkpoint(path, start, size)) from error
        raise CheckpointError(f"{path.name} is damaged: its header cannot be read.") from error
    if not isinstance(fields, dict):
        raise CheckpointError(_not_a_checkpoint(path, start, size))
    return fields


def _too_long(path: Path) -> str:
    return f"{path.name} is not a checkpoint of this program: its header is too long."


def _not_a_checkpoint(path: Path, start: bytes, size: int) -> str:
    """Return the message for a file that does not begin as a checkpoint does."""
    if not size:
        return f"{path.name} is empty."
    if start[8:] == b'{"':
        return f"{path.name} is incomplete: it ends within its header. Fetch or copy it again."
    foreign = next((kind for magic, kind in FOREIGN_KINDS if start.startswith(magic)), None)
    other = _kind_of(path)
    if foreign is not None:
        problem = f"looks like {foreign}"
    elif other is not UNKNOWN:
        problem = f"is of another kind: {other.reason}"
    else:
        problem = "is not a safetensors file, or is damaged"
    return f"{path.name} {problem}; a checkpoint of this program is a .safetensors file."


def _kind_of(path: Path) -> Kind:
    try:
        with path.open("rb") as file:
            return kind_of(file.read(START_BYTES))
    except OSError:
        return UNKNOWN


def _check_table(path: Path, fields: Mapping[str, Any]) -> None:
    """Raise `CheckpointError` unless the table describes tensors and the file holds them all."""
    if not all(map(describes_tensor, fields.values())):
        raise CheckpointError(f"{path.name} is damaged: its table of tensors makes no sense.")
    ends = [entry["data_offsets"][1] for entry in fields.values()]
    with path.open("rb") as file:
        header = 8 + int.from_bytes(file.read(8), "little")
    expected, size = header + max(ends, default=0), path.stat().st_size
    if size < expected:
        raise CheckpointError(
            f"{path.name} is incomplete: {size:,} of {expected:,} bytes. Fetch or copy it again."
        )


def describes_tensor(entry: object) -> bool:
    """Tell whether an entry has a type, a shape, and a place of the size that they need."""
    match entry:
        case {"dtype": str(), "shape": [*shape], "data_offsets": [start, end]}:
            if len(shape) > MAX_DIMENSIONS or not all(map(_is_size, (*shape, start, end))):
                return False
            return bool(math.prod(shape) <= BITS * max(0, end - start))
    return False


def _is_size(value: object) -> bool:
    return type(value) is int and 0 <= value < MAX_SIZE


def _parse_card(path: Path, text: object) -> Mapping[str, Any]:
    try:
        card = all_readable(parsed_json(text)) if isinstance(text, str) else None
    except ValueError:
        card = None
    if not isinstance(card, dict) or not isinstance(card.get("card_version"), int):
        raise CheckpointError(f"{path.name} is damaged: its card cannot be read.")
    if card["card_version"] > CARD_VERSION:
        raise CheckpointError(
            f"{path.name} was written by a newer version of this program "
            f"(card {card['card_version']}, this one reads up to {CARD_VERSION}): update it."
        )
    return card


def lod_of(card: Mapping[str, Any], resolution: int) -> float:
    """Return the level of detail at which a checkpoint was saved, in doublings still to grow.

    It is 0 for a fully grown model, and for a card without a sensible value.
    """
    training = card.get("training")
    lod = training.get("lod", 0) if isinstance(training, Mapping) else 0
    is_sensible = type(lod) in (int, float) and 0 <= lod < 64 and 4 * 2**lod <= resolution
    return float(lod) if is_sensible else 0.0
