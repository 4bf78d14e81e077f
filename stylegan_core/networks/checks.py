"""Checks that configurations of networks share. Each raises ValueError and names the field."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

MAX_WIDTH = 2**16
"""The widest layer that a configuration may ask for."""

LARGEST = 2**62
"""The bound of numbers whose effect another setting limits, as channel_max does channel_base's."""

MAX_DEPTH = 64
"""The most layers that a network, or a part of one, may have."""


def check_whole(name: str, value: Any, low: int, high: int = MAX_WIDTH) -> None:
    """Raise unless a value is a whole number from `low` to `high`."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{name} must be a number, not {value!r}")
    if not low <= value <= high:
        raise ValueError(f"{name} must be from {low} to {high}, not {value!r}")


def check_fields(config: object, names: Iterable[str], low: int, high: int = MAX_WIDTH) -> None:
    """Raise unless each of these fields is a whole number from `low` to `high`."""
    for name in names:
        check_whole(name, getattr(config, name), low, high)


def check_positive(name: str, value: Any, below: float = math.inf) -> None:
    """Raise unless a value is a number above zero and below a bound."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name} must be a number, not {value!r}")
    if not 0 < value < below:
        limit = "" if math.isinf(below) else f" and below {below:g}"
        raise ValueError(f"{name} must be above zero{limit}, not {value!r}")


def check_range(name: str, value: Any, low: float, high: float = math.inf) -> None:
    """Raise unless a value is a finite number from `low` to `high`."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name} must be a number, not {value!r}")
    if not low <= value <= high or value == math.inf:
        bounds = f"{low} or more" if math.isinf(high) else f"from {low} to {high:,}"
        raise ValueError(f"{name} must be {bounds}, not {value!r}")


def check_flags(config: object, names: Iterable[str]) -> None:
    """Raise unless each of these fields is True or False."""
    for name in names:
        value = getattr(config, name)
        if not isinstance(value, bool):
            raise ValueError(f"{name} must be true or false, not {value!r}")


def check_choice(name: str, value: Any, choices: Sequence[str]) -> None:
    """Raise unless a value is one of the choices."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, not {value!r}")


def check_resolution(resolution: Any) -> None:
    """Raise unless a resolution is a power of two from 8 to 1024."""
    check_whole("resolution", resolution, 0, LARGEST)
    if not 8 <= resolution <= 1024 or resolution & (resolution - 1):
        raise ValueError(f"resolution must be a power of two from 8 to 1024, not {resolution}")


def check_embedding(c_dim: int, width: Any) -> None:
    """Raise unless `width`, of an embedded class, is above zero exactly if there are classes."""
    check_whole("embedding_dim", width, 0)
    if (c_dim == 0) != (width == 0):
        raise ValueError("embedding_dim must be above zero with classes, and zero without them")


def check_deviation(features: int, channels: int) -> None:
    """Raise unless the number of minibatch features divides that of the feature maps at 4 x 4."""
    if features and channels % features:
        raise ValueError(f"mbstd_features must divide the {channels} maps at 4 px, not {features}")
