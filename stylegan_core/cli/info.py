"""`stylegan info`: describe a model file without making its networks."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import tyro
from safetensors import SafetensorError, safe_open

from stylegan_core import importers
from stylegan_core.card import CheckpointError, Header, lod_of, read_header
from stylegan_core.readable import MAX_SHOWN, shown_name
from stylegan_core.terminal import say

MAX_ENTRIES = 100
"""Entries that are shown of one object."""

NOT_TRAINED = re.compile(  # tensors that are stored beside the parameters
    r".+\.(noise_\d+|w_average|frequencies|phases|transform|magnitude_ema|(up|down)_filter|kernel)"
)


def info(
    file: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="FILE")],
    json_: Annotated[bool, tyro.conf.arg(name="json"), tyro.conf.FlagCreatePairsOff] = False,
) -> None:
    """Describe a model file, without making its networks.

    For example:
    - stylegan info checkpoints/portraits-64.safetensors
    - stylegan info stylegan2-ffhq.pkl --json

    Args:
        file: A checkpoint of this program, or a model file of another one.
        json_: Print JSON, for scripts.
    """
    if importers.is_foreign(file):
        described = importers.describe(file)
    else:
        header = read_header(file)
        described = {"parameters": _parameters(header), **_sizes(header.card)}
        described |= {**_growth(header.card, described.get("resolution")), **header.card}
    broken = next(_broken_weights(file), None)
    if broken is not None:
        described = {"unusable": f"'{broken}' holds infinite numbers or NaN", **described}
    description = {"file": file.name, "bytes": file.stat().st_size, **described}
    say(json.dumps(description, indent=2) if json_ else _as_text(description))


def _broken_weights(file: Path) -> Iterator[str]:
    """Yield the names of a generator's weights that are not finite; each is read by itself."""
    if importers.is_foreign(file):
        with importers.opened(file) as contents:
            arrays = contents.generator.arrays
            yield from (name for name in arrays if not np.isfinite(arrays[name]).all())
    else:
        try:
            with safe_open(file, "np") as tensors:
                names = [n for n in tensors.keys() if n.startswith("generator.")]  # noqa: SIM118
                yield from (n for n in names if not np.isfinite(tensors.get_tensor(n)).all())
        except (SafetensorError, TypeError) as error:  # TypeError: numbers that numpy lacks
            raise CheckpointError(f"{file.name} is damaged: {error}.") from error


def _sizes(card: Mapping[str, Any]) -> dict[str, int]:
    """Return the resolution and the number of classes, as far as the configuration has them."""
    config = card.get("config")
    keys = {"resolution": "resolution", "classes": "c_dim"}
    return {
        name: config[key]
        for name, key in keys.items()
        if isinstance(config, dict) and isinstance(config.get(key), int)
    }


def _growth(card: Mapping[str, Any], resolution: object) -> dict[str, float]:
    """Return how far a partly grown snapshot is: its size in use, and the share faded in."""
    if not isinstance(resolution, int) or not (lod := lod_of(card, resolution)):
        return {}
    faded_in = {"faded_in": round(1 - lod % 1, 3)} if lod % 1 else {}
    return {"grown_to": resolution >> math.floor(lod), **faded_in}


def _parameters(header: Header) -> dict[str, int]:
    """Count the trained parameters of each network."""
    counts: dict[str, int] = {}
    for name, tensor in header.tensors.items():
        if NOT_TRAINED.fullmatch(name):
            continue
        network = name.split(".")[0]
        counts[network] = counts.get(network, 0) + math.prod(tensor.shape)
    return counts


def _as_text(entries: Mapping[str, Any], indent: str = "") -> str:
    """Write entries as indented lines; lists of objects show their length only."""
    lines = []
    for key, value in islice(entries.items(), MAX_ENTRIES):
        label = f"{indent}{shown_name(key.replace('_', ' '))}:"
        if isinstance(value, dict):
            lines += [label, _as_text(value, indent + "  ")]
        elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
            lines.append(f"{label} {len(value)}")
        else:
            text = f"{value:,}" if isinstance(value, int) and value >= 10_000 else str(value)
            lines.append(f"{label} {shown_name(text, MAX_SHOWN)}")
    if len(entries) > MAX_ENTRIES:
        lines.append(f"{indent}and {len(entries) - MAX_ENTRIES:,} more")
    return "\n".join(line for line in lines if line)
