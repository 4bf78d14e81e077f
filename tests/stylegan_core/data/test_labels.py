"""Labels are read from folders and JSON files."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stylegan_core.data.folders import Pictures, find_pictures
from stylegan_core.data.labels import MAX_CLASSES, find_labels
from stylegan_core.errors import UserError
from tests.stylegan_core.data.greys import write_greys

NAMES = tuple(f"{k}.png" for k in range(8))


def pictures_of(*names: str, **files: bytes) -> Pictures:
    others = dict.fromkeys(files, "not a picture")
    return Pictures(Path("folder"), sorted(names), others, lambda name: files[name], "digest")


def test_each_folder_is_a_class() -> None:
    names = ("cat/1.png", "cat/deep/2.png", "dog/1.png", "loose.png")

    labels = find_labels(pictures_of(*names), "folders")

    assert labels is not None
    assert labels.class_names == ("cat", "dog")
    assert labels.classes == {"cat/1.png": 0, "cat/deep/2.png": 0, "dog/1.png": 1}


def test_a_folder_around_all_classes_is_not_a_class() -> None:
    labels = find_labels(
        pictures_of("all/in/b/1.png", "all/in/a/1.png", "all/in/b/2.png"), "folders"
    )

    assert labels is not None
    assert labels.class_names == ("a", "b")
    assert labels.classes["all/in/b/2.png"] == 1


@pytest.mark.parametrize(
    "content",
    [
        {"labels": [["0.png", 2], ["1.png", 0], ["elsewhere.png", 9]]},
        {"labels": {"0.png": 2, "1.png": 0}},
        {"0.png": 2, "1.png": 0},
        [["0.png", 2], [".\\1.png", 0]],
    ],
)
def test_numbers_in_a_file_are_kept(content: Any) -> None:
    labels = find_labels(pictures_of(*NAMES, labels=json.dumps(content).encode()), "labels")

    assert labels is not None
    assert labels.class_names == ("0", "1", "2")
    assert labels.classes == {"0.png": 2, "1.png": 0}


def test_names_in_a_file_are_numbered_in_alphabetical_order() -> None:
    content = json.dumps({"0.png": "zebra", "1.png": "ant", "2.png": "zebra"}).encode()

    labels = find_labels(pictures_of(*NAMES, labels=content), "labels")

    assert labels is not None
    assert labels.class_names == ("ant", "zebra")
    assert labels.classes == {"0.png": 1, "1.png": 0, "2.png": 1}


def test_the_file_may_lie_beside_the_pictures_or_among_them(greys: Path, tmp_path: Path) -> None:
    content = json.dumps({"labels": [[f"{k}.png", k % 2] for k in range(10)]})
    (tmp_path / "beside.json").write_text(content)
    (greys / "dataset.json").write_text(content)
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for file in greys.iterdir():
            archive.write(file, file.name)

    labels = [
        find_labels(find_pictures(greys), str(tmp_path / "beside.json")),
        find_labels(find_pictures(greys), "dataset.json"),
        find_labels(find_pictures(tmp_path / "all.zip"), "dataset.json"),
    ]

    assert labels[0] is not None
    assert labels[0].classes["7.png"] == 1
    assert labels[0] == labels[1] == labels[2]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "is not a JSON file of labels"),
        (b"\xff\xfe\x00", "is not a JSON file of labels"),
        (b"[" * 100_000, "is not a JSON file of labels"),
        (b"3", "must hold"),
        (b'{"labels": [["0.png"]]}', r'entry 1 must be like \["a.png", 3\], not \["0.png"\]'),
        (b'[["0.png", 3], null]', "entry 2 must be like .* not null"),
        (b'{"labels": null}', "no picture has a label there"),
        (b'{"0.png": 1, "1.png": "cat"}', "all names, or all whole numbers"),
        (b'{"0.png": true, "1.png": false}', "all names, or all whole numbers"),
        (b'{"0.png": 1.5, "1.png": 0.5}', "all names, or all whole numbers"),
        (b'{"0.png": [1], "1.png": [2]}', "all names, or all whole numbers"),
        (b'{"0.png": -1, "1.png": 0}', "whole numbers from 0"),
        (b'{"0.png": 0, "1.png": %d}' % MAX_CLASSES, "whole numbers from 0"),
        (b'{"0.png": "cat", "1.png": "cat"}', "all pictures are of one class, 'cat'"),
        (b'{"0.png": 5, "1.png": 5}', "all pictures are of one class, '5'"),
        (b'{"elsewhere.png": 3}', "no picture has a label there"),
    ],
)
def test_unusable_files_are_refused_with_the_reason(content: bytes, message: str) -> None:
    with pytest.raises(UserError, match=message):
        find_labels(pictures_of(*NAMES, labels=content), "labels")


def test_names_are_relative_to_where_the_file_lies(tmp_path: Path) -> None:
    folder = write_greys(tmp_path / "in", [f"deep/{'ab'[k % 2]}/{k}.png" for k in range(10)])
    content = json.dumps({f"{'ab'[k % 2]}\\{k}.png": k % 2 for k in range(10)})
    (folder / "deep" / "dataset.json").write_text(content)
    settings = ("dataset.json", "deep/dataset.json", str(folder / "deep" / "dataset.json"))
    for setting in settings:
        labels = find_labels(find_pictures(folder), setting)
        assert labels is not None
        assert labels.file == "deep/dataset.json"
        assert labels.classes["deep/b/3.png"] == 1
        assert len(labels.classes) == 10


def test_of_several_files_one_must_be_chosen(greys: Path) -> None:
    for name in ("a", "b"):
        (greys / name).mkdir()
        (greys / name / "dataset.json").write_text('{"../0.png": 1}')
    with pytest.raises(UserError, match=r"2 files dataset\.json: .* a/dataset\.json or b/"):
        find_labels(find_pictures(greys), "dataset.json")
    with pytest.raises(UserError, match="no picture has a label there"):
        find_labels(find_pictures(greys), "a/dataset.json")


def test_pictures_whose_label_is_null_have_none() -> None:
    content = json.dumps({"labels": [["0.png", 2], ["1.png", None], ["2.png", 0]]}).encode()
    labels = find_labels(pictures_of(*NAMES, labels=content), "labels")
    assert labels is not None
    assert labels.classes == {"0.png": 2, "2.png": 0}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(NAMES),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["labels", *NAMES]), inner),
    max_leaves=6,
)


@given(JSON)
def test_any_json_gives_labels_or_a_user_error(value: Any) -> None:
    try:
        labels = find_labels(pictures_of(*NAMES, labels=json.dumps(value).encode()), "labels")
    except UserError:
        return
    assert labels is not None
    assert all(0 <= number < len(labels.class_names) for number in labels.classes.values())


def test_missing_classes_are_errors(greys: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no picture lies in a folder of its class"):
        find_labels(find_pictures(greys), "folders")
    with pytest.raises(UserError, match="no file of labels nowhere"):
        find_labels(find_pictures(greys), "nowhere.json")
    one = write_greys(tmp_path / "one", ["a.png", *(f"cat/{k}.png" for k in range(8))])
    with pytest.raises(UserError, match="one class, 'cat'"):
        find_labels(find_pictures(one), "folders")
