"""StyleGAN networks, checkpoints, training, data and metrics, without a window."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stylegan_core.networks import Generator

__version__ = "0.1.0"
__all__ = ["__version__", "load"]


def load(
    path: str | Path,
    device: str = "cpu",
    progress: Callable[[int, int], None] | None = None,
) -> "Generator":
    """Open the generator of a checkpoint, or of a file that another project has published.

    The file's content decides which of the two it is. Returns a generator in evaluation mode on
    `device`, with the members described in `stylegan_core.networks.contract`.
    `progress(done, total)` counts what has been read; an exception that it raises ends the loading.
    Raises `CheckpointError` (a `ValueError`), which says what is wrong with the file.

    Torch is imported here rather than with the package, so that command lines answer at once.
    """
    from stylegan_core import checkpoint, importers
    from stylegan_core.usable import check_usable

    if importers.is_foreign(path):
        generator = importers.load(path, device, progress)
    else:
        generator = checkpoint.load(path, device, progress)
    check_usable(generator, Path(path).name)
    return generator
