"""H.264 videos in MP4, as a plugin for imageio."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from av.container import OutputContainer
from av.video.reformatter import ColorRange, Colorspace
from av.video.stream import VideoStream
from imageio.core.v3_plugin_api import PluginV3
from numpy.typing import ArrayLike

_REC_709 = 1  # ITU-T H.273, tables 2 to 4


class H264Plugin(PluginV3):
    """Write H.264 in 4:2:0 with Rec. 709 colours; every frame lasts exactly 1 / fps.

    It uses PyAV directly because imageio's own plugin for PyAV rounds rates, passes no quality on,
    converts by Rec. 601 without tagging the colours, encodes all that x264 still holds even when a
    video is cancelled, and hides that a disk is full behind an error of its own.
    """

    _container: OutputContainer | None = None
    _stream: VideoStream

    def start(self, size: int, fps: Fraction, crf: int, comment: str) -> None:
        """Open the file and set up the encoder; `size` is even, a lower `crf` is better."""
        name = self.request.get_local_filename()
        container = av.open(name, "w", format="mp4", options={"movflags": "faststart"})
        container.metadata["comment"] = comment
        stream = container.add_stream("libx264", rate=fps)
        stream.width = size
        stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": str(crf), "preset": "medium"}
        context = stream.codec_context
        context.color_primaries = _REC_709
        context.color_trc = _REC_709
        context.colorspace = _REC_709
        context.color_range = ColorRange.MPEG
        self._container = container
        self._stream = stream

    def write(self, ndimage: ArrayLike | list[ArrayLike]) -> None:
        """Encode one picture, uint8 [size, size, 3]."""
        picture = av.VideoFrame.from_ndarray(np.asarray(ndimage, np.uint8), format="rgb24")
        self._mux(
            picture.reformat(
                format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
            )
        )

    def finish(self) -> None:
        """Encode what x264 still holds; a video without it is not complete."""
        self._mux(None)

    def _mux(self, picture: av.VideoFrame | None) -> None:
        assert self._container is not None, "call start first"
        self._container.mux(self._stream.encode(picture))

    def close(self) -> None:
        """Close the file, complete or not."""
        if self._container is not None:
            self._container.close()
        super().close()
