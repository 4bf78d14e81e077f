"""Hostile pickles: networks that only look like networks, and real ones with hostile values."""

from __future__ import annotations

import pickle
import pickletools
import struct
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

from tests.fuzz.pickle_values import (
    TEXTS,
    any_value,
    array,
    name,
    number,
    quiet_value,
    shared,
    tensor,
    text,
)
from tests.golden_files import GOLDEN

REAL: Final = tuple(sorted((GOLDEN / "pkl").glob("*.pkl")))
SUBSTITUTED: Final = {
    "BININT",
    "BININT1",
    "BININT2",
    "BINFLOAT",
    "BINUNICODE",
    "SHORT_BINUNICODE",
    "SHORT_BINSTRING",
    "NEWTRUE",
    "NEWFALSE",
    "NONE",
    "EMPTY_LIST",
    "EMPTY_DICT",
    "EMPTY_TUPLE",
    "BINGET",
    "LONG_BINGET",
    "LONG1",
}
"""Instructions that push one value, in place of which another value may stand."""

MARKS: Final = (
    "synthesis.b4.",
    "synthesis.input.weight",
    "Model.MainLayers.0.x",
    "Model.MainLayers." + "9" * 200 + ".x",
    "generator.progression.0.conv1.x",
    "convs.0.conv.modulation.x",
    "G.blocks.0.to_style1.x",
)
"""Names by which kinds of files are recognised."""


def anything(chance: Random) -> bytes:
    """Return a pickle of any value."""
    return b"\x80\x04" + any_value(chance) + b"."


def module(chance: Random, depth: int = 0) -> bytes:
    """Push a module of PyTorch with parameters, attributes and modules, some of them shared."""
    made = b"cx\nNet\n)\x81}"
    if depth == 0 or chance.random() < 0.3:
        made += text("_parameters") + parameters(chance) + b"s"
    made += text("_modules") + modules(chance, depth) + b"s"
    for _ in range(chance.choice((0, 0, 1, 3))):
        made += text(chance.choice(TEXTS)) + quiet_value(chance) + b"s"
    return made + b"b"


def modules(chance: Random, depth: int) -> bytes:
    """Push modules by name: of many names one module, or each its own."""
    if depth > 20 or chance.random() < 0.15:
        return b"}"
    slot = 200 + depth
    inner = module(chance, depth + 1) + b"q" + bytes((slot,)) + b"0"  # kept in the memo alone
    count = chance.choice((1, 2, 4, 30))
    alike = [chance.choice((".", "a", "b4", "fc0")) * (i % 7 + 1) + str(i) for i in range(count)]
    names = ["." * (i + 1) for i in range(count)] if chance.random() < 0.4 else alike
    pairs = b"".join(text(key) + b"h" + bytes((slot,)) for key in names)
    return inner + b"}(" + pairs + b"u"


def parameters(chance: Random) -> bytes:
    """Push arrays by names, some of which make a kind of file recognised."""
    made = b"}"
    for _ in range(chance.randrange(5)):
        key = chance.choice((*MARKS, *TEXTS))
        made += text(key) + array(chance) + b"s"
    return made


def component(chance: Random, depth: int = 0) -> bytes:
    """Push a network of TensorFlow with components, some of them shared."""
    made = b"cx\nNetwork\n)\x81}" + text("build_func_name") + text(chance.choice(TEXTS[4:6])) + b"s"
    arguments = chance.choice((b"}", b"}" + text("architecture") + quiet_value(chance) + b"s"))
    made += text("static_kwargs") + arguments + b"s"
    made += text("variables") + b"](" + text("a/lod") + array(chance) + b"\x86e" + b"s"
    if depth <= 20 and chance.random() > 0.15:
        slot = 230 + depth
        inner = component(chance, depth + 1) + b"q" + bytes((slot,)) + b"0"
        names = ["/" * (i + 1) for i in range(chance.choice((1, 2, 3, 20)))]
        pairs = b"".join(text(key) + b"h" + bytes((slot,)) for key in names)
        made += text("components") + inner + b"}(" + pairs + b"us"
    return made + b"b"


def network(chance: Random) -> bytes:
    """Return a pickle that holds what looks like a generator."""
    match chance.randrange(4):
        case 0:
            root = b"}" + text("G_ema") + module(chance) + b"s"
        case 1:
            root = component(chance) + b"2" + component(chance) + b"\x87"
        case 2:
            root = parameters(chance)
        case _:
            root = b"}" + text(chance.choice(("g_ema", "GAN", "a"))) + parameters(chance) + b"s"
    return b"\x80\x04" + root + b"."


def repeating(chance: Random) -> bytes:
    """Return a pickle of short instructions that copy a long value again and again."""
    long_value = chance.choice((text("x" * 1024), b"](" + b"N" * 5000 + b"e", shared(chance)))
    call = (
        name(chance) + b"h\x00" * chance.choice((1, 1, 2)) + b"\x85R" + chance.choice((b"", b"0"))
    )
    return b"\x80\x04" + long_value + b"q\x00" + call * chance.choice((10, 2000)) + b"."


@cache
def _places(path: Path) -> tuple[bytes, tuple[tuple[int, int], ...]]:
    """Return a real file, and where the instructions begin and end that push a plain value."""
    return path.read_bytes(), places(path.read_bytes())


def places(data: bytes) -> tuple[tuple[int, int], ...]:
    """Return where the instructions of a pickle begin and end that push a plain value."""
    found = [(code.name, at) for code, _, at in pickletools.genops(data) if at is not None]
    pairs = zip(found, [at for _, at in found[1:]], strict=False)
    return tuple((at, end) for (code, at), end in pairs if code in SUBSTITUTED)


def substituted(data: bytes, where: tuple[tuple[int, int], ...], chance: Random) -> bytes:
    """Return a pickle in which a few values are others, perhaps cut short."""
    for start, end in sorted(chance.sample(where, chance.choice((1, 1, 2, 5, 20))), reverse=True):
        data = data[:start] + _instead_of(data[start:end], chance) + data[end:]
    return data[: chance.randrange(len(data))] if chance.random() < 0.1 else data


def _instead_of(instruction: bytes, chance: Random) -> bytes:
    """Return the instructions of another value, often one of the same type."""
    if chance.random() < 0.4:
        return any_value(chance, chance.randrange(4))
    if instruction[-2:] in (b"f2", b"f4", b"i1", b"i8"):
        return text(chance.choice(("O", "f8", "b1", "V8", "x")))
    if instruction[:1] in (b"J", b"K", b"M"):
        return number(chance)
    return text(chance.choice(TEXTS))


def without_data(chance: Random) -> bytes:
    """Return a real file whose arrays are of a type without data, some of them of a huge shape."""
    path = chance.choice([path for path in REAL if path.name.startswith(("sg1", "sg2tf"))])
    data, where = _places(path)
    numbers = [place for place in where if data[place[0] : place[0] + 1] in (b"K", b"M", b"J")]
    for start, end in sorted(chance.sample(numbers, 12), reverse=True):
        size = chance.choice((4, 64, 512, 10**4, 10**6))
        data = data[:start] + b"J" + struct.pack("<i", size) + data[end:]
    for code in (b"U\x02f4", b"X\x02\0\0\0f4", b"\x8c\x02f4"):
        data = data.replace(code, text("O"))
    return data


def real(chance: Random) -> bytes:
    """Return a real file with hostile values in it."""
    data, where = _places(chance.choice(REAL))
    return substituted(data, where, chance)


def legacy(chance: Random) -> bytes:
    """Return a file of PyTorch's older form."""
    about = {"protocol_version": 1001, "little_endian": True, "type_sizes": {}}
    heads = [pickle.dumps(v, 2) for v in (0x1950A86A20F9469CFC6C, 1001, about)]
    made = any_value(chance), parameters(chance), tensor(chance), b"}", quiet_value(chance)
    content = b"\x80\x02" + chance.choice(made)
    listed = b"](" + quiet_value(chance) + b"e", b"](" + text("0") + b"e", b"]", any_value(chance)
    keys = b"\x80\x02" + chance.choice(listed)
    return b"".join(heads) + content + b"." + keys + b"." + chance.randbytes(chance.randrange(40))
