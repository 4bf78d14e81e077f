"""The desktop's own file dialog, in a process of its own so that the window stays alive."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_WHERE_MAC: Final = (
    "with prompt (item 1 of argv) default location ((POSIX file (item 2 of argv)) as alias)"
)
_SAVE_AS_MAC: Final = f"choose file name {_WHERE_MAC} default name (item 3 of argv)"
_OPEN_MAC: Final = f"choose file {_WHERE_MAC}"
_FOLDER_MAC: Final = f"choose folder {_WHERE_MAC}"
_NO_CONSOLE: Final = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # Windows would show one
_WINDOWS: Final = (
    "Add-Type -AssemblyName System.Windows.Forms;"
    "$d = New-Object System.Windows.Forms.{kind};"
    "$d.Title = $env:EXPLORER_TITLE; $d.InitialDirectory = $env:EXPLORER_FOLDER;"
    "$d.FileName = $env:EXPLORER_NAME; $d.Filter = $env:EXPLORER_FILTER;"
    "if ($d.ShowDialog() -eq 'OK')"
    "{{ [Console]::OutputEncoding = [Text.Encoding]::UTF8; $d.FileName }}"
)
_WINDOWS_FOLDER: Final = (
    "Add-Type -AssemblyName System.Windows.Forms;"
    "$d = New-Object System.Windows.Forms.FolderBrowserDialog;"
    "$d.Description = $env:EXPLORER_TITLE; $d.SelectedPath = $env:EXPLORER_FOLDER;"
    "if ($d.ShowDialog() -eq 'OK')"
    "{ [Console]::OutputEncoding = [Text.Encoding]::UTF8; $d.SelectedPath }"
)

Command = tuple[list[str], dict[str, str]]
"""A command line, and what it adds to the environment."""


@dataclass(frozen=True)
class Question:
    """A question that a file dialog asks.

    `suffixes` include their dots and are empty for a folder; `name` is proposed when saving.
    """

    title: str
    folder: Path
    suffixes: tuple[str, ...]
    save: bool = False
    name: str = ""

    @property
    def is_for_folder(self) -> bool:
        """True when the answer is a folder."""
        return not self.suffixes


def with_suffix_of(question: Question, path: Path) -> Path:
    """Return the path with a suffix that the question allows.

    Where it allows several, a name without a suffix takes the suffix of the proposed name.
    """
    if len(question.suffixes) == 1:
        (suffix,) = question.suffixes
        is_complete = path.suffix.lower() == suffix
    else:
        suffix = Path(question.name).suffix
        is_complete = bool(path.suffix) or suffix.lower() not in question.suffixes
    return path if is_complete else path.with_name(path.name + suffix)


def command(question: Question) -> Command | None:
    """Return how to open the desktop's file dialog; None when this system has none."""
    if os.environ.get("STYLEGAN_EXPLORER_PLAIN_DIALOGS"):
        return None
    if sys.platform == "darwin":
        return _mac(question)
    if sys.platform == "win32":
        return _windows(question)
    if shutil.which("zenity"):
        return _zenity(question)
    if shutil.which("kdialog"):
        return _kdialog(question)
    return None


def answer(arguments: list[str], environment: dict[str, str]) -> Path | None:
    """Run a command and wait. Return the path that the user chooses, or None."""
    try:
        done = subprocess.run(
            arguments,
            capture_output=True,
            env=os.environ | environment,
            check=False,
            creationflags=_NO_CONSOLE,
        )
    except OSError:
        return None
    text = done.stdout.decode(errors="surrogateescape").strip("\r\n")
    return Path(text) if done.returncode == 0 and text else None


def _mac(question: Question) -> Command:
    file_dialog = _SAVE_AS_MAC if question.save else _OPEN_MAC
    dialog = _FOLDER_MAC if question.is_for_folder else file_dialog
    script = f"on run argv\nreturn POSIX path of ({dialog})\nend run"
    folder = question.folder if os.path.isdir(question.folder) else Path.home()
    return ["osascript", "-e", script, question.title, str(folder), question.name], {}


def _windows(question: Question) -> Command:
    patterns = _patterns(question, ";")
    environment = {
        "EXPLORER_TITLE": question.title,
        "EXPLORER_FOLDER": str(question.folder),
        "EXPLORER_NAME": question.name,
        "EXPLORER_FILTER": f"{patterns}|{patterns}",
    }
    kind = "SaveFileDialog" if question.save else "OpenFileDialog"
    script = _WINDOWS_FOLDER if question.is_for_folder else _WINDOWS.format(kind=kind)
    return ["powershell", "-NoProfile", "-STA", "-Command", script], environment


def _zenity(question: Question) -> Command:
    flags = [f"--title={question.title}", f"--filename={_start(question)}"]
    if question.is_for_folder:
        flags.append("--directory")
    else:
        flags += ["--save", "--confirm-overwrite"] if question.save else []
        flags.append(f"--file-filter={_patterns(question, ' ')}")
    return ["zenity", "--file-selection", *flags], {}


def _kdialog(question: Question) -> Command:
    line = ["kdialog", "--title", question.title]
    if question.is_for_folder:
        return [*line, "--getexistingdirectory", str(question.folder)], {}
    verb = "--getsavefilename" if question.save else "--getopenfilename"
    return [*line, verb, _start(question), _patterns(question, " ")], {}


def _start(question: Question) -> str:
    """Return the proposed file; without a name, the folder with a separator at its end."""
    return str(question.folder / question.name) + ("" if question.name else os.sep)


def _patterns(question: Question, separator: str) -> str:
    return separator.join(f"*{suffix}" for suffix in question.suffixes)
