"""No text of a file commands the terminal, whichever library writes it there."""

import subprocess
import sys

import pytest

from stylegan_core.terminal import say

WRITES = {
    "a log": 'import logging; logging.getLogger("PIL.x").warning("tag %s", TEXT)',
    "a log of a library's own handler": (
        "import logging; log = logging.getLogger('torch.x'); log.propagate = False\n"
        "log.addHandler(logging.StreamHandler()); log.error('tag %s', TEXT)"
    ),
    "a logged traceback": (
        "import logging\n"
        "try: raise ValueError(TEXT)\n"
        "except ValueError: logging.getLogger('av').exception('tag')"
    ),
    "a log with wrong arguments": "import logging; logging.warning('tag ' + TEXT, 1)",
    "a warning": "import warnings; warnings.warn('tag ' + TEXT)",
    "an exception": "raise ValueError('tag ' + TEXT)",
    "an exception in a thread": (
        "import threading\n"
        "def fail(): raise ValueError('tag ' + TEXT)\n"
        "thread = threading.Thread(target=fail); thread.start(); thread.join()"
    ),
}


def test_what_is_printed_obeys_no_control_character(capsys: pytest.CaptureFixture[str]) -> None:
    say("name: \x1b]0;title\x07\ndata: \ud800")
    assert capsys.readouterr().out == "name: \\x1b]0;title\\x07\ndata: \N{REPLACEMENT CHARACTER}\n"


@pytest.mark.parametrize("writes", WRITES.values(), ids=WRITES)
def test_what_libraries_write_obeys_none_either(writes: str) -> None:
    program = (
        "from stylegan_core.terminal import protect\n"
        f"protect()\nTEXT = '\\x1b]0;title\\x07 \\x9b31m \\u202e'\n{writes}\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert "tag" in done.stderr
    assert r"\x1b]0;title\x07 \x9b31m \u202e" in done.stderr
    assert done.stderr.replace("\n", "").isprintable()
