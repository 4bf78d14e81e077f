"""Class labels of pictures, from the names of their folders or from a JSON file.

The JSON file is the common dataset.json, {"labels": [["a.png", 3], ...]}, or one object,
{"a.png": "cat", ...}. Labels are numbers from 0 up or names; one file holds one kind.
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

MAX_CLASSES = 1 << 16


@dataclass(frozen=True)
class Labels:
    """The class of each labelled picture, as an index of `class_names`."""

    classes: Mapping[str, int]
    class_names: tuple[str, ...]

    @property
    def digest(self) -> str:
        """A digest that changes when a label does."""
        plain = json.dumps([self.class_names, sorted(self.classes.items())])
        return hashlib.sha256(plain.encode()).hexdigest()[:8]


def find_labels(pictures: Pictures, setting: str) -> Labels | None:
    """Find the labels for a setting: "none", "folders", or the path of a JSON file.

    The JSON file may lie on the disk or among the pictures. Pictures may lack a label; raises
    `UserError` if all of them do, or if all are of one class.
    """
    if setting == "none":
        return None
    if setting == "folders":
        by_name: dict[str, Any] = _by_folder(pictures.names)
    else:
        names = set(pictures.names)
        by_name = {name: label for name, label in _read(pictures, setting) if name in names}
    if not by_name:
        missing = "lies in a folder of its class" if setting == "folders" else "has a label there"
        raise UserError(f"{pictures.path}: labels of {setting}, but no picture {missing}.")
    labels = _numbered(by_name, setting)
    used = set(labels.classes.values())
    if len(used) < 2:
        only = labels.class_names[used.pop()]
        raise UserError(
            f"{pictures.path}: all pictures are of one class, '{only}'; train without labels."
        )
    return labels


def _by_folder(names: Sequence[str]) -> dict[str, Any]:
    """Map each name to its first folder below the folder that all names share."""
    parents = [PurePosixPath(name).parts[:-1] for name in names]
    first, last = min(parents), max(parents)
    shared = next(
        (i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b),
        min(len(first), len(last)),
    )
    return {
        name: folders[shared]
        for name, folders in zip(names, parents, strict=True)
        if len(folders) > shared
    }


def _read(pictures: Pictures, setting: str) -> Iterable[tuple[str, Any]]:
    """Read (name, label) pairs from a JSON file. Raises `UserError`."""
    try:
        path = Path(setting)
        content = path.read_bytes() if path.is_file() else pictures.read(setting)
        value = json.loads(content)
    except (OSError, LookupError):
        raise UserError(
            f"There is no file of labels {setting}; labels are 'none', 'folders' or a JSON file."
        ) from None
    except (*UNREADABLE, RecursionError) as error:
        raise UserError(f"{setting} is not a JSON file of labels: {error}.") from None
    if isinstance(value, dict) and isinstance(value.get("labels"), list | dict):
        value = value["labels"]
    pairs = list(value.items()) if isinstance(value, dict) else value
    if not isinstance(pairs, list) or not all(_is_pair(pair) for pair in pairs):
        raise UserError(
            f'{setting} must hold {{"labels": [["a.png", 3], ...]}} or {{"a.png": "name", ...}}.'
        )
    return ((str(PurePosixPath(name.replace("\\", "/"))), label) for name, label in pairs)


def _is_pair(pair: Any) -> bool:
    return isinstance(pair, list | tuple) and len(pair) == 2 and isinstance(pair[0], str)


def _numbered(by_name: Mapping[str, Any], setting: str) -> Labels:
    """Number classes that have names, sorted by name; keep numbers as they are."""
    kinds = {type(label) for label in by_name.values()}
    if kinds == {str}:
        class_names = tuple(sorted(set(by_name.values())))
        numbers = {name: number for number, name in enumerate(class_names)}
        return Labels({name: numbers[label] for name, label in by_name.items()}, class_names)
    if kinds != {int} or not 0 <= min(by_name.values()) <= max(by_name.values()) < MAX_CLASSES:
        raise UserError(
            f"{setting}: labels must be all names, or all whole numbers from 0 to "
            f"{MAX_CLASSES - 1}."
        )
    return Labels(dict(by_name), tuple(str(i) for i in range(max(by_name.values()) + 1)))
