"""Class labels of pictures, from the names of their folders or from a JSON file.

The JSON file is the common dataset.json, {"labels": [["a.png", 3], ...]}, or one object,
{"a.png": "cat", ...}. Labels are numbers from 0 up or names; one file holds one kind. Names of
pictures are relative to where the file lies. A picture whose label is null has none.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final

from stylegan_core.data.folders import Pictures
from stylegan_core.errors import UserError
from stylegan_core.json_text import parsed_json
from stylegan_core.picture_files.errors import PictureError
from stylegan_core.readable import shown_name

MAX_CLASSES: Final = 1 << 16
MAX_SHOWN: Final = 60  # characters of a label in a message
MAX_JSON_VALUES: Final = 1 << 26  # three for each picture


@dataclass(frozen=True)
class Labels:
    """The class of each labelled picture, as an index of `class_names`."""

    classes: Mapping[str, int]
    class_names: tuple[str, ...]
    file: str = field(default="", compare=False)  # of the labels, if it lies among the pictures

    @property
    def digest(self) -> str:
        """A digest that changes when a label does."""
        plain = json.dumps([self.class_names, sorted(self.classes.items())])
        return hashlib.sha256(plain.encode()).hexdigest()[:8]


def find_labels(pictures: Pictures, setting: str) -> Labels | None:
    """Find the labels for a setting: "none", "folders", or the path of a JSON file.

    The JSON file may lie on the disk or among the pictures, in any folder of theirs. Pictures may
    lack a label; raises `UserError` if all of them do, or if all are of one class.
    """
    if setting == "none":
        return None
    if setting == "folders":
        file, by_name = "", _by_folder(pictures.names)
    else:
        file, by_name = _from_file(pictures, setting)
    if not by_name:
        missing = "lies in a folder of its class" if setting == "folders" else "has a label there"
        raise UserError(f"{pictures.path}: labels of {setting}, but no picture {missing}.")
    labels = replace(_numbered(by_name, setting), file=file)
    used = set(labels.classes.values())
    if len(used) < 2:
        only = shown_name(labels.class_names[used.pop()])
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


def _from_file(pictures: Pictures, setting: str) -> tuple[str, dict[str, Any]]:
    """Return the place of a JSON file among the pictures, and their labels. Raises `UserError`."""
    file, content = _file(pictures, setting)
    try:
        value = parsed_json(content, MAX_JSON_VALUES)
    except ValueError as error:
        raise UserError(f"{setting} is not a JSON file of labels: {error}.") from None
    known = set(pictures.names)
    folder = PurePosixPath(file).parent
    by_name = {}
    for name, label in _pairs(value, setting):
        path = PurePosixPath(name.replace("\\", "/"))
        found = next((name for name in (str(folder / path), str(path)) if name in known), None)
        if found is not None and label is not None:
            by_name[found] = label
    return file, by_name


def _file(pictures: Pictures, setting: str) -> tuple[str, bytes]:
    """Return where the file of labels lies among the pictures ("" elsewhere), and its content."""
    try:
        path = Path(setting)
        if path.is_file():
            return _place_among(pictures, path), path.read_bytes()
        places = [name for name in pictures.others if f"/{name}".endswith(f"/{setting}")]
        place = setting if setting in places else _only(places, setting)
        return place, pictures.read(place)
    except (OSError, PictureError) as error:
        raise UserError(f"{setting} cannot be read: {error}.") from None


def _place_among(pictures: Pictures, path: Path) -> str:
    file, folder = path.resolve(), pictures.path.resolve()
    return file.relative_to(folder).as_posix() if file.is_relative_to(folder) else ""


def _only(places: Sequence[str], setting: str) -> str:
    if not places:
        raise UserError(
            f"There is no file of labels {setting}; labels are 'none', 'folders' or a JSON file."
        )
    if len(places) > 1:
        raise UserError(
            f"There are {len(places)} files {setting}: name one with its folder, {places[0]} or "
            f"{places[1]}."
        )
    return places[0]


def _pairs(value: Any, setting: str) -> Iterator[tuple[str, Any]]:
    """Yield the pairs of a picture's name and its label. Raises `UserError` for anything else."""
    if isinstance(value, dict) and isinstance(value.get("labels"), list | dict):
        value = value["labels"]
    if isinstance(value, dict):
        yield from value.items()
        return
    if not isinstance(value, list):
        raise UserError(
            f'{setting} must hold {{"labels": [["a.png", 3], ...]}} or {{"a.png": "name", ...}}.'
        )
    for number, pair in enumerate(value, 1):
        if not (isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str)):
            raise UserError(
                f'{setting}: entry {number} must be like ["a.png", 3], not {_text(pair)}.'
            )
        yield pair[0], pair[1]


def _text(value: Any) -> str:
    return shown_name(json.dumps(value, ensure_ascii=False), MAX_SHOWN)


def _numbered(by_name: Mapping[str, Any], setting: str) -> Labels:
    """Number classes that have names, sorted by name; keep numbers as they are."""
    has_names = isinstance(next(iter(by_name.values())), str)
    for name, label in by_name.items():
        is_number = type(label) is int and 0 <= label < MAX_CLASSES
        if not (isinstance(label, str) if has_names else is_number):
            raise UserError(
                f"{setting}: labels must be all names, or all whole numbers from 0 to "
                f"{MAX_CLASSES - 1}; that of {shown_name(name)} is {_text(label)}."
            )
    if has_names:
        class_names = tuple(sorted(set(by_name.values())))
        numbers = {name: number for number, name in enumerate(class_names)}
        return Labels({name: numbers[label] for name, label in by_name.items()}, class_names)
    return Labels(dict(by_name), tuple(str(i) for i in range(max(by_name.values()) + 1)))
