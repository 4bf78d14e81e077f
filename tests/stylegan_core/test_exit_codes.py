"""Failures become exit codes and one sentence; programming errors stay visible."""

import errno
from unittest.mock import Mock

import pytest

from stylegan_core.errors import UserError
from stylegan_core.exit_codes import BAD_INPUT, FAILED, INTERRUPTED, exit_code_of
from stylegan_core.write_errors import WriteError


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MemoryError(), BAD_INPUT),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried ..."), BAD_INPUT),
        (RuntimeError("CUDA error: the launch failed\nCompile with ..."), FAILED),
        (WriteError("a.png cannot be written: the disk is full.", errno.ENOSPC), FAILED),
        (WriteError("a.png cannot be written: the disk is read-only.", errno.EROFS), BAD_INPUT),
        (PermissionError(13, "Permission denied", "a.png"), FAILED),
        (KeyboardInterrupt(), INTERRUPTED),
        (UserError("no"), BAD_INPUT),
    ],
)
def test_each_failure_has_an_exit_code(
    error: BaseException, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code_of(Mock(side_effect=error)) == code
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_programming_error_is_not_hidden() -> None:
    with pytest.raises(RuntimeError, match="shapes"):
        exit_code_of(Mock(side_effect=RuntimeError("shapes do not fit")))
