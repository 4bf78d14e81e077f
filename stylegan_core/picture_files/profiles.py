"""Convert the colours of pictures to sRGB, through the ICC profiles that they carry or imply."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from PIL import Image, ImageCms

from stylegan_core.picture_files.png_colours import png_profile

MAX_PROFILE_BYTES: Final = 1 << 24

LEAST_CHANGE: Final = 2
"""Levels of 255. A profile that changes no colour by more counts as sRGB: pixels stay."""

_MODES: Final = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK", "Lab": "LAB"}
"""Pillow's modes for the colour spaces of profiles."""

_GREY: Final = ("1", "L", "LA", "La", "I", "F")  # and I;16, in either order of bytes
_DAMAGED: Final = (ImageCms.PyCMSError, OSError, ValueError, TypeError, LookupError)


class Conversion(NamedTuple):
    """How colours become sRGB: from pictures of `mode`, by `transform`, or plainly without one."""

    mode: str = "RGB"
    transform: ImageCms.ImageCmsTransform | None = None
    ignores_profile: bool = False  # one that is damaged, or that belongs to other colours

    def to_srgb(self, image: Image.Image) -> Image.Image:
        """Return a picture of `mode` as RGB."""
        if self.transform is None:
            return image.convert("RGB")
        converted: Image.Image = self.transform.apply(image)
        return converted


def conversion_of(image: Image.Image) -> Conversion:
    """Return how the colours of an opened picture become sRGB, from its header alone."""
    if image.mode == "LAB":
        return Conversion("LAB", _transform(_lab(), "LAB"))
    profile = image.info["icc_profile"] if "icc_profile" in image.info else png_profile(image)
    if profile == b"":
        return Conversion()
    if not isinstance(profile, bytes) or len(profile) > MAX_PROFILE_BYTES:
        return Conversion(ignores_profile=True)  # Pillow has None for one that it cannot unpack
    try:
        conversion = _conversion(profile)
    except _DAMAGED:
        return Conversion(ignores_profile=True)
    return conversion if _fits(conversion.mode, image.mode) else Conversion(ignores_profile=True)


def _fits(profile_mode: str, mode: str) -> bool:
    """Tell whether a profile speaks of a picture's colours; grey may have one for RGB."""
    if profile_mode == "L":
        return mode in _GREY or mode.startswith("I;16")
    return (profile_mode == "CMYK") == (mode == "CMYK")


@lru_cache(maxsize=16)
def _conversion(profile: bytes) -> Conversion:
    """Return the conversion from a profile. Raises one of `_DAMAGED`."""
    opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    if opened.profile.device_class == "link":
        raise ValueError("it converts between two devices")
    mode = _MODES[opened.profile.xcolor_space.strip()]
    if mode == "LAB":
        raise ValueError("it has colours of its own")
    transform = _transform(opened, mode)
    return Conversion(mode, transform if _changes_colours(transform, mode) else None)


def _transform(profile: ImageCms.ImageCmsProfile, mode: str) -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(
        profile,
        ImageCms.createProfile("sRGB"),
        mode,
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )


@lru_cache(maxsize=1)
def _lab() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))


def _changes_colours(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Tell whether any colour of a grid differs after the transform."""
    if mode == "CMYK":
        return True
    steps = np.arange(0, 256, 15, dtype=np.uint8)
    grid = np.stack(np.meshgrid(steps, steps, steps), -1).reshape(1, -1, 3)
    image = Image.fromarray(grid if mode == "RGB" else grid[:, :, 0])
    plain, converted = (
        np.asarray(i, np.int16) for i in (image.convert("RGB"), transform.apply(image))
    )
    return bool(np.abs(plain - converted).max() > LEAST_CHANGE)
