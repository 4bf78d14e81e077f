"""Values that stand for the classes and functions named in a pickle, none of which is imported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Constructor = Callable[..., Any] | None
"""The function of ours that is called in place of the named one; None for a name that may appear
as a value but is never called."""

Vocabulary = Mapping[str, Constructor]
"""The names that a pickle may use, as "module name", and what each becomes here."""


@dataclass(frozen=True)
class Global:
    """A class or function that the pickle would have imported, by its name, "module name"."""

    name: str


class InertObject:
    """An object of a class that this program does not know: the class's name and the data given.

    `program` is the source text of its class, if the file carries one. It is never run.
    """

    def __init__(self, name: str, program: Any = None) -> None:
        self.name = name
        self.program = program
        self.state: dict[Any, Any] = {}
        self.items: dict[Any, Any] = {}

    def set_state(self, state: Any) -> None:
        """Take over a dictionary of attributes, or the pair of them that slotted classes pickle."""
        for attributes in state if isinstance(state, tuple) else (state,):
            if isinstance(attributes, dict):
                self.state.update(attributes)
