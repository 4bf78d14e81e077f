"""Class labels of pictures, from the names of their folders or from a JSON file.

The JSON file is the common dataset.json, {"labels": [["a.png", 3], ...]}, or one object,
{"a.png": "cat", ...}; a label is a number from 0 up or a name, and one file holds one kind.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from stylegan_core.data.folders import Pictures
from stylegan_core.data.images import UNREADABLE
from stylegan_core.errors import UserError

MOST_CLASSES = 1 << 16


@dataclass(frozen=True)
class Labels:
    """The class of each picture that has one, as a place in `class_names`."""

    classes: Mapping[str, int]
    class_names: tuple[str, ...]

    @property
    def mark(self) -> str:
        """Changes when a label does."""
        plain = json.dumps([self.class_names, sorted(self.classes.items())])
        return hashlib.sha256(plain.encode()).hexdigest()[:8]


def find_labels(pictures: Pictures, wanted: str) -> Labels | None:
    """The labels that a setting asks for: "none", "folders", or the path of a JSON file.

    The JSON file may lie on the disk or within the source. Pictures may lack a label; raises
    `UserError` if all of them do, or if all are of one class.
    """
    if wanted == "none":
        return None
    if wanted == "folders":
        named = _folders(pictures.names)
    else:
        known = set(pictures.names)
        named = {name: label for name, label in _read(pictures, wanted) if name in known}
    if not named:
        what = "lies in a folder of its class" if wanted == "folders" else "has a label there"
        raise UserError(f"{pictures.source}: labels of {wanted}, but no picture {what}.")
    labels = _numbered(named, wanted)
    used = set(labels.classes.values())
    if len(used) < 2:
        only = labels.class_names[used.pop()]
        raise UserError(
            f"{pictures.source}: all pictures are of one class, '{only}'; train without labels."
        )
    return labels


def _folders(names: Sequence[str]) -> dict[str, str]:
    """The first folder of each name below the folder that all share."""
    parents = [PurePosixPath(name).parts[:-1] for name in names]
    first, last = min(parents), max(parents)
    shared = next(
        (i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b),
        min(len(first), len(last)),
    )
    return {
        name: parts[shared]
        for name, parts in zip(names, parents, strict=True)
        if len(parts) > shared
    }


def _read(pictures: Pictures, wanted: str) -> Iterable[tuple[str, Any]]:
    """(name, label) of a JSON file. Raises `UserError`."""
    try:
        path = Path(wanted)
        content = path.read_bytes() if path.is_file() else pictures.read(wanted)
        found = json.loads(content)
    except (OSError, LookupError):
        raise UserError(
            f"There is no file of labels {wanted}; labels are 'none', 'folders' or a JSON file."
        ) from None
    except (*UNREADABLE, RecursionError) as error:
        raise UserError(f"{wanted} is no JSON file of labels: {error}.") from None
    if isinstance(found, dict) and isinstance(found.get("labels"), list | dict):
        found = found["labels"]
    pairs = list(found.items()) if isinstance(found, dict) else found
    if not isinstance(pairs, list) or not all(_is_pair(pair) for pair in pairs):
        raise UserError(
            f'{wanted} must hold {{"labels": [["a.png", 3], ...]}} or {{"a.png": "name", ...}}.'
        )
    return ((str(PurePosixPath(name.replace("\\", "/"))), label) for name, label in pairs)


def _is_pair(pair: Any) -> bool:
    return isinstance(pair, list | tuple) and len(pair) == 2 and isinstance(pair[0], str)


def _numbered(named: Mapping[str, Any], wanted: str) -> Labels:
    """Names of classes in their order; numbers as they are."""
    kinds = {type(label) for label in named.values()}
    if kinds == {str}:
        class_names = tuple(sorted(set(named.values())))
        numbers = {name: number for number, name in enumerate(class_names)}
        return Labels({name: numbers[label] for name, label in named.items()}, class_names)
    if kinds != {int} or not 0 <= min(named.values()) <= max(named.values()) < MOST_CLASSES:
        raise UserError(
            f"{wanted}: labels must be all names, or all whole numbers from 0 to "
            f"{MOST_CLASSES - 1}."
        )
    return Labels(dict(named), tuple(str(i) for i in range(max(named.values()) + 1)))
