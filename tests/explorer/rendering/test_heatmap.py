"""The colours of the heat map."""

import numpy as np

from explorer.rendering.heatmap import colours


def test_the_colour_map_grows_lighter_evenly() -> None:
    linear = ((colours() / 255 + 0.055) / 1.055) ** 2.4  # sRGB, without its linear part near black
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    lightness = 116 * np.cbrt(luminance) - 16  # CIELAB
    assert not colours()[0].any()
    assert lightness[-1] > 95
    assert np.abs(lightness - np.linspace(0, lightness[-1], 256))[16:].max() < 5
