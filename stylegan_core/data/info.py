"""The description of a prepared data set: its JSON file, and a report for people."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from stylegan_core.data.images import Fit
from stylegan_core.errors import UserError
from stylegan_core.json_text import parsed_json
from stylegan_core.readable import shown_name

MAX_VALUES = 20_000_000  # of the file: a label for each picture
MAX_EXAMPLES = 3  # in a report, of the files left out for one reason
MAX_NAMED_CLASSES = 20  # in a report


@dataclass(frozen=True)
class Skipped:
    """A file that was left out, and why."""

    name: str
    reason: str  # a few words, the same for all files of a kind
    detail: str = ""


@dataclass(frozen=True)
class DatasetInfo:
    """The fields of NAME.json."""

    source: str  # the data as the user named it
    resolution: int  # px
    count: int
    channels: int = 3  # 4 with transparency
    skipped: tuple[Skipped, ...] = ()
    ignored_profiles: tuple[str, ...] = ()  # files used without their damaged colour profiles
    fit: Fit = "crop"
    labels: tuple[int, ...] | None = field(default=None, repr=False)  # indices of `class_names`
    class_names: tuple[str, ...] = ()
    fingerprint: str = ""  # of all pixels and labels, in their order
    seal: str = field(default="", repr=False)  # of the fingerprint, the labels and the file's time

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Each reason for leaving out files and their number, the most frequent first."""
        return Counter(entry.reason for entry in self.skipped).most_common()

    def to_json(self) -> str:
        """Return the text of NAME.json."""
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def read(cls, path: Path) -> "DatasetInfo":
        """Read NAME.json. Raises `UserError` if it is missing or damaged."""
        try:
            return _parsed(parsed_json(path.read_bytes(), MAX_VALUES))
        except OSError:
            raise unusable(path, "is missing") from None
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise unusable(path, f"is damaged ({error})") from None


def unusable(path: Path, problem: str) -> UserError:
    """Return the error for a prepared set of which one of its two files cannot be used."""
    return UserError(
        f"{path} {problem}. Delete {path.stem}.u8 and {path.stem}.json in that folder to have the "
        "pictures prepared again."
    )


def _parsed(values: dict[str, Any]) -> DatasetInfo:
    labels = values.get("labels")
    info = DatasetInfo(
        **{
            **values,
            "skipped": tuple(Skipped(**entry) for entry in values["skipped"]),
            "ignored_profiles": tuple(values.get("ignored_profiles", ())),
            "labels": None if labels is None else tuple(labels),
            "class_names": tuple(values.get("class_names", ())),
        }
    )
    numbers = (info.resolution, info.count, info.channels, *(info.labels or ()))
    if not all(type(number) is int and number >= 0 for number in numbers):
        raise ValueError("its numbers make no sense")
    if info.labels is not None and (
        len(info.labels) != info.count or max(info.labels) >= len(info.class_names)
    ):
        raise ValueError("its labels do not fit its pictures")
    return info


def report(info: DatasetInfo) -> str:
    """Return a few lines on the pictures used, and on those left out and why."""
    lines = [f"{info.count} pictures of {info.source} at {info.resolution} px"]
    if info.labels is not None:
        counts = Counter(info.labels)
        names = [f"{shown_name(name)} ({counts[i]})" for i, name in enumerate(info.class_names)]
        lines.append(f"{len(names)} classes: {_examples(names, MAX_NAMED_CLASSES)}")
    if info.skipped:
        lines.append(f"{len(info.skipped)} file{_s(info.skipped)} left out:")
    for reason, count in info.reasons:
        entries = [entry for entry in info.skipped if entry.reason == reason]
        lines.append(f"  {count} {reason}: {_examples([_named(entry) for entry in entries])}")
    if info.ignored_profiles:
        files = [shown_name(name) for name in info.ignored_profiles]
        lines.append(f"{len(files)} damaged colour profile{_s(files)} ignored: {_examples(files)}")
    return "\n".join(lines)


def _named(entry: Skipped) -> str:
    return shown_name(entry.name) + (f" ({shown_name(entry.detail)})" if entry.detail else "")


def _examples(names: Sequence[str], most: int = MAX_EXAMPLES) -> str:
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")


def _s(things: Sequence[object]) -> str:
    return "" if len(things) == 1 else "s"
