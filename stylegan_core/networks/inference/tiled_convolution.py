"""A convolution that runs as matrix products over tiles of pixels, for wide layers on a CPU."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan_core.networks.inference.minimal_filtering import Algorithm

BLOCK_ELEMENTS = 2**20
"""4 MB of float32: how much of the transformed pixels is made at once."""


class TiledConvolution:
    """A convolution with one algorithm, whose kernel was transformed once, in float32."""

    def __init__(self, algorithm: Algorithm, weight: Tensor, padding: int = 1) -> None:
        """Transform the weight [O, I, k, k], where k is the algorithm's number of taps.

        `padding` counts the pixels of zeros on each side; it is 1 where the layer doubles its size.
        """
        out, channels = weight.shape[:2]
        self.padding = padding
        self.step, self.scale = algorithm.step, algorithm.scale
        self.pixels = algorithm.tile.shape[1]
        self.results = len(algorithm.output)
        both = torch.kron(algorithm.kernel, algorithm.kernel).float()  # [P, k * k]
        taps = weight.detach().permute(2, 3, 1, 0).reshape(-1, channels * out)
        self.kernel = (both @ taps).view(-1, channels, out)  # [P, I, O]
        self.tile = torch.kron(algorithm.tile, algorithm.tile).float()
        self.output = torch.kron(algorithm.output, algorithm.output).float()

    def __call__(
        self,
        x: Tensor,
        bias: Tensor | None = None,
        scale_in: Tensor | None = None,
        scale_out: Tensor | None = None,
    ) -> Tensor:
        """Return the convolution of x [N, I, h, w] with zeros around it, channels last.

        The channels are multiplied by `scale_in` [N, I] before and by `scale_out` [N, O] after,
        and `bias` [O] is added at last.
        """
        n, _, *size = x.shape
        products, channels, out = self.kernel.shape
        height, width = (pixels + 2 * self.padding - 2 for pixels in size)
        down, across = (-(-pixels // self.step) for pixels in (height, width))  # tiles
        padded = self._padded(x, scale_in, down, across)
        result = x.new_empty(n, down * self.results, across * self.results, out)
        row = products * across * max(channels, out)  # elements of a row of tiles
        images = min(n, max(1, BLOCK_ELEMENTS // (row * down)))
        rows = min(down, max(1, BLOCK_ELEMENTS // row)) if images == 1 else down
        for first in range(0, n, images):
            some = slice(first, first + images)
            scale = None if scale_out is None else scale_out[some, None, None, None, None]
            for top in range(0, down, rows):
                start, end = top * self.step, min(top + rows, down) * self.step
                pixels = padded[some, start : end + self.pixels - self.step]
                block = result[some, start * self.scale : end * self.scale]
                self._convolve_block(pixels, across, bias, scale, block)
        result = result[:, : height * self.scale, : width * self.scale]
        return result.permute(0, 3, 1, 2)

    def _padded(self, x: Tensor, scale: Tensor | None, down: int, across: int) -> Tensor:
        """Return x, its channels scaled, with zeros around it, as tiles need it: [N, h', w', I]."""
        height, width = (tiles * self.step + self.pixels - self.step for tiles in (down, across))
        below = height - self.padding - x.shape[2]
        right = width - self.padding - x.shape[3]
        x = x.permute(0, 2, 3, 1)
        padded = F.pad(x, (0, 0, self.padding, right, self.padding, below))
        if scale is not None:
            padded.mul_(scale[:, None, None])
        return padded

    def _convolve_block(
        self, x: Tensor, across: int, bias: Tensor | None, scale: Tensor | None, out: Tensor
    ) -> None:
        """Write the results of rows of tiles, x [n, h, w, I], to `out` [n, h', w', O]."""
        n, height, _, channels = x.shape
        down = (height - self.pixels) // self.step + 1
        by_image, by_row, by_pixel, _ = x.stride()
        tiles = x.as_strided(
            (self.pixels, self.pixels, n, down, across, channels),
            (by_row, by_pixel, by_image, self.step * by_row, self.step * by_pixel, 1),
        )
        transformed = self.tile @ tiles.reshape(self.pixels**2, -1)
        products = torch.bmm(transformed.view(len(self.tile), -1, channels), self.kernel)
        results = self.output @ products.view(len(self.tile), -1)
        k = self.results
        results = results.view(k, k, n, down, across, -1).permute(2, 3, 0, 4, 1, 5)
        out = out.view(n, down, k, across, k, -1)
        if scale is None:
            out.copy_(results) if bias is None else torch.add(results, bias, out=out)
        elif bias is None:
            torch.mul(results, scale, out=out)
        else:
            torch.addcmul(bias, results, scale, out=out)
