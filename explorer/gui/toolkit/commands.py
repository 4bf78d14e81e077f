"""What the user can ask for by name: one table for the menu, the keys, the buttons and the sheet of
keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """An action, its words and keys ("Ctrl+Shift+Z", "Space"); some repeat while held."""

    name: str
    title: str
    section: str
    keys: tuple[str, ...]
    run: Callable[[], None]
    repeats: bool = False


class Commands:
    """All commands in the order of the sheet of keys."""

    def __init__(self) -> None:
        self._commands: dict[str, Command] = {}
        self._by_key: dict[str, Command] = {}

    def add(self, *commands: Command) -> None:
        """Adds commands; ValueError when a name or a key is already taken."""
        for command in commands:
            if command.name in self._commands:
                raise ValueError(f"two commands are called {command.name}")
            self._commands[command.name] = command
            for key in command.keys:
                if key in self._by_key:
                    raise ValueError(f"{key} runs both {self._by_key[key].name} and {command.name}")
                self._by_key[key] = command

    def __iter__(self) -> Iterator[Command]:
        return iter(self._commands.values())

    def __getitem__(self, name: str) -> Command:
        return self._commands[name]

    def for_key(self, key: str) -> Command | None:
        """The command of a key such as "Ctrl+Z", or None."""
        return self._by_key.get(key)

    def runner(self, name: str) -> Callable[..., None]:
        """A widget callback that runs a command."""
        command = self._commands[name]
        return lambda *_: command.run()

    def hint(self, name: str, words: str) -> str:
        """`words` for a tooltip, with the command's first key below."""
        keys = self._commands[name].keys
        return f"{words}\nKey: {keys[0]}" if keys else words
