"""Read untrusted JSON objects field by field; every error names the place and the value."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from stylegan_core.errors import UserError
from stylegan_core.readable import is_readable

NUMBER_LIMIT = 1e6
"""A larger number in an edit means that the file is damaged or hostile."""

_REQUIRED: Any = object()


class FormatError(UserError):
    """Raised for a JSON value that is not what the format says; the message names the field."""


def described(value: object) -> str:
    """Return a short description of a JSON value for an error message."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


class NewerVersion(FormatError):
    """Raised for a value that a later version of this program wrote."""


@contextmanager
def value_errors_at(where: str) -> Iterator[None]:
    """Turn a ValueError inside into a `FormatError` that names the place in the file."""
    try:
        yield
    except ValueError as error:
        raise FormatError(f"{where}: {error}") from error


class Fields:
    """One JSON object, whose fields are taken out one by one.

    Each method returns a field and raises `FormatError` if it is missing or something else.
    A field with a default may be missing. `done` refuses fields that were not taken.
    """

    def __init__(self, data: object, where: str) -> None:
        if not isinstance(data, dict):
            raise FormatError(f"{where} should be an object, found {described(data)}")
        self._data = dict(data)
        self._where = where

    def _take(self, name: str, default: Any) -> Any:
        if name in self._data:
            return self._data.pop(name)
        if default is _REQUIRED:
            raise FormatError(f"{self._where} has no field {name!r}")
        return default

    def _error(self, name: str, expected: str, value: object) -> FormatError:
        return FormatError(f"{self._where}.{name} should be {expected}, found {described(value)}")

    def check_format(self, form: str, newest: int) -> None:
        """Take `format` and `version`, which a file of this program begins with."""
        if self.raw("format", None) != form:
            raise FormatError(f"it is not a {self._where} of StyleGAN Explorer")
        self.check_version(newest)

    def check_version(self, newest: int, default: int = _REQUIRED) -> None:
        """Take `version`. Raises `NewerVersion` for one above `newest`."""
        version = self.integer("version", default, low=1)
        if version > newest:
            raise NewerVersion(
                f"{self._where} is of version {version}, and this program reads up to version "
                f"{newest}; update StyleGAN Explorer to open it"
            )

    def has(self, name: str) -> bool:
        """Tell whether the field is present and not null."""
        return self._data.get(name) is not None

    def raw(self, name: str, default: Any = _REQUIRED) -> Any:
        """Return the field unchecked."""
        return self._take(name, default)

    def number(self, name: str, default: float = _REQUIRED, limit: float = NUMBER_LIMIT) -> float:
        """Return a finite number between -limit and limit."""
        return checked_number(self._take(name, default), f"{self._where}.{name}", limit)

    def integer(self, name: str, default: int = _REQUIRED, low: int = 0, high: int = 10**6) -> int:
        """Return a whole number from low to high."""
        value = self._take(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self._error(name, f"a whole number from {low} to {high}", value)
        return value

    def flag(self, name: str, default: bool = _REQUIRED) -> bool:
        """Return true or false."""
        value = self._take(name, default)
        if not isinstance(value, bool):
            raise self._error(name, "true or false", value)
        return value

    def text(
        self,
        name: str,
        default: str = _REQUIRED,
        choices: Collection[str] = (),
        max_length: int = 1000,
    ) -> str:
        """Return a text that can be encoded; one of `choices`, if there are any."""
        value = self._take(name, default)
        if not isinstance(value, str) or len(value) > max_length or not is_readable(value):
            raise self._error(name, f"a text of at most {max_length} characters", value)
        if choices and value not in choices:
            raise self._error(name, "one of " + ", ".join(sorted(choices)), value)
        return value

    def items(self, name: str, limit: int, default: Any = _REQUIRED) -> Iterator[tuple[Any, str]]:
        """Yield the entries of a list of at most `limit`, each with the name of its place."""
        value = self._take(name, default)
        if value is None and default is None:
            return
        if not isinstance(value, list | tuple) or len(value) > limit:
            raise self._error(name, f"a list of at most {limit}", value)
        for index, item in enumerate(value):
            yield item, f"{self._where}.{name}[{index}]"

    def numbers(self, name: str, limit: int, default: Any = _REQUIRED) -> tuple[float, ...]:
        """Return a list of at most `limit` finite numbers."""
        return tuple(checked_number(x, place) for x, place in self.items(name, limit, default))

    def done(self) -> None:
        """Raise `FormatError` for a field that was not taken: most often a misspelt name."""
        if self._data:
            raise FormatError(f"{self._where} has an unknown field {next(iter(self._data))!r}")


def checked_number(value: object, where: str, limit: float = NUMBER_LIMIT) -> float:
    """Return a number as a float. Raises `FormatError` unless it is between -limit and limit."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not abs(value) <= limit:  # type: ignore[arg-type]  # refuses NaN as well
        raise FormatError(f"{where} should be a number up to {limit:g}, found {described(value)}")
    return float(value)  # type: ignore[arg-type]
