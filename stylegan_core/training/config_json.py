"""Configurations of training runs from JSON values and back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from difflib import get_close_matches
from typing import Any, Literal, get_args, get_origin

from stylegan_core.errors import UserError
from stylegan_core.networks import ARCHITECTURES
from stylegan_core.networks.checks import check_choice
from stylegan_core.training.config import Table, TrainConfig
from stylegan_core.training.network_config import with_architecture

_PLAIN_TYPES: dict[Any, tuple[type, ...]] = {
    str: (str,),
    bool: (bool,),
    int: (int,),
    float: (float, int),
}


def from_json(values: Mapping[str, Any]) -> TrainConfig:
    """Read what `TrainConfig.to_json` wrote. UserError for unknown names or unfit values."""
    return with_values(TrainConfig(), values)


def with_values(config: TrainConfig, values: Mapping[str, Any]) -> TrainConfig:
    """Return the configuration with some settings replaced by JSON values, each checked.

    Settings of the networks stand under `network` or, for short, beside the others. Another
    `architecture` keeps the sizes that it has too. A run that did not grow, or started above the
    new resolution, starts at the new resolution. `noise_spread` becomes 0 without noise inputs.
    """
    settings = dict(values)
    name = settings.pop("architecture", config.architecture)
    network = with_architecture(config.network, name)
    sizes = settings.pop("network", {})
    if not isinstance(sizes, Mapping):
        raise UserError(f"network must be an object of the networks' settings, not {sizes!r}")
    sizes = {**{name: settings.pop(name) for name in vars(network) if name in settings}, **sizes}
    types = {field.name: field.type for field in fields(TrainConfig) if field.name != "network"}
    unknown = sorted(settings.keys() - types.keys()) + sorted(sizes.keys() - vars(network).keys())
    if unknown:
        raise UserError(_unknown(unknown, [*types, *vars(network), "architecture"]))
    try:
        network = replace(network, **sizes)
        changes = {name: _converted(name, types[name], v) for name, v in settings.items()}
    except (ValueError, TypeError) as error:
        raise UserError(str(error)) from None
    if network.resolution < config.start_resolution or not config.grows:
        changes = {"start_resolution": network.resolution, **changes}
    if not network.takes_noise:
        changes = {"noise_spread": 0.0, **changes}
    return replace(config, network=network, **changes)


def _unknown(names: Sequence[str], known: Sequence[str]) -> str:
    """Name the settings that do not exist, and for each the known one that it resembles."""
    similar = [close[0] for name in names if (close := get_close_matches(name, known, n=1))]
    advice = f"; did you mean {', '.join(dict.fromkeys(similar))}?" if similar else ""
    return f"Unknown training settings: {', '.join(names)}{advice}"


def changed_settings(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that differ from the defaults in JSON values of a configuration.

    Settings of the networks stand beside the others. Settings of former versions are included.
    """
    kind = values.get("architecture")
    architecture = ARCHITECTURES.get(str(kind), ARCHITECTURES[TrainConfig().architecture])
    sizes = json.loads(json.dumps(vars(architecture.config())))
    defaults = _flat({**TrainConfig().to_json(), "network": sizes})
    return {n: v for n, v in _flat(values).items() if n not in defaults or v != defaults[n]}


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
    network = values.get("network")
    sizes = network if isinstance(network, Mapping) else {}
    return {**{k: v for k, v in values.items() if k != "network"}, **sizes}


def _converted(name: str, kind: Any, value: Any) -> Any:
    """Return a JSON value as the field's type. Raises ValueError."""
    if kind in _PLAIN_TYPES:
        if type(value) not in _PLAIN_TYPES[kind]:
            raise ValueError(f"{name} must be of type {kind.__name__}, not {value!r}")
        return value
    if get_origin(kind) is Literal:
        check_choice(name, value, get_args(kind))
        return value
    number = int if kind == Table[int] else float
    try:
        return _table(number, value)
    except (TypeError, ValueError, OverflowError):
        what = "whole number" if number is int else "number"
        raise ValueError(
            f"{name} must be a {what} or [[resolution, {what}], ...], not {value!r}"
        ) from None


def _table(number: type[int] | type[float], value: Any) -> Table[Any]:
    """Return a number, or pairs, as a table. Raises TypeError, ValueError or OverflowError."""
    if type(value) in _PLAIN_TYPES[number]:
        return ((4, number(value)),)  # at every resolution
    pairs = [(start, entry) for start, entry in value]
    if not all(type(s) is int and type(entry) in _PLAIN_TYPES[number] for s, entry in pairs):
        raise TypeError
    return tuple((start, number(entry)) for start, entry in pairs)
