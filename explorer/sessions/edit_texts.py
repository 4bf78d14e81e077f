"""The JSON texts of edits, each made once and numbered in the order of their first use."""

from __future__ import annotations

import json
from typing import NamedTuple

from explorer.edit.edit import Edit, Stored
from explorer.edit.edit_json import to_json
from explorer.edit.step import StoredVectors


class _Known(NamedTuple):
    """An edit and its text. Holding the edit keeps its identity from being given to another."""

    edit: Edit
    text: str
    values: int  # how many JSON values the text has, nearly


class EditTexts:
    """Numbers the edits of one text, and keeps their own texts for the next one.

    Edits are known by identity, because hashing a thousand of them takes longer than a frame.
    """

    def __init__(self) -> None:
        self._known: dict[int, _Known] = {}
        self._used: dict[int, _Known] = {}  # since `begin`
        self._numbers: dict[str, int] = {}  # by text

    def begin(self) -> None:
        """Begin a new text; forget the edits that the text before it did not use."""
        self._known = self._used or self._known
        self._used = {}
        self._numbers = {}

    def number(self, edit: Edit) -> int:
        """Return the number of an edit. Equal edits have the same one."""
        known = self._known_as(edit)
        self._used[id(edit)] = known
        return self._numbers.setdefault(known.text, len(self._numbers))

    def values_of(self, edit: Edit) -> int:
        """Return how many JSON values the edit's text has, nearly."""
        return self._known_as(edit).values

    def joined(self) -> str:
        """Return the texts in the order of their numbers, one a line."""
        return ",\n".join(self._numbers)

    def used_of(self, vectors: StoredVectors) -> StoredVectors:
        """Return those of the vectors that the numbered edits name."""
        latents = (s.latent for known in self._used.values() for s in known.edit.sources)
        named = {latent.digest for latent in latents if isinstance(latent, Stored)}
        return {digest: vector for digest, vector in vectors.items() if digest in named}

    def _known_as(self, edit: Edit) -> _Known:
        known = self._known.get(id(edit))
        if known is None:
            text = json.dumps(to_json(edit), separators=(",", ":"), allow_nan=False)
            known = _Known(edit, text, sum(map(text.count, ",[{")))
            self._known[id(edit)] = known
        return known
