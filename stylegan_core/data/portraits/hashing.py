"""Counter-based random numbers: each value is a pure function of its key and its position."""

import numpy as np
import numpy.typing as npt

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)

Keys = npt.NDArray[np.uint64]


def mix(keys: Keys) -> Keys:
    """Scramble 64-bit keys (the SplitMix64 finaliser: Steele, Lea, Flood, 2014)."""
    keys = (keys ^ (keys >> np.uint64(30))) * _MIX_1
    keys = (keys ^ (keys >> np.uint64(27))) * _MIX_2
    return keys ^ (keys >> np.uint64(31))


def sample_keys(seed: int, indices: npt.NDArray[np.int64]) -> Keys:
    """Return one key for each (seed, index): [N] int64 -> [N] uint64."""
    seed_key = mix(np.array([seed % 2**64], dtype=np.uint64) + _GOLDEN)
    return mix(seed_key + indices.astype(np.uint64) * _GOLDEN)


def uniforms(keys: Keys, count: int) -> npt.NDArray[np.float32]:
    """Return `count` numbers in [0, 1) for each key: [N] -> [N, count]."""
    counters = (np.arange(1, count + 1, dtype=np.uint64)) * _GOLDEN
    bits = mix(keys[:, None] + counters)
    return (bits >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-24)
