"""Fixtures: a generator in both of its forms."""

from typing import Any

import pytest

from stylegan_core.networks import contract
from stylegan_core.networks.inference.for_inference import for_inference


@pytest.fixture(scope="module", params=["training", "inference"])
def either(request: pytest.FixtureRequest, generator: Any) -> contract.Generator:
    """Return the `generator` of a test file, in the form for training and that for inference."""
    return generator if request.param == "training" else for_inference(generator)
