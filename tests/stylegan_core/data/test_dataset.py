"""Data sets: their order, their labels, and what is kept of them on the disk."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from stylegan_core.data import portraits
from stylegan_core.data.dataset import ImageDataset, open_dataset
from stylegan_core.data.decoding import Options
from stylegan_core.data.info import Skipped, report
from stylegan_core.data.spec import DEFAULT_COUNT, PortraitSpec, name_of_data, parse_data_spec
from stylegan_core.errors import UserError
from tests.stylegan_core.data.greys import write_greys


def greys_of(data: ImageDataset, start: int, size: int, seed: int = 0) -> list[int]:
    """Return the numbers of the pictures of `greys` that a batch shows, from 1."""
    shown: list[int] = data.batch(start, size, seed, mirror=False).images[:, 0, 0, 7].tolist()
    return shown


# The order ------------------------------------------------------------------------------------


def test_an_epoch_shows_every_picture_once(greys: Path) -> None:
    data = open_dataset(str(greys), 8)

    first, second = greys_of(data, 0, 10, seed=1), greys_of(data, 10, 10, seed=1)

    assert sorted(first) == sorted(second) == list(range(1, 11))
    assert first != second


def test_batches_do_not_depend_on_their_size(greys: Path) -> None:
    data = open_dataset(str(greys), 8)

    whole = data.batch(0, 35, seed=5, mirror=True).images
    batches = [data.batch(n, 7, seed=5, mirror=True).images for n in range(0, 35, 7)]

    assert torch.equal(whole, torch.cat(batches))


def test_places_of_a_batch_can_be_read_alone(tmp_path: Path) -> None:
    folder = write_greys(tmp_path / "in", [f"{'ab'[k % 2]}/{k}.png" for k in range(10)])
    data = open_dataset(str(folder), 8, options=Options(labels="folders"))

    whole = data.batch(7, 12, seed=2, mirror=True)
    three = data.batch(7, 12, seed=2, mirror=True, take=[9, 1, 4])
    none = data.batch(7, 12, seed=2, mirror=True, take=[])

    assert torch.equal(three.images, whole.images[[9, 1, 4]])
    assert whole.labels is not None
    assert three.labels is not None
    assert torch.equal(three.labels, whole.labels[[9, 1, 4]])
    assert none.images.shape == (0, 3, 8, 8)
    assert none.labels is not None
    assert none.labels.shape == (0, 2)


def test_mirroring_turns_about_half_of_the_pictures(greys: Path) -> None:
    data = open_dataset(str(greys), 8)

    pictures = data.batch(0, 400, seed=0, mirror=True).images

    mirrored = (pictures[:, 0, 0, 7] == 0).sum().item()
    assert 150 < mirrored < 250
    assert 0 not in greys_of(data, 0, 400)


def test_each_seed_has_its_order(greys: Path) -> None:
    data = open_dataset(str(greys), 8)

    assert greys_of(data, 0, 10, seed=0) != greys_of(data, 0, 10, seed=1)


# Labels ---------------------------------------------------------------------------------------


def test_each_picture_comes_with_its_class(tmp_path: Path) -> None:
    names = [*(f"one/{k}.png" for k in range(4)), *(f"two/{k}.png" for k in range(4)), "loose.png"]
    folder = write_greys(tmp_path / "in", names)

    data = open_dataset(str(folder), 8, options=Options(labels="folders"))

    assert data.class_names == ("one", "two")
    assert data.c_dim == 2
    assert data.labels is not None
    assert data.labels.dtype == np.int64
    assert data.labels.tolist() == [0] * 4 + [1] * 4
    assert data.info.skipped == (Skipped("loose.png", "without a label"),)
    images, labels = data.batch(0, 8, seed=0, mirror=False)
    assert labels is not None
    assert labels.dtype == torch.float32
    expected = [[1, 0] if grey <= 4 else [0, 1] for grey in images[:, 0, 0, 7].tolist()]
    assert labels.tolist() == expected


def test_pictures_without_labels_have_no_classes(greys: Path) -> None:
    data = open_dataset(str(greys), 8)

    assert data.labels is None
    assert data.batch(0, 2, seed=0, mirror=False).labels is None
    assert (data.c_dim, data.class_names) == (0, ())


# Picture files -------------------------------------------------------------------------------


def test_files_left_out_are_named_with_the_reason(greys: Path) -> None:
    (greys / "0.png").write_bytes(b"no picture")
    (greys / "7.png").write_bytes((greys / "7.png").read_bytes()[:50])
    for k in range(5):
        Image.new("RGB", (8, 7)).save(greys / f"small{k}.png")
    (greys / "notes.txt").write_text("no picture")

    data = open_dataset(str(greys), 8)

    assert data.images[:, 0, 0, 7].tolist() == [2, 3, 4, 5, 6, 7, 9, 10]
    reasons = {entry.name: (entry.reason, entry.detail) for entry in data.info.skipped}
    assert reasons["notes.txt"] == ("not a picture", "")
    assert reasons["0.png"] == ("not a picture", "despite its name")
    assert reasons["7.png"][0] == "damaged"
    assert reasons["small3.png"] == ("too small", "8 x 7 px")
    lines = report(data.info).splitlines()
    assert lines[0] == f"8 pictures of {greys} at 8 px"
    assert lines[1] == "8 files left out:"
    assert lines[2] == (
        "  5 too small: small0.png (8 x 7 px), small1.png (8 x 7 px), small2.png (8 x 7 px), ..."
    )
    assert lines[3] == "  2 not a picture: notes.txt, 0.png (despite its name)"
    assert lines[4].startswith("  1 damaged: 7.png (")


def test_kinds_left_out_and_profiles_ignored_are_counted(greys: Path) -> None:
    (greys / "phone.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    (greys / "evil.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n")
    (greys / "empty.jpg").write_bytes(b"")
    (greys / "\x1b[31mred").write_bytes((greys / "1.png").read_bytes())
    Image.new("RGB", (8, 8)).save(greys / "tagged.png", icc_profile=b"damaged")

    info = open_dataset(str(greys), 8).info

    assert (info.count, info.ignored_profiles) == (12, ("tagged.png",))
    assert info == type(info).read(open_dataset(str(greys), 8).path.with_suffix(".json"))
    assert sorted(report(info).splitlines()[1:]) == [
        "  1 HEIC (convert to JPEG first): phone.heic",
        "  1 PostScript (never opened, for it is a program: convert to PNG first): evil.png",
        "  1 empty: empty.jpg",
        "1 damaged colour profile ignored: tagged.png",
        "3 files left out:",
    ]


def test_pictures_of_all_sizes_and_modes_become_equal_squares(tmp_path: Path) -> None:
    modes = ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "RGB"]
    for k, mode in enumerate(modes):
        Image.new(mode, (20 + 3 * k, 50 - k)).save(tmp_path / f"{k}.png")

    assert open_dataset(str(tmp_path), 16).images.shape == (8, 3, 16, 16)


def test_options_change_the_pixels(greys: Path) -> None:
    for k in range(10):
        Image.new("RGB", (16, 8), "red").save(greys / f"{k}.png")

    cropped = open_dataset(str(greys), 8)
    padded = open_dataset(str(greys), 8, options=Options(fit="pad"))

    assert (cropped.images[:, 1] == 0).all()
    assert (padded.images[:, 1, [0, 7]] == 255).all()
    assert (padded.info.fit, cropped.info.fit) == ("pad", "crop")
    with pytest.raises(UserError, match=r"no pictures that can be used \(10 too small"):
        open_dataset(str(greys), 16)
    enlarged = open_dataset(str(greys), 16, options=Options(enlarge=True))
    assert enlarged.images.shape == (10, 3, 16, 16)


def test_several_threads_decode_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_greys(tmp_path / "in", [f"{k:03}.png" for k in range(70)])
    (folder / "033.png").write_bytes(b"damaged")
    seen: list[int] = []
    alone = open_dataset(str(folder), 8).images.copy()
    monkeypatch.setenv("STYLEGAN_CACHE", str(tmp_path / "other"))

    many = open_dataset(str(folder), 8, workers=3, progress=lambda done, total: seen.append(done))

    assert np.array_equal(many.images, alone)
    assert seen == list(range(1, 71))


def test_too_few_usable_pictures_leave_nothing(greys: Path, cache: Path) -> None:
    for file in sorted(greys.iterdir())[:5]:
        file.write_bytes(b"no picture")

    with pytest.raises(UserError, match=r"holds 5 pictures only .* \(5 not a picture"):
        open_dataset(str(greys), 8)
    assert [file.suffix for file in cache.iterdir()] == [".lock"]


# Portraits ------------------------------------------------------------------------------------


def test_data_specs_are_parsed() -> None:
    everything = PortraitSpec("portraits", DEFAULT_COUNT)
    assert parse_data_spec("portraits") == parse_data_spec("portraits:") == everything
    assert parse_data_spec("portraits:12") == PortraitSpec("portraits", 12)
    assert parse_data_spec("portraits:12:glasses") == PortraitSpec("portraits", 12, "glasses")
    assert parse_data_spec("portraits::hat") == PortraitSpec("portraits", DEFAULT_COUNT, "hat")
    assert parse_data_spec("portraits-small:9") == PortraitSpec("portraits-small", 9)
    assert parse_data_spec("pictures") == Path("pictures")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("portraits:many", "does not say how many"),
        ("portraits:1", "does not say how many"),
        ("portraits:-3", "does not say how many"),
        ("portraits:9:smile", "cannot be labelled by 'smile'; choose one of hair_style, glasses"),
    ],
)
def test_impossible_portraits_are_refused(spec: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        open_dataset(spec, 8)


def test_portraits_are_labelled_by_a_factor() -> None:
    plain = open_dataset("portraits:40", 8)
    data = open_dataset("portraits:40:glasses", 8)

    assert data.class_names == ("none", "round", "square")
    assert data.labels is not None
    assert data.labels.tolist() == portraits.sample_factors(0, range(40))["glasses"].tolist()
    assert np.array_equal(data.images, plain.images)
    assert data.path.samefile(plain.path)  # rendered and stored once
    assert data.fingerprint != plain.fingerprint
    assert report(data.info).splitlines()[1].startswith("3 classes: none (")


def test_other_labels_of_portraits_are_refused() -> None:
    with pytest.raises(UserError, match="portraits:50000:glasses"):
        open_dataset("portraits:4", 8, options=Options(labels="folders"))


# On the disk ----------------------------------------------------------------------------------


def test_the_fingerprint_follows_pixels_and_labels(greys: Path, tmp_path: Path) -> None:
    again = write_greys(tmp_path / "again", [f"{k}.jpeg.png" for k in range(10)])
    other = write_greys(tmp_path / "other", [f"{9 - k}.png" for k in range(10)])
    (tmp_path / "labels.json").write_text(json.dumps({f"{k}.png": k % 2 for k in range(10)}))

    data = open_dataset(str(greys), 8)
    labelled = open_dataset(str(greys), 8, options=Options(str(tmp_path / "labels.json")))

    assert data.fingerprint == open_dataset(str(again), 8).fingerprint
    assert data.fingerprint != open_dataset(str(other), 8).fingerprint
    assert data.fingerprint != labelled.fingerprint
    assert np.array_equal(data.images, labelled.images)


def test_info_is_the_same_after_writing_and_reading(tmp_path: Path) -> None:
    folder = write_greys(tmp_path / "in", [f"{'ab'[k % 2]}/{k}.png" for k in range(9)])
    (folder / "notes.txt").write_text("no picture")
    info = open_dataset(str(folder), 8, options=Options("folders", "pad")).info

    path = tmp_path / "info.json"
    path.write_text(info.to_json())

    assert type(info).read(path) == info
    assert info.labels == (0, 0, 0, 0, 0, 1, 1, 1, 1)


def test_info_of_earlier_versions_is_read() -> None:
    data = open_dataset("portraits:4", 8)
    earlier = {"source": "portraits:4", "resolution": 8, "count": 4, "skipped": []}
    data.path.with_suffix(".json").write_text(json.dumps(earlier))

    opened = ImageDataset(data.path)

    assert opened.info == dataclasses.replace(data.info, fingerprint="", seal="")


def test_a_cut_file_is_refused_and_can_be_made_again_as_advised(greys: Path) -> None:
    path = open_dataset(str(greys), 8).path
    path.write_bytes(path.read_bytes()[:-1])

    with pytest.raises(
        UserError, match=rf"missing or cut. Delete {path.name} and {path.stem}.json"
    ):
        open_dataset(str(greys), 8)
    path.unlink()
    path.with_suffix(".json").unlink()
    assert len(open_dataset(str(greys), 8)) == 10


BROKEN = [
    "",
    "[]",
    "{}",
    '{"source": 1, "skipped": 3}',
    '{"source": "a", "resolution": 8, "count": -10, "skipped": []}',
    '{"source": "a", "resolution": 8, "count": "ten", "skipped": []}',
    '{"source": "a", "resolution": 8, "count": 10, "skipped": [3]}',
    '{"source": "a", "resolution": 8, "count": 2, "skipped": [], "labels": [0]}',
    '{"source": "a", "resolution": 8, "count": 1, "skipped": [], "labels": [1], '
    '"class_names": ["a"]}',
]


@pytest.mark.parametrize("content", BROKEN)
def test_damaged_info_is_refused(greys: Path, content: str) -> None:
    path = open_dataset(str(greys), 8).path
    path.with_suffix(".json").write_text(content)

    with pytest.raises(UserError, match="damaged"):
        ImageDataset(path)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("portraits:300", "portraits"),
        ("portraits-small:20:glasses", "portraits-small"),
        ("/home/somebody/pictures/cats", "cats"),
        ("cats.zip", "cats"),
        ("cats/", "cats"),
        ("C:\\pictures\\cats", "cats"),
        ("/", "pictures"),
    ],
)
def test_data_have_short_names(data: str, name: str) -> None:
    assert name_of_data(data) == name
