"""Hostile archives of PyTorch, and hostile checkpoints of this program."""

from __future__ import annotations

import io
import json
import zipfile
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final

from stylegan_core.networks.weightless import weightless
from tests.fuzz import pickles
from tests.fuzz.json_values import hostile_json
from tests.golden_files import GOLDEN

REAL_ZIPS: Final = tuple(sorted((GOLDEN / "weights").glob("*.pt")))
DTYPES: Final = ("F32", "F16", "BF16", "I64", "X9", "F8_E4M3")


@cache
def _members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def torch_zip(chance: Random) -> bytes:
    """Return an archive: a real one with hostile values, or one that only looks like one."""
    if chance.random() < 0.5:
        members = dict(_members(chance.choice(REAL_ZIPS)))
        path = next(name for name in members if name.endswith("data.pkl"))
        content = members[path]
        members[path] = pickles.substituted(content, pickles.places(content), chance)
    else:
        make = chance.choice((pickles.anything, pickles.network, pickles.repeating))
        members = {"a/data.pkl": make(chance), "a/data/0": bytes(16), "a/byteorder": b"little"}
    return _disturbed(_zipped(members, chance), chance)


def latents(chance: Random) -> bytes:
    """Return arrays of NumPy, one or an archive of them, whose headers need not fit their data."""
    arrays = {name: _npy(chance) for name in ("w.npy", "z.npy", "latent.npy", "a.npy")}
    if chance.random() < 0.5:
        return arrays["w.npy"]
    kept = dict(list(arrays.items())[: chance.randrange(1, 5)])
    return _disturbed(_zipped(kept, chance), chance)


def _npy(chance: Random) -> bytes:
    shape = chance.choice(("(4,)", "(1, 6, 8)", "(2**40,)", "(99999999999, 0)", "()", "(-1,)"))
    code = chance.choice(("<f4", "<f8", "|O", "<U9", "|V8", "f4"))
    header = f"{{'descr': '{code}', 'fortran_order': False, 'shape': {shape}}}"
    if chance.random() < 0.2:
        header = chance.choice(("(" * 5000, "{}", "1" * 5000, header[:-5], "__import__('os')"))
    content = header.encode() + b"\n"
    start = b"\x93NUMPY" + chance.choice((b"\x01\x00", b"\x02\x00", b"\x09\x09"))
    start += len(content).to_bytes(2 if start[6] == 1 else 4, "little")
    return start + content + bytes(chance.choice((0, 16, 192, 10_000)))


def _zipped(members: dict[str, bytes], chance: Random) -> bytes:
    buffer = io.BytesIO()
    kind = zipfile.ZIP_DEFLATED if chance.random() < 0.05 else zipfile.ZIP_STORED
    with zipfile.ZipFile(buffer, "w", kind) as archive:
        is_nameless = chance.random() < 0.05
        for index, (name, data) in enumerate(members.items()):
            info = zipfile.ZipInfo("" if is_nameless and index == 0 else name)
            if chance.random() < 0.01:
                info.extra = chance.randbytes(chance.choice((3, 40)))
            info.compress_type = kind
            archive.writestr(info, data)
        archive.comment = chance.randbytes(chance.choice((0, 0, 0, 200)))
    return buffer.getvalue()


def _disturbed(data: bytes, chance: Random) -> bytes:
    """Change, sometimes, the table of contents at the end, or cut the file."""
    copy = bytearray(data)
    if chance.random() < 0.3:
        for _ in range(chance.randrange(1, 6)):
            place = len(copy) - chance.randrange(1, min(400, len(copy)))
            copy[place : place + 4] = chance.choice((b"\xff" * 4, bytes(4), chance.randbytes(4)))
    return bytes(copy[: chance.randrange(len(copy))] if chance.random() < 0.1 else copy)


def checkpoint(chance: Random) -> bytes:
    """Return a checkpoint whose card, table and data need not agree."""
    card = _cards()[chance.randrange(len(_cards()))]
    header: dict[str, Any] = {"__metadata__": {"card": hostile_json(card, chance)}}
    at = 0
    if chance.random() < 0.5:
        at = _add_tensors(header, card)
    for index in range(chance.choice((0, 0, 0, 1, 3))):
        shape = chance.choice(([4], [2, 2], [2**40, 2**40], [0, 2**47], [-1], ["a"], [1] * 5000))
        size = chance.choice((16, 4, 0, 10**18, -5))
        name = chance.choice((f"generator.{index}", "const", "\x1b[31m", "a" * 1000))
        header[name] = {
            "dtype": chance.choice(DTYPES),
            "shape": shape,
            "data_offsets": [at, at + size],
        }
        at += max(0, min(size, 64))
    text = json.dumps(header) if chance.random() < 0.8 else hostile_json(header, chance)
    content = text.encode("utf-8", "surrogatepass")
    length = len(content) if chance.random() < 0.9 else chance.choice((0, 1, 2**40, 2**63))
    data = length.to_bytes(8, "little") + content + bytes(at)
    return data[: chance.randrange(len(data))] if chance.random() < 0.1 else data


def _add_tensors(header: dict[str, Any], card: dict[str, Any]) -> int:
    """Add the generator's tensors to a header, as its card describes them; return their bytes."""
    from stylegan_core.networks import ARCHITECTURES

    architecture = ARCHITECTURES[card["architecture"]]
    at = 0
    with weightless():
        network = architecture.generator(architecture.config(**card["config"]))
    for name, value in network.state_dict().items():
        size = 4 * value.numel()
        header[f"generator.{name}"] = {
            "dtype": "F32",
            "shape": list(value.shape),
            "data_offsets": [at, at + size],
        }
        at += size
    return at


@cache
def _cards() -> tuple[dict[str, Any], ...]:
    """Return a small card of each architecture."""
    from dataclasses import asdict

    from stylegan_core.networks import ARCHITECTURES

    return tuple(
        {
            "card_version": 1,
            "architecture": name,
            "config": asdict(architecture.config.smallest()),
            "name": "fuzz",
            "training": {"kimg": 1, "lod": 0.5, "config": {"init_from": "x"}},
            "content_hash": "00",
            "seed_convention": "ours",
            "truncation_cutoff": 8,
        }
        for name, architecture in ARCHITECTURES.items()
    )
