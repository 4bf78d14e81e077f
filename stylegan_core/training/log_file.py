"""The log of a training run, log.jsonl: one record a line, added while the run goes on."""

import json
from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path

from stylegan_core.files import replace_content
from stylegan_core.log_record import LogRecord, parsed
from stylegan_core.write_errors import writing


class LogFile:
    """The log as its run writes it; `explorer.runs.log` follows it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, record: LogRecord) -> None:
        """Add one record."""
        with writing(self._path), self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")

    def cut(self, kimg: float) -> None:
        """Drop the records after a number of kimg: a resumed run writes them again."""
        lines = self._lines()
        kept = [line for line in lines if (record := parsed(line)) and record["kimg"] <= kimg]
        if lines:
            replace_content(self._path, "".join(kept).encode())

    def working_seconds(self, kimg: float, launches: Sequence[float]) -> float:
        """Add up the seconds that a run's launches took up to a number of kimg.

        The seconds of a record count from its launch; `launches` holds the kimg of each. Former
        versions did not list all launches; there, seconds that fall mark one.
        """
        total = last = 0.0
        last_launch = 0
        for record in filter(None, map(parsed, self._lines())):
            if record["kimg"] > kimg or "seconds" not in record:
                continue
            seconds, launch = record["seconds"], bisect_left(launches, record["kimg"])
            total += last if seconds < last or launch != last_launch else 0.0
            last, last_launch = seconds, launch
        return total + last

    def _lines(self) -> list[str]:
        if not self._path.exists():
            return []
        return self._path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
