"""Open a foreign file: read its pickle as data, and find the networks in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from stylegan_core import limits
from stylegan_core.card import CheckpointError
from stylegan_core.importers.byte_source import ByteSource
from stylegan_core.importers.contents import Contents, UnknownContents, recognise
from stylegan_core.importers.pickle_reader import PickleReader
from stylegan_core.importers.safetensors_weights import has_card, read_safetensors
from stylegan_core.importers.torch_legacy import LEGACY_START, read_legacy
from stylegan_core.importers.torch_zip import read_zip
from stylegan_core.importers.vocabulary import network_vocabulary

ZIP_START: Final = b"PK\x03\x04"
PICKLE_STARTS: Final = tuple(bytes((0x80, protocol)) for protocol in range(2, 6))
SAFETENSORS_HEADER: Final = b'{"'  # after eight bytes that hold its length


def is_foreign(path: str | Path) -> bool:
    """Tell whether a file is a pickle, a PyTorch file, or safetensors without a card of ours.

    A file that cannot be read is not foreign: opening it as a checkpoint will say why.
    """
    path = Path(path)
    try:
        with path.open("rb") if path.is_file() else BytesIO() as file:
            start = file.read(10)
    except OSError:
        return False
    if start[8:] == SAFETENSORS_HEADER:
        return not has_card(path)
    return start.startswith((ZIP_START, *PICKLE_STARTS))


@contextmanager
def opened(path: str | Path, look: Callable[[], None] = lambda: None) -> Iterator[Contents]:
    """Yield the contents of a foreign file. The weights can be read until the block ends.

    `look` is called now and then while the file is read; an error it raises ends the reading.
    Raises `CheckpointError` for a file that is damaged, hostile, or of an unknown kind.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            source = ByteSource(file, path.name)
            with limits.reading(source.end, look):
                yield contents_of(source)
    except OSError as error:
        raise CheckpointError(f"Cannot read {path}: {error.strerror}.") from error


def contents_of(source: ByteSource) -> Contents:
    """Return what a source holds; the weights stay in it. Raises `CheckpointError`."""
    unknown: set[str] = set()
    written_as, root = unpickled(source, unknown)
    not_run = tuple(name.replace(" ", ".") for name in sorted(unknown))
    try:
        contents = recognise(root)
    except limits.LimitExceeded as error:
        raise source.damaged(str(error)) from error
    except UnknownContents as error:
        hint = f" It names {not_run[0]}, which was not run." if not_run else ""
        raise CheckpointError(f"{source.name} {error}{hint}") from error
    return replace(
        contents,
        file_name=source.name,
        size_bytes=source.end,
        written_as=written_as,
        not_run=not_run,
    )


def unpickled(source: ByteSource, unknown: set[str]) -> tuple[str, Any]:
    """Return the name of the file's format, and the object in it."""
    vocabulary = network_vocabulary()
    start = source.file.read(len(LEGACY_START))
    source.file.seek(0)
    if start[8:10] == SAFETENSORS_HEADER:
        return "safetensors", read_safetensors(source)
    if start.startswith(ZIP_START):
        return "PyTorch zip file", read_zip(source, vocabulary, unknown)
    if start == LEGACY_START:
        return "PyTorch file of the older form", read_legacy(source, vocabulary, unknown)
    if start.startswith(PICKLE_STARTS):
        root = PickleReader(source, vocabulary, unknown=unknown).run()
        return f"pickle, protocol {start[1]}", root
    raise CheckpointError(f"{source.name} is neither a pickle nor a file of PyTorch.")
