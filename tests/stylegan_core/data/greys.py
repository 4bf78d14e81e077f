"""Pictures that are told apart by their grey values."""

from pathlib import Path

from PIL import Image


def write_greys(folder: Path, names: list[str]) -> Path:
    """Write pictures of 8 px, each with a grey value of its own."""
    for k, name in enumerate(names):
        picture = Image.new("RGB", (8, 8))
        picture.paste((k + 1,) * 3, (4, 0, 8, 8))
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        picture.save(folder / name)
    return folder
