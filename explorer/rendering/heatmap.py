"""Colours of the heat map: their lightness rises evenly from black to near white.

Built in Oklab (Ottosson, "A perceptual color space for image processing", 2020), so that equal
steps of the value look like equal steps.
"""

from __future__ import annotations

from functools import cache

import numpy as np

FIGURE_GAIN = 4.0
"""Figure 4c (Karras et al. 2019) shows the standard deviation times 4."""


def colour_deviation(deviation: np.ndarray) -> np.ndarray:
    """Standard deviation [H, W] in levels of 255 -> uint8 [H, W, 3], as in figure 4c."""
    index = np.clip(deviation * FIGURE_GAIN, 0, 255).astype(np.uint8)
    return np.ascontiguousarray(colours()[index])


@cache
def colours() -> np.ndarray:
    """Return the colour map, uint8 [256, 3]: black, violet, red, orange, pale yellow."""
    t = np.linspace(0.0, 1.0, 256)
    lightness = _oklab_lightness(0.97 * t)
    chroma = 0.15 * np.sin(np.pi * t) ** 0.7
    hue = np.deg2rad(290 + 170 * t)
    lab = np.stack([lightness, chroma * np.cos(hue), chroma * np.sin(hue)], axis=1)
    return _srgb_from_oklab(lab)


def _oklab_lightness(lightness: np.ndarray) -> np.ndarray:
    """Lightness 0..1 as CIELAB has it -> Oklab's L (Ottosson, "toe" of Okhsl, 2021)."""
    k1, k2 = 0.206, 0.03
    k3 = (1 + k1) / (1 + k2)
    return np.asarray((lightness**2 + k1 * lightness) / (k3 * (lightness + k2)))


def _srgb_from_oklab(lab: np.ndarray) -> np.ndarray:
    """Oklab [N, 3] -> sRGB uint8 [N, 3], clipped to the gamut."""
    to_lms = np.array(
        [
            [1.0, 0.3963377774, 0.2158037573],
            [1.0, -0.1055613458, -0.0638541728],
            [1.0, -0.0894841775, -1.2914855480],
        ]
    )
    to_rgb = np.array(
        [
            [4.0767416621, -3.3077115913, 0.2309699292],
            [-1.2684380046, 2.6097574011, -0.3413193965],
            [-0.0041960863, -0.7034186147, 1.7076147010],
        ]
    )
    linear = np.clip((lab @ to_lms.T) ** 3 @ to_rgb.T, 0.0, 1.0)
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray(srgb * 255 + 0.5, dtype=np.float64).astype(np.uint8)
