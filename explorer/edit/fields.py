"""Reads untrusted JSON values field by field; every complaint names the place and the value."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from stylegan_core.errors import UserError
from stylegan_core.readable import is_readable

NUMBER_LIMIT = 1e6
"""No number of an edit is meant to be larger; a file that holds one is damaged or hostile."""

_REQUIRED: Any = object()


class FormatError(UserError):
    """A JSON value is not what the format says; the message names the field."""


def shown(value: object) -> str:
    """A short description of a JSON value for an error message."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


@contextmanager
def naming(where: str) -> Iterator[None]:
    """A ValueError inside becomes a FormatError that names the place in the file."""
    try:
        yield
    except ValueError as error:
        raise FormatError(f"{where}: {error}") from error


class Fields:
    """One JSON object whose fields are taken out one by one; `done` refuses what is left."""

    def __init__(self, data: object, where: str) -> None:
        if not isinstance(data, dict):
            raise FormatError(f"{where} should be an object, found {shown(data)}")
        self._data = dict(data)
        self._where = where

    def _take(self, name: str, default: Any) -> Any:
        if name in self._data:
            return self._data.pop(name)
        if default is _REQUIRED:
            raise FormatError(f"{self._where} has no field {name!r}")
        return default

    def _wrong(self, name: str, wanted: str, found: object) -> FormatError:
        return FormatError(f"{self._where}.{name} should be {wanted}, found {shown(found)}")

    def has(self, name: str) -> bool:
        """Whether the field is present and not null."""
        return self._data.get(name) is not None

    def raw(self, name: str, default: Any = _REQUIRED) -> Any:
        """The field as it stands; the caller checks it."""
        return self._take(name, default)

    def number(self, name: str, default: float = _REQUIRED, limit: float = NUMBER_LIMIT) -> float:
        """A finite number between -limit and limit."""
        return checked_number(self._take(name, default), f"{self._where}.{name}", limit)

    def integer(self, name: str, default: int = _REQUIRED, low: int = 0, high: int = 10**6) -> int:
        """A whole number from low to high."""
        value = self._take(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self._wrong(name, f"a whole number from {low} to {high}", value)
        return value

    def flag(self, name: str, default: bool = _REQUIRED) -> bool:
        """True or false."""
        value = self._take(name, default)
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false", value)
        return value

    def text(
        self,
        name: str,
        default: str = _REQUIRED,
        choices: Collection[str] = (),
        max_length: int = 1000,
    ) -> str:
        """A string, one of `choices` where they are given."""
        value = self._take(name, default)
        if not isinstance(value, str) or len(value) > max_length or not is_readable(value):
            raise self._wrong(name, f"a text of at most {max_length} characters", value)
        if choices and value not in choices:
            raise self._wrong(name, "one of " + ", ".join(sorted(choices)), value)
        return value

    def items(self, name: str, limit: int, default: Any = _REQUIRED) -> Iterator[tuple[Any, str]]:
        """The entries of a list of at most `limit`, each with the name of its place."""
        value = self._take(name, default)
        if value is None and default is None:
            return
        if not isinstance(value, list | tuple) or len(value) > limit:
            raise self._wrong(name, f"a list of at most {limit}", value)
        for index, item in enumerate(value):
            yield item, f"{self._where}.{name}[{index}]"

    def numbers(self, name: str, limit: int, default: Any = _REQUIRED) -> tuple[float, ...]:
        """A list of at most `limit` finite numbers."""
        return tuple(checked_number(x, place) for x, place in self.items(name, limit, default))

    def done(self) -> None:
        """Refuses fields that nobody asked for: most often a misspelt name."""
        if self._data:
            raise FormatError(f"{self._where} has an unknown field {next(iter(self._data))!r}")


def checked_number(value: object, where: str, limit: float = NUMBER_LIMIT) -> float:
    """`value` as a float; FormatError unless it is a finite number between -limit and limit."""
    good = isinstance(value, int | float) and not isinstance(value, bool)
    if not good or not abs(value) <= limit:  # type: ignore[arg-type]  # NaN is not either
        raise FormatError(f"{where} should be a number up to {limit:g}, found {shown(value)}")
    return float(value)  # type: ignore[arg-type]
