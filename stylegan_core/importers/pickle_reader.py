"""Read pickles as data, without Python's own unpickler. The format is that of `pickletools`.

A pickle is a program for a stack machine, and two of its instructions can do harm: one names any
function of any module, the other calls it. `PickleReader` runs the same instructions, but
- a name is looked up in a `Vocabulary` of our own functions, which make plain values and
  descriptions of arrays. Nothing is imported.
- a call of anything outside the vocabulary makes an `InertObject`: a name and the data given to it.
- state can be set on inert objects and array descriptions, never on functions or classes.
- instructions, nesting and copies have bounds (`stylegan_core.limits`), and every length is checked
  against the file.
- long byte strings and texts are skipped and remembered as a `Blob`.

It reads the binary instructions of protocols 2 to 5, the ones that network files use.
"""

from __future__ import annotations

import pickle
import re
import struct
from collections.abc import Callable, Mapping
from typing import Any, Final

from stylegan_core.card import CheckpointError
from stylegan_core.importers.arrays import DType, StoredArray
from stylegan_core.importers.byte_source import ByteSource
from stylegan_core.importers.pickle_values import Global, InertObject, Vocabulary
from stylegan_core.limits import (
    FILE_ERRORS,
    MAX_CLASSES_NAMED,
    MAX_INTEGER_BYTES,
    MAX_INTEGER_KEY,
    MAX_NESTING,
    budget,
)

MAX_INLINE_BYTES: Final = 64  # longer byte strings become blobs
MAX_INLINE_TEXT_BYTES: Final = 1024
SIZED: Final = (list, tuple, dict, str, bytes)
GLOBAL_NAME: Final = re.compile(r"[\w.]{1,200} [\w.<>]{1,200}")


class PickleReader:
    """Reads one pickle, from the position of a source. `run` raises `CheckpointError`.

    `vocabulary` has the names that may be called.
    `unknown` collects the names outside the vocabulary; if it is None, such names are refused.
    `persistent` resolves references to data outside the pickle; if it is None, they are refused.
    """

    def __init__(
        self,
        source: ByteSource,
        vocabulary: Vocabulary,
        persistent: Callable[[Any], Any] | None = None,
        unknown: set[str] | None = None,
    ) -> None:
        self.source = source
        self.vocabulary = vocabulary
        self.persistent = persistent
        self.unknown = unknown
        self.stack: list[Any] = []
        self.outer_stacks: list[list[Any]] = []  # the stacks below each mark
        self.memo: dict[int, Any] = {}
        self.budget = budget()

    def run(self) -> Any:
        """Return the value that the pickle describes."""
        read, step = self.source.file.read, self.budget.step
        try:
            while (code := read(1)) != pickle.STOP:
                step()
                INSTRUCTIONS[code](self)
            return self._result()
        except CheckpointError:
            raise
        except KeyError as error:
            raise self._lookup_error(code, error) from None
        except FILE_ERRORS as error:
            raise self.source.damaged(str(error) or "its pickle is invalid") from error

    def _result(self) -> Any:
        # Single bytes are read without a check, so a part of a file may have been overrun.
        if self.source.tell() > self.source.end:
            raise self.source.incomplete()
        return self.stack.pop()

    def _lookup_error(self, code: bytes, error: KeyError) -> CheckpointError:
        if not code:
            return self.source.incomplete()
        if code in INSTRUCTIONS:
            return self.source.damaged(f"its pickle uses a value that it never stored ({error})")
        return self.source.damaged(
            f"its pickle has the instruction {code!r}, which is not meant for data"
        )

    def push(self, value: Any) -> None:
        self.stack.append(value)

    # Numbers and texts

    def read_number(self, form: str) -> Any:
        """Return the next number in a format of `struct`."""
        (value,) = struct.unpack(form, self.source.read(struct.calcsize(form)))
        return value

    def push_long(self, form: str) -> None:
        length = self.read_number(form)
        if not 0 <= length <= MAX_INTEGER_BYTES:
            raise ValueError("a whole number is too long")
        self.push(int.from_bytes(self.source.read(length), "little", signed=True))

    def push_bytes(self, form: str) -> None:
        length = self.read_number(form)
        source = self.source
        self.push(source.read(length) if length <= MAX_INLINE_BYTES else source.skip(length))

    def push_text(self, form: str) -> None:
        length = self.read_number(form)
        if length <= MAX_INLINE_TEXT_BYTES:
            self.push(self.source.read(length).decode("utf-8", "replace"))
        else:
            self.push(self.source.skip(length, is_text=True))

    def push_python2_text(self, form: str) -> None:
        """Push a string of Python 2: bytes, decoded as Latin-1 as the official code does."""
        length = self.read_number(form)
        if length <= MAX_INLINE_TEXT_BYTES:
            self.push(self.source.read(length).decode("latin-1"))
        else:
            self.push(self.source.skip(length))

    # Containers

    def mark(self) -> None:
        if len(self.outer_stacks) >= MAX_NESTING:
            raise ValueError("its pickle is nested too deeply")
        self.outer_stacks.append(self.stack)
        self.stack = []

    def pop_to_mark(self) -> list[Any]:
        values = self.stack
        self.stack = self.outer_stacks.pop()
        return values

    def push_tuple(self, count: int) -> None:
        if len(self.stack) < count:
            raise IndexError("its pickle takes more values than it made")
        values = tuple(self.stack[len(self.stack) - count :])
        del self.stack[len(self.stack) - count :]
        self.push(values)

    def append(self, values: list[Any]) -> None:
        target = self.stack[-1]
        if isinstance(target, list):
            target.extend(values)
        elif not isinstance(target, InertObject):
            raise TypeError("its pickle appends to something that is not a list")

    def set_items(self, values: list[Any]) -> None:
        target = self.stack[-1]
        items = target.items if isinstance(target, InertObject) else target
        if not isinstance(items, dict) or len(values) % 2:
            raise TypeError("its pickle sets items of something that has none")
        for key, value in zip(values[::2], values[1::2], strict=True):
            # Keys of other types mean nothing in a network file, and hashing them may cost a lot.
            if isinstance(key, str) or (isinstance(key, int) and abs(key) < MAX_INTEGER_KEY):
                items[key] = value

    # The memo: a dictionary, because in a list a file could make us allocate any index

    def store(self, index: int) -> None:
        self.memo[index] = self.stack[-1]

    def recall(self, index: int) -> None:
        self.push(self.memo[index])

    # Names and calls

    def push_global(self, module: Any, name: Any) -> None:
        full = f"{module} {name}" if isinstance(module, str) and isinstance(name, str) else ""
        if not GLOBAL_NAME.fullmatch(full):
            raise ValueError("its pickle names a class or function by an invalid name")
        if full not in self.vocabulary:
            if self.unknown is None:
                raise CheckpointError(
                    f"{self.source.name} wants to use '{module}.{name}' where only numbers belong: "
                    "it was not opened."
                )
            self.unknown.add(full)
            if len(self.unknown) > MAX_CLASSES_NAMED:
                raise ValueError("it names more classes than any network has")
        self.push(Global(full))

    def push_stack_global(self) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        self.push_global(module, name)

    def call(self, function: Any, args: Any) -> None:
        """Push the result of our function of that name, or an `InertObject` if there is none."""
        if not isinstance(args, tuple):
            raise TypeError("its pickle calls something without a tuple of arguments")
        name = function.name if isinstance(function, Global | InertObject) else "?"
        constructor = self.vocabulary.get(name) if isinstance(function, Global) else None
        self._count_copied(args)
        self.budget.entries(len(args))
        try:
            self.push(InertObject(name) if constructor is None else constructor(*args))
        except TypeError as error:
            raise ValueError(f"'{name}' is called with arguments that do not fit") from error

    def _count_copied(self, values: tuple[Any, ...]) -> None:
        """Refuse a pickle in which short instructions copy one long value again and again."""
        self.budget.entries(sum(len(v) for v in values if isinstance(v, SIZED)))

    def reduce(self) -> None:
        args, function = self.stack.pop(), self.stack.pop()
        self.call(function, args)

    def reduce_without_keywords(self) -> None:
        self.stack.pop()  # the keyword arguments
        self.reduce()

    def build(self) -> None:
        state, target = self.stack.pop(), self.stack[-1]
        self._count_copied(state if isinstance(state, tuple) else (state,))
        if isinstance(target, InertObject | StoredArray | DType):
            target.set_state(state)
        elif not isinstance(target, dict):
            raise TypeError("its pickle changes something that cannot be changed")

    def push_persistent(self) -> None:
        if self.persistent is None:
            raise ValueError("its pickle refers to something outside itself")
        self.push(self.persistent(self.stack.pop()))


INSTRUCTIONS: Final[Mapping[bytes, Callable[[PickleReader], Any]]] = {
    pickle.PROTO: lambda r: r.source.read(1),
    pickle.FRAME: lambda r: r.source.read(8),
    pickle.NONE: lambda r: r.push(None),
    pickle.NEWTRUE: lambda r: r.push(True),
    pickle.NEWFALSE: lambda r: r.push(False),
    pickle.BININT: lambda r: r.push(r.read_number("<i")),
    pickle.BININT1: lambda r: r.push(r.read_number("<B")),
    pickle.BININT2: lambda r: r.push(r.read_number("<H")),
    pickle.BINFLOAT: lambda r: r.push(r.read_number(">d")),
    pickle.LONG1: lambda r: r.push_long("<B"),
    pickle.LONG4: lambda r: r.push_long("<i"),
    pickle.SHORT_BINBYTES: lambda r: r.push_bytes("<B"),
    pickle.BINBYTES: lambda r: r.push_bytes("<I"),
    pickle.BINBYTES8: lambda r: r.push_bytes("<Q"),
    pickle.BYTEARRAY8: lambda r: r.push_bytes("<Q"),
    pickle.SHORT_BINUNICODE: lambda r: r.push_text("<B"),
    pickle.BINUNICODE: lambda r: r.push_text("<I"),
    pickle.BINUNICODE8: lambda r: r.push_text("<Q"),
    pickle.SHORT_BINSTRING: lambda r: r.push_python2_text("<B"),
    pickle.BINSTRING: lambda r: r.push_python2_text("<I"),
    pickle.EMPTY_TUPLE: lambda r: r.push(()),
    pickle.EMPTY_LIST: lambda r: r.push([]),
    pickle.EMPTY_SET: lambda r: r.push([]),  # a list will do: sets are never looked into
    pickle.EMPTY_DICT: lambda r: r.push({}),
    pickle.MARK: PickleReader.mark,
    pickle.TUPLE: lambda r: r.push(tuple(r.pop_to_mark())),
    pickle.TUPLE1: lambda r: r.push_tuple(1),
    pickle.TUPLE2: lambda r: r.push_tuple(2),
    pickle.TUPLE3: lambda r: r.push_tuple(3),
    pickle.FROZENSET: lambda r: r.push(r.pop_to_mark()),
    pickle.APPEND: lambda r: r.append([r.stack.pop()]),
    pickle.APPENDS: lambda r: r.append(r.pop_to_mark()),
    pickle.ADDITEMS: lambda r: r.append(r.pop_to_mark()),
    pickle.SETITEM: lambda r: r.set_items([r.stack.pop(-2), r.stack.pop()]),
    pickle.SETITEMS: lambda r: r.set_items(r.pop_to_mark()),
    pickle.POP: lambda r: r.stack.pop(),
    pickle.POP_MARK: PickleReader.pop_to_mark,
    pickle.DUP: lambda r: r.push(r.stack[-1]),
    pickle.BINPUT: lambda r: r.store(r.read_number("<B")),
    pickle.LONG_BINPUT: lambda r: r.store(r.read_number("<I")),
    pickle.MEMOIZE: lambda r: r.store(len(r.memo)),
    pickle.BINGET: lambda r: r.recall(r.read_number("<B")),
    pickle.LONG_BINGET: lambda r: r.recall(r.read_number("<I")),
    pickle.GLOBAL: lambda r: r.push_global(r.source.read_line(), r.source.read_line()),
    pickle.STACK_GLOBAL: PickleReader.push_stack_global,
    pickle.REDUCE: PickleReader.reduce,
    pickle.NEWOBJ: PickleReader.reduce,
    pickle.NEWOBJ_EX: PickleReader.reduce_without_keywords,
    pickle.BUILD: PickleReader.build,
    pickle.BINPERSID: PickleReader.push_persistent,
}
