"""The table of commands: rows of a section, keys, and the commands of all controllers."""

from __future__ import annotations

from unittest.mock import Mock

import pytest

from explorer.gui.controllers import Controllers
from explorer.gui.panels.menu import SECTIONS
from explorer.gui.toolkit.commands import REPEATS, Command, Commands, section
from explorer.gui.toolkit.shortcuts import key_text


def do_nothing() -> None:
    return None


def test_a_section_makes_a_command_of_each_row() -> None:
    commands = section(
        "Edit",
        ("edit.undo", "Undo", "Ctrl+Z", do_nothing, REPEATS),
        ("edit.redo", "Redo", "Ctrl+Shift+Z Ctrl+Y", do_nothing),
        ("edit.forget", "Forget", "", do_nothing),
    )
    assert commands == (
        Command("edit.undo", "Undo", "Edit", ("Ctrl+Z",), do_nothing, True),
        Command("edit.redo", "Redo", "Edit", ("Ctrl+Shift+Z", "Ctrl+Y"), do_nothing, False),
        Command("edit.forget", "Forget", "Edit", (), do_nothing, False),
    )


def test_every_command_of_the_controllers_is_in_the_menu() -> None:
    """Names and keys are unique, or the table would refuse them."""
    ui = Mock(commands=Commands())
    Controllers(ui, *(Mock() for _ in range(9)))
    assert {command.section for command in ui.commands} == set(SECTIONS)
    assert len(list(ui.commands)) > 60


def test_a_key_cannot_run_two_commands() -> None:
    commands = Commands()
    commands.add(Command("one", "One", "File", ("A",), lambda: None))
    with pytest.raises(ValueError, match="A runs both one and two"):
        commands.add(Command("two", "Two", "File", ("A",), lambda: None))


def test_keys_have_names() -> None:
    assert key_text(546, ctrl=False, shift=False) == "A"
    assert key_text(571, ctrl=True, shift=True) == "Ctrl+Shift+Z"
    assert key_text(600, ctrl=False, shift=True) == "?"
    assert key_text(602, ctrl=True, shift=False) == "Ctrl++"
    assert key_text(1, ctrl=False, shift=False) is None
