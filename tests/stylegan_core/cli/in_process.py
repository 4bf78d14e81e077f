"""Run `stylegan` in the process of the tests, so that torch is loaded only once."""

import io
from contextlib import redirect_stderr, redirect_stdout
from typing import NamedTuple

import pytest

from stylegan_core.cli.__main__ import main


class Result(NamedTuple):
    """The result of a command, with the names of `subprocess.CompletedProcess`."""

    returncode: int
    stdout: str
    stderr: str


def stylegan(*arguments: object) -> Result:
    """Run a command; an exception that would show the user a traceback fails the test."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as exit_info:
        main([str(argument) for argument in arguments])
    assert isinstance(exit_info.value.code, int)
    return Result(exit_info.value.code, out.getvalue(), err.getvalue())
