"""Discriminators on features: fixed projections, spectral normalisation, classes."""

import pytest
import torch

from stylegan_core.networks.feature_discriminators import (
    FeatureDiscriminators,
    Level,
    SpectralConv2d,
)

LEVELS = [Level(6, 16, 8), Level(10, 8, 16), Level(12, 4, 16)]


def made(seed: int = 0, c_dim: int = 0) -> FeatureDiscriminators:
    torch.manual_seed(seed)
    return FeatureDiscriminators(LEVELS, c_dim)


def features(n: int = 3) -> list[torch.Tensor]:
    return [torch.randn(n, level.channels, level.size, level.size) for level in LEVELS]


def test_there_is_one_logit_a_level() -> None:
    assert made()(features()).shape == (3, 3)
    assert [x.shape[1:] for x in made().projected(features())] == [
        (8, 16, 16),
        (16, 8, 8),
        (16, 4, 4),
    ]


def test_projections_follow_from_the_seed_and_are_not_trained() -> None:
    first, same, other = made(1), made(1), made(2)
    for name, projection in first.named_buffers():
        if name.startswith("across"):
            assert torch.equal(projection, same.get_buffer(name)), name
            assert not torch.equal(projection, other.get_buffer(name)), name
    trained = {name for name, _ in first.named_parameters()}
    assert trained
    assert all(name.startswith("discriminators.") for name in trained)


def test_coarse_features_reach_the_finer_levels_and_not_the_other_way() -> None:
    network, before = made(), features()
    for changed, moved in ((0, [True, False, False]), (2, [True, True, True])):
        after = [x + 1 if i == changed else x for i, x in enumerate(before)]
        pairs = zip(network.projected(before), network.projected(after), strict=True)
        assert [not torch.allclose(a, b) for a, b in pairs] == moved


def test_spectral_normalisation_finds_the_largest_singular_value() -> None:
    torch.manual_seed(0)
    conv = SpectralConv2d(5, 7, 4, 2)
    conv.iterate(100)
    u, v = conv.u, conv.v
    largest = torch.linalg.svdvals(conv.weight.flatten(1))[0]
    torch.testing.assert_close(u @ conv.weight.flatten(1) @ v, largest)
    x = torch.randn(2, 5, 8, 8)
    expected = torch.nn.functional.conv2d(x, conv.weight / largest, stride=2, padding=1)
    torch.testing.assert_close(conv(x), expected)


def test_scaling_a_weight_changes_no_logit() -> None:
    network, seen = made(), features()
    before = network(seen)
    with torch.no_grad():
        for part in network.modules():
            if isinstance(part, SpectralConv2d):
                part.weight.mul_(3)
    torch.testing.assert_close(network(seen), before)


def test_a_class_decides_together_with_the_picture() -> None:
    network, seen = made(c_dim=2), features(1)
    classes = torch.eye(2)
    scores = [network(seen, classes[k : k + 1]) for k in range(2)]
    assert not torch.allclose(*scores)
    others = [network([x + 1 for x in seen], classes[k : k + 1]) for k in range(2)]
    assert not torch.allclose(scores[0] - scores[1], others[0] - others[1], atol=1e-4)


@pytest.mark.parametrize("size", [96, 64])
def test_other_sizes_end_in_one_logit_too(size: int) -> None:
    levels = [Level(3, size >> (2 + i), 8) for i in range(3)]
    seen = [torch.randn(2, 3, level.size, level.size) for level in levels]
    assert FeatureDiscriminators(levels)(seen).shape == (2, 3)
