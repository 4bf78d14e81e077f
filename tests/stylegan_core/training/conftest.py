"""Fixtures: a folder of small pictures, and the data set made of them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stylegan_core.data.dataset import ImageDataset, open_dataset


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of 11 pictures of 16 x 16 px."""
    folder = tmp_path_factory.mktemp("pictures")
    random = np.random.default_rng(0)
    for k in range(11):
        pixels = random.integers(0, 256, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{k}.png")
    return folder


@pytest.fixture(scope="session")
def data(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> ImageDataset:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STYLEGAN_CACHE", str(tmp_path_factory.mktemp("cache")))
        return open_dataset(str(pictures), 16)
