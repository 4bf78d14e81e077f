"""Recipes inside every kind of file; damaged, hostile and other people's files."""

import contextlib
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from explorer.edit.edit import Edit
from explorer.edit.ops import with_psi
from explorer.edit.timeline import Timeline
from explorer.export import metadata
from explorer.export.embedding import KEY, RecipeError
from explorer.export.export import export_picture, export_timeline, save_png
from explorer.export.options import ExportOptions
from explorer.export.recipe import Recipe, recipe_of
from explorer.export.recipe_json import read_recipe, to_text, write_recipe
from explorer.rendering.renderer import Renderer
from stylegan_core.picture_files.opening import opened

KINDS = ("png", "json", "mp4", "gif", "webp")


@pytest.fixture
def file_and_recipe(
    request: pytest.FixtureRequest, tmp_path: Path, renderer: Renderer, timeline: Timeline
) -> tuple[Path, Recipe]:
    """Write a file of one kind; return it and the recipe that it should carry."""
    path = tmp_path / f"made.{request.param}"
    if request.param == "png":
        edit = timeline.keyframes[0].edit
        export_picture(renderer, edit, path)
        return path, recipe_of(edit, renderer.model_info)
    recipe = recipe_of(timeline, renderer.model_info)
    if request.param == "json":
        write_recipe(path, recipe)
    else:
        list(export_timeline(renderer, timeline, path, ExportOptions(size=32)))
    return path, recipe


@pytest.mark.parametrize("file_and_recipe", KINDS, indirect=True)
def test_every_kind_of_file_carries_its_recipe(file_and_recipe: tuple[Path, Recipe]) -> None:
    path, recipe = file_and_recipe
    assert read_recipe(path) == recipe
    renamed = path.rename(path.with_name("no suffix"))
    assert read_recipe(renamed) == recipe


@pytest.mark.parametrize("file_and_recipe", KINDS, indirect=True)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(share=st.floats(0, 0.999), flips=st.lists(st.tuples(st.floats(0, 1), st.integers(1, 255))))
def test_a_cut_or_damaged_file_gives_its_recipe_or_an_error(
    file_and_recipe: tuple[Path, Recipe], share: float, flips: list[tuple[float, int]]
) -> None:
    """Reading never fails in another way, and a cut file never gives another recipe."""
    path, recipe = file_and_recipe
    data = bytearray(path.read_bytes())
    data = data[: int(len(data) * share)] if share < 0.9 else data
    for place, mask in flips if data else ():
        data[int(place * (len(data) - 1))] ^= mask
    damaged = path.with_name("damaged")
    damaged.write_bytes(data)
    with contextlib.suppress(RecipeError):
        read = read_recipe(damaged)
        assert flips or read == recipe


@pytest.mark.parametrize("file_and_recipe", ["mp4", "gif", "webp"], indirect=True)
def test_a_long_recipe_is_read_back_whole(
    file_and_recipe: tuple[Path, Recipe], renderer: Renderer
) -> None:
    path, recipe = file_and_recipe
    assert isinstance(recipe.content, Timeline)
    long = recipe.content
    for i in range(90):
        long = long.with_keyframe(with_psi(long.keyframes[0].edit, i / 7), duration_s=0.01)
    assert len(to_text(recipe_of(long, renderer.model_info))) > 100_000
    list(export_timeline(renderer, long, path, ExportOptions(size=32)))
    assert read_recipe(path).content == long


def test_plain_pictures_carry_no_recipe(tmp_path: Path) -> None:
    picture = Image.new("RGB", (8, 8))
    for suffix in ("png", "gif", "webp"):
        picture.save(tmp_path / f"plain.{suffix}")
        with pytest.raises(RecipeError, match=r"plain\.\w+ carries no recipe"):
            read_recipe(tmp_path / f"plain.{suffix}")
    picture.save(tmp_path / "holiday.gif", comment=b"a comment of another program")
    with pytest.raises(RecipeError, match="carries no recipe"):
        read_recipe(tmp_path / "holiday.gif")


def test_other_files_are_told_apart_by_their_content(tmp_path: Path) -> None:
    for name, content, message in (
        ("empty.png", b"", "is empty"),
        ("song.mp3", b"ID3\x04 la la la", "is not a recipe"),
        ("list.json", b"[1, 2]", "is not a recipe"),
        ("latin.json", b'{"name": "\xe9"}', "UTF-8"),
        ("fake.mp4", b"\0\0\0\x18ftypmp42" + bytes(60), "cannot be read as a video"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(RecipeError, match=f"{name} .*{message}"):
            read_recipe(tmp_path / name)
    with pytest.raises(RecipeError, match=r"Cannot read .*missing\.png"):
        read_recipe(tmp_path / "missing.png")
    with pytest.raises(RecipeError, match="Cannot read"):
        read_recipe(tmp_path)


def test_a_picture_of_any_size_is_read_without_its_pixels(tmp_path: Path, edit: Edit) -> None:
    header = struct.pack(">IIBBBBB", 2**30, 2**30, 8, 2, 0, 0, 0)
    check = struct.pack(">I", zlib.crc32(b"IHDR" + header))
    path = tmp_path / "huge.png"
    save_png(np.zeros((8, 8, 3), np.uint8), path, Recipe(edit))
    path.write_bytes(path.read_bytes()[:16] + header + check + path.read_bytes()[33:])
    assert read_recipe(path).edit == edit


def test_a_recipe_that_is_too_long_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edit: Edit
) -> None:
    monkeypatch.setattr("explorer.export.embedding.MAX_TEXT", 100)
    for name in ("long.json", "long.png"):
        if name.endswith("png"):
            save_png(np.zeros((8, 8, 3), np.uint8), tmp_path / name, Recipe(edit))
        else:
            write_recipe(tmp_path / name, Recipe(edit))
        with pytest.raises(RecipeError, match="too long"):
            read_recipe(tmp_path / name)


def test_texts_that_unpack_to_gigabytes_are_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metadata, "MAX_TEXT_BYTES", 1_000_000)
    monkeypatch.setattr(metadata, "MAX_INFLATED_BYTES", 4_000_000)
    path = tmp_path / "a.png"
    Image.new("RGB", (8, 8)).save(path)
    content = path.read_bytes()
    bomb = b"zTXt" + b"a\0\0" + zlib.compress(bytes(2_000_000))
    chunk = struct.pack(">I", len(bomb) - 4) + bomb + struct.pack(">I", zlib.crc32(bomb))
    path.write_bytes(content[:33] + chunk + content[33:])
    with pytest.raises(RecipeError, match="carries no recipe"):
        read_recipe(path)
    path.write_bytes(content[:33] + 1000 * chunk + content[33:])
    with pytest.raises(RecipeError, match="damaged"):
        read_recipe(path)


def test_the_recipe_of_a_picture_is_json_text_that_names_its_format(
    tmp_path: Path, edit: Edit
) -> None:
    save_png(np.zeros((8, 8, 3), np.uint8), tmp_path / "a.png", Recipe(edit))
    with opened(tmp_path / "a.png") as image:
        assert json.loads(image.text[KEY])["format"] == "stylegan-explorer recipe"  # type: ignore[attr-defined]
