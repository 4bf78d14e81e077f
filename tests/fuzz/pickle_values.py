"""Instructions of pickles that push one value each, most of them hostile."""

from __future__ import annotations

import math
import pickle
import struct
from collections.abc import Callable
from random import Random
from typing import Final

from stylegan_core.importers.vocabulary import network_vocabulary

NAMES: Final = sorted(network_vocabulary())
UNKNOWN: Final = ("os system", "builtins eval", "a.b C", "torch.nn Linear", "x y.z")
TEXTS: Final = (
    "",
    ".",
    "..",
    "/",
    "G_style",
    "G_main",
    "storage",
    "cpu",
    "f4",
    "<f8",
    "O",
    "class",
    "latin1",
    "two\nlines",
    "\x1b]0;title\x07",
    "\u202e",
    "é 中 😀",
    "a" * 299,
    "a" * 1024,
    "9" * 290,
)
NUMBERS: Final = (0, 1, 2, 3, 4, 7, 8, 16, 64, 512, 1024, 65536, 10**8, 2**31 - 1, -1)


def dumped(value: object) -> bytes:
    """Return the instructions that push a plain value."""
    return pickle.dumps(value, 2)[2:-1].replace(b"q\x00", b"")  # as nothing recalls it


def text(content: str) -> bytes:
    data = content.encode("utf-8", "surrogatepass")
    return b"X" + struct.pack("<I", len(data)) + data


def number(chance: Random) -> bytes:
    return b"J" + struct.pack("<i", chance.choice(NUMBERS))


def long(chance: Random) -> bytes:
    length = chance.choice((1, 8, 9, 32, 33, 255))
    return b"\x8a" + bytes((length,)) + chance.randbytes(length)


def real(chance: Random) -> bytes:
    numbers = (0.0, 1.5, -1.0, 1e308, float("inf"), float("nan"), 5e-324)
    return b"G" + struct.pack(">d", chance.choice(numbers))


def name(chance: Random) -> bytes:
    module, _, function = chance.choice((*NAMES, *UNKNOWN)).partition(" ")
    return f"c{module}\n{function}\n".encode()


def raw(chance: Random) -> bytes:
    """Push bytes: short ones, or some that become a `Blob`."""
    content = chance.randbytes(chance.choice((0, 1, 4, 64, 65, 1000)))
    return b"B" + struct.pack("<I", len(content)) + content


def simple(chance: Random) -> bytes:
    """Push a value that holds no others."""
    choices: tuple[Callable[[Random], bytes], ...] = (
        lambda chance: chance.choice((b"N", b"\x88", b"\x89", b")", b"]", b"}")),
        lambda chance: text(chance.choice(TEXTS)),
        number,
        number,
        long,
        real,
        raw,
    )
    return chance.choice(choices)(chance)


def nested(chance: Random) -> bytes:
    """Push tuples in tuples, or lists in lists, up to a great depth."""
    depth = chance.choice((10, 100, 2000, 30_000))
    return (
        simple(chance) + b"\x85" * depth
        if chance.random() < 0.5
        else b"]" * depth + b"a" * (depth - 1)
    )


def shared(chance: Random) -> bytes:
    """Push a tree whose branches are all the same value: a few bytes, 2^60 leaves."""
    levels = chance.choice((5, 20, 60))
    if chance.random() < 0.5:
        return simple(chance) + b"2\x86" * levels
    return simple(chance) + b"".join(
        b"q%c](" % slot + b"h%c" % slot * 8 + b"e" for slot in range(100, 100 + levels)
    )


def circular(chance: Random) -> bytes:
    """Push a list or a dictionary that contains itself."""
    return chance.choice((b"]q\xf0h\xf0a", b"}q\xf0" + text("a") + b"h\xf0s"))


def quiet_value(chance: Random) -> bytes:
    """Push a value that no reader refuses by itself: it is hostile only to those who walk it."""
    return chance.choice((simple, simple, nested, shared, circular))(chance)


def container(chance: Random, depth: int) -> bytes:
    values = [any_value(chance, depth + 1) for _ in range(chance.randrange(6))]
    match chance.randrange(4):
        case 0:
            return b"(" + b"".join(values) + b"t"
        case 1:
            return b"](" + b"".join(values) + b"e"
        case 2:
            keys = [text(chance.choice(TEXTS)) for _ in values]
            pairs = zip(keys, values, strict=True)
            return b"}(" + b"".join(key + value for key, value in pairs) + b"u"
    return b"}(" + b"".join(values) + b"u"  # keys of any type, perhaps one without a value


def call(chance: Random, depth: int) -> bytes:
    """Push the result of any function with any arguments, perhaps with a state."""
    arguments = b"".join(any_value(chance, depth + 1) for _ in range(chance.randrange(5)))
    made = name(chance) + b"(" + arguments + b"t" + chance.choice((b"R", b"\x81"))
    return made + (any_value(chance, depth + 1) + b"b" if chance.random() < 0.4 else b"")


def array(chance: Random) -> bytes:
    """Push an array of NumPy, most often a sound one, or one of a type without data."""
    if chance.random() < 0.6:
        shape = tuple(chance.choice((1, 1, 2, 3, 4, 8)) for _ in range(chance.randrange(5)))
        return _array(shape, "f4", bytes(4 * math.prod(shape)))
    if chance.random() < 0.7:
        shape = tuple(chance.choice((1, 4, 64, 10**5)) for _ in range(chance.randrange(5)))
        return _array(shape, "O", b"")
    return _odd_array(chance)


def _odd_array(chance: Random) -> bytes:
    """Push an array whose shape, type and data need not agree."""
    shapes: tuple[tuple[int, ...], ...] = (
        (4,),
        (2, 2),
        (1, 4),
        (10**6, 10**6),
        (2**47, 0),
        (0,),
        (),
        (1,) * 9,
        (-1,),
    )
    codes = ("f4", "f8", "O", "i1", "b1", "f2", "u8", "V4", "f1")
    data = chance.choice((bytes(16), bytes(8), b"", bytes(4)))
    return _array(chance.choice(shapes), chance.choice(codes), data)


def _array(shape: tuple[int, ...], code: str, data: bytes) -> bytes:
    made = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
    state = b"(K\x01" + dumped(shape)
    state += b"cnumpy\ndtype\n" + text(code) + b"K\x00K\x01\x87R\x89"
    return made + state + b"B" + struct.pack("<I", len(data)) + data + b"tb"


def tensor(chance: Random, key: str = "0") -> bytes:
    """Push a tensor of PyTorch whose view need not lie in its storage."""
    shape, strides = chance.choice(
        (((4,), (1,)), ((2, 2), (2, 1)), ((4,), (0,)), ((2**40,), (0,)), ((0, 2**47), (1, 1)))
    )
    kind = chance.choice(("Float", "Half", "BFloat16", "Long", "Byte", "Bool"))
    reference = b"(" + text("storage") + f"ctorch\n{kind}Storage\n".encode()
    reference += text(key) + text("cpu") + number(chance) + b"tQ"
    view = number(chance) + dumped(shape) + dumped(strides) + b"\x89}"
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + reference + view + b"tR"


def any_value(chance: Random, depth: int = 0) -> bytes:
    """Push any value."""
    if depth > 4 or chance.random() < 0.4:
        return simple(chance)
    match chance.randrange(9):
        case 0:
            return nested(chance)
        case 1:
            return shared(chance)
        case 2:
            return circular(chance)
        case 3:
            return call(chance, depth)
        case 4:
            return array(chance)
        case 5:
            return tensor(chance)
        case 6:
            return name(chance)
    return container(chance, depth)
