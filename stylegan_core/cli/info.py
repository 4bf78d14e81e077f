"""`stylegan info`: what a model file says of itself, without loading its weights."""

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import tyro

from stylegan_core import importers
from stylegan_core.card import Header, lod_of, read_header

NOT_TRAINED = re.compile(  # stored beside the parameters
    r".+\.(noise_\d+|w_average|frequencies|phases|transform|magnitude_ema|(up|down)_filter|kernel)"
)


def info(
    file: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="FILE")],
    json_: Annotated[bool, tyro.conf.arg(name="json"), tyro.conf.FlagCreatePairsOff] = False,
) -> None:
    """Print what a model file says of itself, without loading its weights.

    For example:
    - stylegan info checkpoints/portraits-64.safetensors
    - stylegan info stylegan2-ffhq.pkl --json

    Args:
        file: A .safetensors checkpoint, or a file that somebody else has published.
        json_: Print JSON, for scripts.
    """
    if importers.is_foreign(file):
        described = importers.describe(file)
    else:
        header = read_header(file)
        described = {"parameters": _parameters(header), **_sizes(header.card)}
        described |= {**_growth(header.card, described.get("resolution")), **header.card}
    facts = {"file": file.name, "bytes": file.stat().st_size, **described}
    print(json.dumps(facts, indent=2) if json_ else _readable(facts))


def _sizes(card: Mapping[str, Any]) -> dict[str, int]:
    """Resolution and number of classes, wherever the configuration has them."""
    config = card.get("config")
    named = {"resolution": "resolution", "classes": "c_dim"}
    return {
        name: config[key]
        for name, key in named.items()
        if isinstance(config, dict) and isinstance(config.get(key), int)
    }


def _growth(card: Mapping[str, Any], resolution: object) -> dict[str, float]:
    """How far a snapshot of a growing run is: its size in use, and how much of that is faded in."""
    if not isinstance(resolution, int) or not (lod := lod_of(card, resolution)):
        return {}
    faded_in = {"faded_in": round(1 - lod % 1, 3)} if lod % 1 else {}
    return {"grown_to": resolution >> math.floor(lod), **faded_in}


def _parameters(header: Header) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name, facts in header.tensors.items():
        if NOT_TRAINED.fullmatch(name):
            continue
        part = name.split(".")[0]
        counts[part] = counts.get(part, 0) + math.prod(facts.shape)
    return counts


def _readable(facts: Mapping[str, Any], indent: str = "") -> str:
    lines = []
    for key, value in facts.items():
        label = f"{indent}{key.replace('_', ' ')}:"
        if isinstance(value, dict):
            lines += [label, _readable(value, indent + "  ")]
        elif isinstance(value, list) and any(isinstance(part, dict) for part in value):
            lines.append(f"{label} {len(value)}")
        else:
            shown = f"{value:,}" if isinstance(value, int) and value >= 10_000 else str(value)
            lines.append(f"{label} {shown}")
    return "\n".join(line for line in lines if line)
