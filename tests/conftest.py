"""Fixtures for all tests: two small networks, and folders in the place of the user's own."""

from collections.abc import Iterator

import pytest
import torch

from stylegan_core.networks.stylegan1 import Discriminator, Generator
from tests.small_networks import TINY, make_generator


@pytest.fixture(scope="session", autouse=True)
def _folders_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the user's folders as they are, also in the processes that tests start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STYLEGAN_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        yield


@pytest.fixture(scope="session")
def tiny_generator() -> Generator:
    return make_generator()


@pytest.fixture(scope="session")
def tiny_discriminator() -> Discriminator:
    torch.manual_seed(1)
    return Discriminator(TINY).eval().requires_grad_(False)
