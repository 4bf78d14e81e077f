"""Zip files of pictures, whoever wrote them: separators, encodings, claims and locks."""

import contextlib
import io
import json
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from stylegan_core.data import archive
from stylegan_core.data.archive import NAMELESS, Archive
from stylegan_core.data.dataset import open_dataset
from stylegan_core.data.decoding import Options
from stylegan_core.data.folders import find_pictures
from stylegan_core.data.labels import find_labels
from stylegan_core.errors import UserError
from stylegan_core.picture_files.errors import PictureError

PLACEHOLDER = "#"


def picture(shade: int = 0) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), (shade, 0, 0)).save(file, "PNG")
    return file.getvalue()


def write_zip(path: Path, files: dict[bytes, bytes], *, is_utf8: bool = False) -> Path:
    """Write a zip file whose names are exactly these bytes, as old programs do."""
    with zipfile.ZipFile(path, "w") as zipped:
        for number, (name, content) in enumerate(files.items()):
            zipped.writestr(_stand_in(number, name), content)
    data = path.read_bytes()
    for number, name in enumerate(files):
        data = data.replace(_stand_in(number, name).encode(), name)
    if is_utf8:
        data = data.replace(b"PK\1\2\x14\3\x14\0\0\0", b"PK\1\2\x14\3\x14\0\0\x08")
        data = data.replace(b"PK\3\4\x14\0\0\0", b"PK\3\4\x14\0\0\x08")
    path.write_bytes(data)
    return path


def _stand_in(number: int, name: bytes) -> str:
    return str(number).rjust(len(name), PLACEHOLDER)


def classes_of(path: Path) -> tuple[str, ...]:
    labels = find_labels(find_pictures(path), "folders")
    assert labels is not None
    return labels.class_names


def two_classes(first: bytes, second: bytes, separator: bytes = b"/") -> dict[bytes, bytes]:
    return {
        separator.join((b"photos-of-2026", name, b"%d-of-the-pictures.png" % k)): picture(k)
        for name in (first, second)
        for k in range(4)
    }


def test_backslashes_of_windows_separate_folders(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", two_classes(b"cat", b"dog", b"\\"))
    assert classes_of(path) == ("cat", "dog")
    assert find_pictures(path).names[0] == "photos-of-2026/cat/0-of-the-pictures.png"
    assert find_pictures(path).read("photos-of-2026/dog/3-of-the-pictures.png") == picture(3)


def test_backslashes_of_windows_separate_folders_beside_slashes_too(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", two_classes(b"cat\\", b"dog", b"/"))
    data = path.read_bytes().replace(b"PK\1\2\x14\3", b"PK\1\2\x14\0")
    path.write_bytes(data.replace(b"cat\\/", b"cats\\"))
    assert classes_of(path) == ("cats", "dog")


def test_a_backslash_beside_slashes_belongs_to_the_name(tmp_path: Path) -> None:
    """In Shift JIS it is the second byte of some letters."""
    path = write_zip(tmp_path / "a.zip", two_classes(b"cat\\s", b"dog"))
    assert classes_of(path) == ("cat\\s", "dog")


@pytest.mark.parametrize(
    ("encoding", "first", "second"),
    [
        ("utf-8", "猫猫", "犬犬"),
        ("cp437", "été", "hiver"),
        ("cp932", "猫猫", "犬犬"),
        ("cp866", "кошка", "собака"),
        ("gbk", "猫猫", "狗狗"),
        ("cp949", "고양이", "강아지"),
        ("cp932", "ねこの写真", "いぬ"),
        ("cp932", "表示ソ", "カメラ"),
        ("gbk", "我的照片", "新建文件夹"),
        ("big5", "貓咪照片", "資料夾"),
        ("cp866", "КОШКА", "СОБАКА"),
        ("cp437", "Straße", "Übung"),
    ],
)
def test_names_in_old_encodings_are_readable_and_distinct(
    tmp_path: Path, encoding: str, first: str, second: str
) -> None:
    files = two_classes(first.encode(encoding), second.encode(encoding))
    path = write_zip(tmp_path / "a.zip", files)
    classes = classes_of(path)
    assert set(classes) == {first, second}
    assert len(open_dataset(str(path), 8, options=Options("folders"))) == 8


def test_the_name_in_unicode_beside_an_old_one_counts(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as zipped:
        for k in range(8):
            old = f"{'ab'[k % 2]}/{k}.png"
            new = f"{'猫犬'[k % 2]}/{k}.png".encode()
            info = zipfile.ZipInfo(old)
            content = b"\1" + struct.pack("<I", zlib.crc32(old.encode())) + new
            info.extra = struct.pack("<HH", 0x7075, len(content)) + content
            zipped.writestr(info, picture(k))
    assert classes_of(tmp_path / "a.zip") == ("犬", "猫")


def test_a_file_without_a_name_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as zipped:
        for k in range(8):
            zipped.writestr(f"{k}.png", picture(k))
        zipped.writestr("x", "a")
    data = bytearray(path.read_bytes())
    local, central = data.rindex(b"PK\3\4"), data.rindex(b"PK\1\2")
    del data[central + 46], data[local + 30]
    data[local + 26] = data[central - 1 + 28] = 0
    end = data.rindex(b"PK\5\6")
    size, offset = struct.unpack_from("<II", data, end + 12)
    struct.pack_into("<II", data, end + 12, size - 1, offset - 1)
    path.write_bytes(data)
    pictures = find_pictures(path)
    assert len(pictures.names) == 8
    assert list(pictures.others) == [NAMELESS]
    assert len(open_dataset(str(path), 8)) == 8


def test_names_that_lead_elsewhere_are_only_names(tmp_path: Path) -> None:
    names = [
        b"../../above.png",
        b"/absolute.png",
        b"C:/drive.png",
        *(b"%d.png" % k for k in range(8)),
    ]
    path = write_zip(tmp_path / "in.zip", dict.fromkeys(names, picture()))
    before = sorted(tmp_path.rglob("*"))
    assert len(open_dataset(str(path), 8)) == 11
    assert [file for file in sorted(tmp_path.rglob("*")) if "cache" not in file.parts] == before


def test_a_small_member_may_not_claim_to_be_huge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "FREE_BYTES", 1000)
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("bomb.png", bytes(10**6))
        zipped.writestr("a.png", picture())
    opened = Archive(tmp_path / "a.zip")
    assert opened.read("a.png") == picture()
    with pytest.raises(PictureError, match="too large"):
        opened.read("bomb.png")


def test_a_locked_member_says_so(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {b"%d-picture.png" % k: picture(k) for k in range(9)})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(data)
    info = open_dataset(str(path), 8).info
    assert [(entry.name, entry.reason) for entry in info.skipped] == [
        ("0-picture.png", "locked with a password (unpack them first)")
    ]


def test_links_in_a_zip_are_not_followed(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link.png")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as zipped:
        for k in range(8):
            zipped.writestr(f"{k}.png", picture(k))
        zipped.writestr(link, "/etc/passwd")
    (entry,) = open_dataset(str(tmp_path / "a.zip"), 8).info.skipped
    assert (entry.name, entry.reason) == ("link.png", "not a picture")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_zip_gives_pictures_or_a_user_error(tmp_path: Path, data: st.DataObject) -> None:
    whole = write_zip(tmp_path / "a.zip", {b"%d.png" % k: picture(k) for k in range(9)})
    content = bytearray(whole.read_bytes())
    directory = content.index(b"PK\1\2")
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(directory, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    (tmp_path / "b.zip").write_bytes(content)
    try:
        pictures = find_pictures(tmp_path / "b.zip")
    except UserError:
        return
    for name in pictures.names:
        with contextlib.suppress(PictureError):
            assert isinstance(pictures.read(name), bytes)


def test_labels_lie_a_folder_down_with_names_relative_to_them(tmp_path: Path) -> None:
    labels = [[f"0000{k // 4}/img{k}.png", k % 3] for k in range(12)]
    labels[5][1] = None
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as zipped:
        for name, _ in labels:
            zipped.writestr(f"mydata/{name}", picture())
        zipped.writestr("mydata/dataset.json", json.dumps({"labels": labels}))
    for setting in ("dataset.json", "mydata/dataset.json"):
        info = open_dataset(str(tmp_path / "a.zip"), 8, options=Options(setting)).info
        assert info.class_names == ("0", "1", "2")
        assert [(entry.name, entry.reason) for entry in info.skipped] == [
            ("mydata/00001/img5.png", "without a label")
        ]
