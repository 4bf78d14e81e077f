"""What is known of a prepared data set, as the JSON beside it holds it, and a report of it."""

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from stylegan_core.data.images import Fit
from stylegan_core.errors import UserError

NAMED = 3  # examples in a report


@dataclass(frozen=True)
class Skipped:
    """A file that was left out, and why."""

    name: str
    reason: str  # a few words, the same for all files of a kind
    detail: str = ""


@dataclass(frozen=True)
class DatasetInfo:
    """What NAME.json says; `labels` holds the class of each picture, as a place in the names."""

    source: str
    resolution: int
    count: int
    skipped: tuple[Skipped, ...] = ()
    fit: Fit = "crop"
    labels: tuple[int, ...] | None = field(default=None, repr=False)
    class_names: tuple[str, ...] = ()
    fingerprint: str = ""  # of all pixels and labels, in their order

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Why files were left out, and how many for each reason, the most frequent first."""
        return Counter(entry.reason for entry in self.skipped).most_common()

    def to_json(self) -> str:
        """The text of NAME.json."""
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def read(cls, path: Path) -> "DatasetInfo":
        """The facts in NAME.json. Raises `UserError` if it is missing or damaged."""
        try:
            return _parsed(json.loads(path.read_text(encoding="utf-8")))
        except OSError:
            raise unusable(path, "is missing") from None
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise unusable(path, f"is damaged ({error})") from None


def unusable(path: Path, found: str) -> UserError:
    """The error for one of the two files of a prepared set."""
    return UserError(
        f"{path} {found}. Delete {path.stem}.u8 and {path.stem}.json in that folder to have the "
        "pictures prepared again."
    )


def _parsed(values: dict[str, Any]) -> DatasetInfo:
    labels = values.get("labels")
    info = DatasetInfo(
        **{
            **values,
            "skipped": tuple(Skipped(**entry) for entry in values["skipped"]),
            "labels": None if labels is None else tuple(labels),
            "class_names": tuple(values.get("class_names", ())),
        }
    )
    whole = (info.resolution, info.count, *(info.labels or ()))
    if not all(type(number) is int and number >= 0 for number in whole):
        raise ValueError("its numbers make no sense")
    if info.labels is not None and (
        len(info.labels) != info.count or max(info.labels) >= len(info.class_names)
    ):
        raise ValueError("its labels do not fit its pictures")
    return info


def report(info: DatasetInfo) -> str:
    """What was taken, what was left out and why, in a few lines for people."""
    lines = [f"{info.count} pictures of {info.source} at {info.resolution} px"]
    if info.labels is not None:
        shares = Counter(info.labels)
        names = [f"{name} ({shares[i]})" for i, name in enumerate(info.class_names)]
        shown = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
        lines.append(f"{len(names)} classes: {shown}")
    if info.skipped:
        lines.append(f"{len(info.skipped)} files left out:")
    for reason, count in info.reasons:
        entries = [entry for entry in info.skipped if entry.reason == reason][:NAMED]
        examples = ", ".join(e.name + (f" ({e.detail})" if e.detail else "") for e in entries)
        lines.append(f"  {count} {reason}: {examples}" + (", ..." if count > NAMED else ""))
    return "\n".join(lines)
