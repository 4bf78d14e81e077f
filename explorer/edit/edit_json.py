"""The JSON form of an edit: plain values with a version number, read strictly."""

from __future__ import annotations

from typing import Any

from explorer.edit.edit import (
    Direction,
    Edit,
    LayerMix,
    LayerNoise,
    NoiseTerm,
    Source,
    Stored,
    Walk,
)
from explorer.edit.fields import Fields, FormatError, checked_number, value_errors_at
from stylegan_core.conventions import USUAL_CUTOFF, USUAL_PSI, SeedConvention

VERSION = 1
"""Files of a newer version are refused with advice, those of an older one are read."""

MAX_SOURCES = 4096
MAX_LAYERS = 256
MAX_TERMS = 4096
MAX_CLASSES = 100_000
MAX_DIRECTIONS = 1000


def to_json(edit: Edit) -> dict[str, Any]:
    """Return an edit as plain JSON values with a version number; `from_json` is the inverse."""
    return {
        "version": VERSION,
        "sources": [_source_to_json(source) for source in edit.sources],
        "layers": [
            {"weights": list(mix.weights), "solo": mix.solo, "mute": mix.mute}
            for mix in edit.layers
        ],
        "psi": edit.psi,
        "cutoff": edit.cutoff,
        "layer_psi": list(edit.layer_psi),
        "noise": [_noise_to_json(noise) for noise in edit.noise],
        "directions": [
            {"name": d.name, "amount": d.amount, "first": d.first, "last": d.last}
            for d in edit.directions
        ],
        "transform": None if edit.transform is None else list(edit.transform),
    }


def from_json(data: object, where: str = "edit") -> Edit:
    """Return the edit that `to_json` wrote. Raises `FormatError`, which names the wrong field.

    `where` names the value in messages.
    """
    fields = Fields(data, where)
    fields.check_version(VERSION, VERSION)
    layers = tuple(_mix(*item) for item in fields.items("layers", MAX_LAYERS))
    psis = fields.items("layer_psi", MAX_LAYERS, [None] * len(layers))
    directions = fields.items("directions", MAX_DIRECTIONS, [])
    with value_errors_at(where):
        edit = Edit(
            sources=tuple(_source(*item) for item in fields.items("sources", MAX_SOURCES)),
            layers=layers,
            noise=tuple(_noise(*item) for item in fields.items("noise", MAX_LAYERS)),
            layer_psi=tuple(None if p is None else checked_number(p, at) for p, at in psis),
            psi=fields.number("psi", USUAL_PSI),
            cutoff=fields.integer("cutoff", USUAL_CUTOFF, high=MAX_LAYERS),
            directions=tuple(_direction(*item) for item in directions),
            transform=_transform(fields.numbers("transform", 3, None), where),
        )
    fields.done()
    return edit


def _transform(numbers: tuple[float, ...], where: str) -> tuple[float, ...] | None:
    if len(numbers) not in (0, 3):
        raise FormatError(f"{where}.transform should be x, y and an angle, or null")
    return numbers or None


def _source_to_json(source: Source) -> dict[str, Any]:
    latent = source.latent
    if isinstance(latent, Stored):
        data: dict[str, Any] = {"stored": latent.digest}
        data |= {"space": "z"} if latent.space == "z" else {}
    else:
        data = {"seed": latent.seed, "dx": latent.dx, "dy": latent.dy}
        data["convention"] = latent.convention
    return data | {"class_weights": list(source.class_weights)}


def _source(data: object, where: str) -> Source:
    fields = Fields(data, where)
    with value_errors_at(where):
        latent: Walk | Stored
        if fields.has("stored"):
            is_z = fields.text("space", "w", ("w", "z")) == "z"
            latent = Stored(fields.text("stored", max_length=128), "z" if is_z else "w")
        else:
            convention: SeedConvention = "ours"
            if fields.text("convention", "ours", ("ours", "official")) == "official":
                convention = "official"
            dx, dy = fields.number("dx", 0.0), fields.number("dy", 0.0)
            latent = Walk(fields.raw("seed"), dx, dy, convention)
        source = Source(latent, fields.numbers("class_weights", MAX_CLASSES, []))
    fields.done()
    return source


def _mix(data: object, where: str) -> LayerMix:
    fields = Fields(data, where)
    weights = fields.numbers("weights", MAX_SOURCES)
    with value_errors_at(where):
        mix = LayerMix(weights, fields.flag("solo", False), fields.flag("mute", False))
    fields.done()
    return mix


def _noise_to_json(noise: LayerNoise) -> dict[str, Any]:
    terms = [{"seed": term.seed, "coefficient": term.coefficient} for term in noise.terms]
    return {"terms": terms, "strength": noise.strength, "mute": noise.mute}


def _noise(data: object, where: str) -> LayerNoise:
    fields = Fields(data, where)
    terms = tuple(_term(*item) for item in fields.items("terms", MAX_TERMS))
    with value_errors_at(where):
        noise = LayerNoise(terms, fields.number("strength", 1.0), fields.flag("mute", False))
    fields.done()
    return noise


def _term(data: object, where: str) -> NoiseTerm:
    fields = Fields(data, where)
    with value_errors_at(where):
        term = NoiseTerm(fields.raw("seed"), fields.number("coefficient", 1.0))
    fields.done()
    return term


def _direction(data: object, where: str) -> Direction:
    fields = Fields(data, where)
    direction = Direction(
        fields.text("name", max_length=200),
        fields.number("amount"),
        fields.integer("first", high=MAX_LAYERS),
        fields.integer("last", high=MAX_LAYERS),
    )
    fields.done()
    return direction
