"""Pickles read as data. The format: Python's `pickletools`, protocols 2 to 5.

A pickle is a program for a stack machine that names functions and has them called. This machine
knows no function but the few of its vocabulary, which make plain values and descriptions of
arrays; Python's own unpickler takes no part. Whatever else a file wants to import or call becomes
an `Inert`: a name and what was to be done with it. Long strings of bytes and texts are not read,
only remembered. All is bounded: instructions, nesting, lengths against the file's size.
"""

from __future__ import annotations

import pickle
import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from stylegan_core.card import CheckpointError
from stylegan_core.importers.arrays import Array, DType
from stylegan_core.importers.byte_source import Source

MAX_INSTRUCTIONS: Final = 2_000_000
MAX_NESTING: Final = 1000
MAX_NAMES: Final = 5000
NAME: Final = re.compile(r"[\w.]{1,200} [\w.<>]{1,200}")
MAX_COPIED: Final = 2_000_000  # entries of what is given to calls and states
MAX_INTEGER_BYTES: Final = 32
KEPT_BYTES: Final = 64  # longer strings of bytes and texts become blobs
KEPT_TEXT: Final = 1024
MAX_KEY: Final = 2**32

Word = Callable[..., Any] | None
"""What a name stands for; None where it may be named and is never called."""

Words = Mapping[str, Word]


@dataclass(frozen=True)
class Global:
    """The name of something that the file would have imported: "module name"."""

    name: str


class Inert:
    """What a class or function unknown here was to make: its name, and all that belongs to it."""

    def __init__(self, name: str, program: Any = None) -> None:
        self.name = name
        self.program = program  # the text of its class, where one travels with it
        self.state: dict[Any, Any] = {}
        self.items: dict[Any, Any] = {}

    def set_state(self, state: Any) -> None:
        """A dictionary of attributes, or a pair of them as classes with slots have it."""
        for part in state if isinstance(state, tuple) else (state,):
            if isinstance(part, dict):
                self.state.update(part)


class PickleReader:
    """Runs one pickle of a source, from where the source stands.

    `words` are the functions that "module name" may stand for. `persistent` resolves what lies
    outside the pickle; without it nothing may. `unknown` collects names that are not in `words`;
    where it is None such names are refused. `run` raises `CheckpointError`.
    """

    def __init__(
        self,
        source: Source,
        words: Words,
        persistent: Callable[[Any], Any] | None = None,
        unknown: set[str] | None = None,
    ) -> None:
        self.source, self.words = source, words
        self.persistent, self.unknown = persistent, unknown
        self.stack: list[Any] = []
        self.marked: list[list[Any]] = []  # the stacks below each mark
        self.memo: dict[int, Any] = {}
        self.copied = 0

    def run(self) -> Any:
        """The value that the pickle describes."""
        read = self.source.file.read
        try:
            for _ in range(MAX_INSTRUCTIONS):
                code = read(1)
                if code == pickle.STOP:
                    return self.result()
                INSTRUCTIONS[code](self)
        except CheckpointError:
            raise
        except KeyError as error:
            raise self._wrong(code, error) from None
        except (AttributeError, IndexError, OverflowError, TypeError, ValueError) as error:
            raise self.source.damaged(str(error) or "its pickle makes no sense") from error
        raise self.source.damaged("its pickle has no end")

    def result(self) -> Any:
        if self.source.tell() > self.source.end:  # a stretch of a file ends before the file does
            raise self.source.incomplete()
        return self.stack.pop()

    def _wrong(self, code: bytes, error: KeyError) -> CheckpointError:
        if not code:
            return self.source.incomplete()
        if code in INSTRUCTIONS:
            return self.source.damaged(f"its pickle refers to what is not there ({error})")
        return self.source.damaged(f"its pickle has the instruction {code!r}, not meant for data")

    def push(self, value: Any) -> None:
        self.stack.append(value)

    # Numbers and texts

    def number(self, form: str) -> Any:
        (value,) = struct.unpack(form, self.source.read(struct.calcsize(form)))
        return value

    def push_long(self, form: str) -> None:
        length = self.number(form)
        if not 0 <= length <= MAX_INTEGER_BYTES:
            raise ValueError("a whole number is out of all bounds")
        self.push(int.from_bytes(self.source.read(length), "little", signed=True))

    def push_bytes(self, form: str) -> None:
        length = self.number(form)
        source = self.source
        self.push(source.read(length) if length <= KEPT_BYTES else source.take(length))

    def push_text(self, form: str) -> None:
        length = self.number(form)
        if length <= KEPT_TEXT:
            self.push(self.source.read(length).decode("utf-8", "replace"))
        else:
            self.push(self.source.take(length, is_text=True))

    def push_old_text(self, form: str) -> None:
        """A string of Python 2: bytes, read as Latin-1 as the official code does."""
        length = self.number(form)
        if length <= KEPT_TEXT:
            self.push(self.source.read(length).decode("latin-1"))
        else:
            self.push(self.source.take(length))

    # Containers

    def mark(self) -> None:
        if len(self.marked) >= MAX_NESTING:
            raise ValueError("its pickle is nested too deeply")
        self.marked.append(self.stack)
        self.stack = []

    def since_mark(self) -> list[Any]:
        values, self.stack = self.stack, self.marked.pop()
        return values

    def push_tuple(self, count: int) -> None:
        if len(self.stack) < count:
            raise IndexError("its pickle takes more than there is")
        values = tuple(self.stack[len(self.stack) - count :])
        del self.stack[len(self.stack) - count :]
        self.push(values)

    def append(self, values: list[Any]) -> None:
        target = self.stack[-1]
        if isinstance(target, list):
            target.extend(values)
        elif not isinstance(target, Inert):
            raise TypeError("its pickle appends to something that is no list")

    def set_items(self, values: list[Any]) -> None:
        target = self.stack[-1]
        items = target.items if isinstance(target, Inert) else target
        if not isinstance(items, dict) or len(values) % 2:
            raise TypeError("its pickle sets items of something that has none")
        for key, value in zip(values[::2], values[1::2], strict=True):
            if isinstance(key, str) or (isinstance(key, int) and abs(key) < MAX_KEY):
                items[key] = value  # keys of other kinds mean nothing here

    # The memo

    def put(self, index: int) -> None:
        self.memo[index] = self.stack[-1]

    def get(self, index: int) -> None:
        self.push(self.memo[index])

    # Names and calls

    def push_global(self, module: Any, name: Any) -> None:
        full = f"{module} {name}" if isinstance(module, str) and isinstance(name, str) else ""
        if not NAME.fullmatch(full):
            raise ValueError("its pickle names something by what is no name")
        if full not in self.words:
            if self.unknown is None:
                raise CheckpointError(
                    f"{self.source.name} wants to use '{module}.{name}' where only numbers belong: "
                    "it was not opened."
                )
            self.unknown.add(full)
            if len(self.unknown) > MAX_NAMES:
                raise ValueError("it names more classes than any network has")
        self.push(Global(full))

    def push_stack_global(self) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        self.push_global(module, name)

    def call(self, function: Any, args: Any) -> None:
        if not isinstance(args, tuple):
            raise TypeError("its pickle calls something with what are no arguments")
        name = function.name if isinstance(function, Global | Inert) else "?"
        word = self.words.get(name) if isinstance(function, Global) else None
        self.count_copied(args)
        try:
            self.push(Inert(name) if word is None else word(*args))
        except TypeError as error:
            raise ValueError(f"'{name}' is given what does not belong there") from error

    def count_copied(self, values: tuple[Any, ...]) -> None:
        """A few instructions must not copy one long list a million times."""
        self.copied += sum(len(v) for v in values if isinstance(v, list | tuple | dict))
        if self.copied > MAX_COPIED:
            raise ValueError("its pickle copies more than any network has")

    def reduce(self) -> None:
        args, function = self.stack.pop(), self.stack.pop()
        self.call(function, args)

    def new_object_with_names(self) -> None:
        self.stack.pop()  # named arguments
        self.reduce()

    def build(self) -> None:
        state, target = self.stack.pop(), self.stack[-1]
        self.count_copied(state if isinstance(state, tuple) else (state,))
        if isinstance(target, Inert | Array | DType):
            target.set_state(state)
        elif not isinstance(target, dict):
            raise TypeError("its pickle changes something that cannot be changed")

    def push_persistent(self) -> None:
        if self.persistent is None:
            raise ValueError("its pickle refers to something outside itself")
        self.push(self.persistent(self.stack.pop()))


INSTRUCTIONS: Final[Mapping[bytes, Callable[[PickleReader], Any]]] = {
    pickle.PROTO: lambda m: m.source.read(1),
    pickle.FRAME: lambda m: m.source.read(8),
    pickle.NONE: lambda m: m.push(None),
    pickle.NEWTRUE: lambda m: m.push(True),
    pickle.NEWFALSE: lambda m: m.push(False),
    pickle.BININT: lambda m: m.push(m.number("<i")),
    pickle.BININT1: lambda m: m.push(m.number("<B")),
    pickle.BININT2: lambda m: m.push(m.number("<H")),
    pickle.BINFLOAT: lambda m: m.push(m.number(">d")),
    pickle.LONG1: lambda m: m.push_long("<B"),
    pickle.LONG4: lambda m: m.push_long("<i"),
    pickle.SHORT_BINBYTES: lambda m: m.push_bytes("<B"),
    pickle.BINBYTES: lambda m: m.push_bytes("<I"),
    pickle.BINBYTES8: lambda m: m.push_bytes("<Q"),
    pickle.BYTEARRAY8: lambda m: m.push_bytes("<Q"),
    pickle.SHORT_BINUNICODE: lambda m: m.push_text("<B"),
    pickle.BINUNICODE: lambda m: m.push_text("<I"),
    pickle.BINUNICODE8: lambda m: m.push_text("<Q"),
    pickle.SHORT_BINSTRING: lambda m: m.push_old_text("<B"),
    pickle.BINSTRING: lambda m: m.push_old_text("<I"),
    pickle.EMPTY_TUPLE: lambda m: m.push(()),
    pickle.EMPTY_LIST: lambda m: m.push([]),
    pickle.EMPTY_SET: lambda m: m.push([]),  # nobody ever looks into a set
    pickle.EMPTY_DICT: lambda m: m.push({}),
    pickle.MARK: PickleReader.mark,
    pickle.TUPLE: lambda m: m.push(tuple(m.since_mark())),
    pickle.TUPLE1: lambda m: m.push_tuple(1),
    pickle.TUPLE2: lambda m: m.push_tuple(2),
    pickle.TUPLE3: lambda m: m.push_tuple(3),
    pickle.FROZENSET: lambda m: m.push(m.since_mark()),
    pickle.APPEND: lambda m: m.append([m.stack.pop()]),
    pickle.APPENDS: lambda m: m.append(m.since_mark()),
    pickle.ADDITEMS: lambda m: m.append(m.since_mark()),
    pickle.SETITEM: lambda m: m.set_items([m.stack.pop(-2), m.stack.pop()]),
    pickle.SETITEMS: lambda m: m.set_items(m.since_mark()),
    pickle.POP: lambda m: m.stack.pop(),
    pickle.POP_MARK: PickleReader.since_mark,
    pickle.DUP: lambda m: m.push(m.stack[-1]),
    pickle.BINPUT: lambda m: m.put(m.number("<B")),
    pickle.LONG_BINPUT: lambda m: m.put(m.number("<I")),
    pickle.MEMOIZE: lambda m: m.put(len(m.memo)),
    pickle.BINGET: lambda m: m.get(m.number("<B")),
    pickle.LONG_BINGET: lambda m: m.get(m.number("<I")),
    pickle.GLOBAL: lambda m: m.push_global(m.source.line(), m.source.line()),
    pickle.STACK_GLOBAL: PickleReader.push_stack_global,
    pickle.REDUCE: PickleReader.reduce,
    pickle.NEWOBJ: PickleReader.reduce,
    pickle.NEWOBJ_EX: PickleReader.new_object_with_names,
    pickle.BUILD: PickleReader.build,
    pickle.BINPERSID: PickleReader.push_persistent,
}
