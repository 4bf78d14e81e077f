"""Text from outside: halves of characters are replaced."""

import json

from stylegan_core.readable import all_readable, is_readable, readable


def test_halves_of_characters_are_replaced() -> None:
    assert readable("a\ud800b\udcff") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"
    assert readable("é 中 \N{GRINNING FACE}") == "é 中 \N{GRINNING FACE}"
    assert is_readable("é 中")
    assert not is_readable("\udcff")


def test_all_texts_of_a_json_value_become_readable() -> None:
    value = json.loads('{"na\\ud800me": ["\\udfff", {"x": 1.5}, null, true, "\\ud83d\\ude00"]}')
    gone = "\N{REPLACEMENT CHARACTER}"
    assert all_readable(value) == {
        f"na{gone}me": [gone, {"x": 1.5}, None, True, "\N{GRINNING FACE}"]
    }
    assert all_readable(("a", 2)) == ["a", 2]
