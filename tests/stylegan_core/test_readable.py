"""Text from outside: halves of characters are replaced."""

import json

from stylegan_core.errors import UserError
from stylegan_core.readable import all_readable, is_readable, readable, shown, shown_name


def test_halves_of_characters_are_replaced() -> None:
    assert readable("a\ud800b\udcff") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"
    assert readable("é 中 \N{GRINNING FACE}") == "é 中 \N{GRINNING FACE}"
    assert is_readable("é 中")
    assert not is_readable("\udcff")


def test_control_characters_are_shown_as_escapes() -> None:
    assert shown("\x1b]0;title\x07 \x9b31m\x7f\r\t") == r"\x1b]0;title\x07 \x9b31m\x7f\r\t"
    assert shown("two\nlines") == "two\nlines"
    assert shown_name("two\nlines") == r"two\nlines"
    assert shown("\u202eabc\u2066") == r"\u202eabc\u2066"
    assert shown("é 中 مرحبا \N{GRINNING FACE}") == "é 中 مرحبا \N{GRINNING FACE}"


def test_long_messages_lose_their_middle() -> None:
    assert shown("a" * 1500) == "a" * 1500
    short = shown("begin " + "x" * 10**6 + " end")
    assert len(short) == 1500
    assert short.startswith("begin ")
    assert short.endswith(" end")
    assert len(shown_name("x" * 10**6)) == 200


def test_messages_for_people_are_shown_safely() -> None:
    message = str(UserError("The class '\x1b[31m" + "x" * 10_000 + "' is not known."))
    assert message.startswith(r"The class '\x1b[31mxxx")
    assert len(message) <= 1503
    assert str(UserError("Forged:\nline", "second")) == "Forged:\\nline\nsecond"


def test_all_texts_of_a_json_value_become_readable() -> None:
    value = json.loads('{"na\\ud800me": ["\\udfff", {"x": 1.5}, null, true, "\\ud83d\\ude00"]}')
    gone = "\N{REPLACEMENT CHARACTER}"
    assert all_readable(value) == {
        f"na{gone}me": [gone, {"x": 1.5}, None, True, "\N{GRINNING FACE}"]
    }
    assert all_readable(("a", 2)) == ["a", 2]
