"""Commands: everything the user can ask for by name.

One table serves the menu, the keys, the buttons and the list of shortcuts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

REPEATS: Final = True
"""The fifth entry of a row whose command repeats while its key is held."""

Action = Callable[[], None]
Row = tuple[str, str, str, Action] | tuple[str, str, str, Action, bool]
"""Name, title, keys separated by spaces, action, and REPEATS or nothing."""


@dataclass(frozen=True)
class Command:
    """An action with its title, its section of the menu and its keys ("Ctrl+Shift+Z", "Space")."""

    name: str
    title: str
    section: str
    keys: tuple[str, ...]
    run: Action
    repeats: bool = False


def section(section_title: str, *rows: Row) -> tuple[Command, ...]:
    """Return the commands of a section of the menu, one for each row."""
    return tuple(
        Command(name, title, section_title, tuple(keys.split()), run, *repeats)
        for name, title, keys, run, *repeats in rows
    )


class Commands:
    """All commands, in the order of the menu and of the list of shortcuts.

    `before_each` is called before any of them runs.
    """

    def __init__(self, before_each: Action = lambda: None) -> None:
        self._before_each = before_each
        self._commands: dict[str, Command] = {}
        self._by_key: dict[str, Command] = {}

    def add(self, *commands: Command) -> None:
        """Add commands. Raises ValueError when a name or a key is already taken."""
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

    def for_key(self, key: str) -> Command | None:
        """Return the command of a key such as "Ctrl+Z", or None."""
        return self._by_key.get(key)

    def run(self, command: Command) -> None:
        """Run a command: the user did something."""
        self._before_each()
        command.run()

    def runner(self, name: str) -> Callable[..., None]:
        """Return a widget callback that runs a command."""
        command = self._commands[name]
        return lambda *_: self.run(command)

    def hint(self, name: str, tip: str) -> str:
        """Return a tooltip with the command's first key on a line below."""
        keys = self._commands[name].keys
        return f"{tip}\nKey: {keys[0]}" if keys else tip
