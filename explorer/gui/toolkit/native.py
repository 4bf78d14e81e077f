"""The file dialog of the desktop, in a process of its own so that the window goes on; None where
there is none.
"""

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


@dataclass(frozen=True)
class Question:
    """What a file dialog asks: suffixes with their dots, none for a folder; a `name` to begin with
    when saving.
    """

    title: str
    folder: Path
    suffixes: tuple[str, ...]
    save: bool = False
    name: str = ""

    @property
    def of_folder(self) -> bool:
        """Whether a folder is asked for."""
        return not self.suffixes


def with_suffix_of(question: Question, path: Path) -> Path:
    """The path with the suffix of the files that the question is about; where there are several, a
    name without any takes that of the proposed one.
    """
    if len(question.suffixes) == 1:
        (suffix,) = question.suffixes
        stays = path.suffix.lower() == suffix
    else:
        suffix = Path(question.name).suffix
        stays = bool(path.suffix) or suffix.lower() not in question.suffixes
    return path if stays else path.with_name(path.name + suffix)


def command(question: Question) -> tuple[list[str], dict[str, str]] | None:
    """The command line and environment of the desktop's dialog, None when this system has none."""
    if os.environ.get("STYLEGAN_EXPLORER_PLAIN_DIALOGS"):
        return None
    if sys.platform == "darwin":
        verb = _SAVE_AS_MAC if question.save else _OPEN_MAC
        verb = _FOLDER_MAC if question.of_folder else verb
        script = f"on run argv\nreturn POSIX path of ({verb})\nend run"
        folder = question.folder if question.folder.is_dir() else Path.home()
        return ["osascript", "-e", script, question.title, str(folder), question.name], {}
    if sys.platform == "win32":
        return _windows(question)
    start = str(question.folder / question.name) + ("" if question.name else os.sep)
    if shutil.which("zenity"):
        patterns = " ".join(f"*{s}" for s in question.suffixes)
        kind = ["--save", "--confirm-overwrite"] if question.save else []
        kind = ["--directory"] if question.of_folder else [*kind, f"--file-filter={patterns}"]
        flags = [f"--title={question.title}", f"--filename={start}"]
        return ["zenity", "--file-selection", *flags, *kind], {}
    if shutil.which("kdialog"):
        if question.of_folder:
            line = ["kdialog", "--title", question.title, "--getexistingdirectory"]
            return [*line, str(question.folder)], {}
        verb = "--getsavefilename" if question.save else "--getopenfilename"
        return [
            "kdialog",
            "--title",
            question.title,
            verb,
            start,
            " ".join(f"*{s}" for s in question.suffixes),
        ], {}
    return None


def answer(line: list[str], extra: dict[str, str]) -> Path | None:
    """What the user chooses in the dialog of a command; None for nothing. It waits for that."""
    try:
        done = subprocess.run(
            line,
            capture_output=True,
            env=os.environ | extra,
            check=False,
            creationflags=_NO_CONSOLE,
        )
    except OSError:
        return None
    text = done.stdout.decode(errors="surrogateescape").strip("\r\n")
    return Path(text) if done.returncode == 0 and text else None


def _windows(question: Question) -> tuple[list[str], dict[str, str]]:
    patterns = ";".join(f"*{s}" for s in question.suffixes)
    values = {
        "EXPLORER_TITLE": question.title,
        "EXPLORER_FOLDER": str(question.folder),
        "EXPLORER_NAME": question.name,
        "EXPLORER_FILTER": f"{patterns}|{patterns}",
    }
    script = _WINDOWS.format(kind="SaveFileDialog" if question.save else "OpenFileDialog")
    script = _WINDOWS_FOLDER if question.of_folder else script
    return ["powershell", "-NoProfile", "-STA", "-Command", script], values
