"""Read other people's model files as data. Nothing found in a file is imported, called or run.

```
opening   the file -> one object of plain values and described arrays
finding   that object -> the best generator in it, whatever wraps it
contents  that generator and what lies beside it, and their kind
kinds     the table of kinds: how each is recognised, and which key tables build it
build     a network of the file, through its key tables -> a network of ours, with its weights
```
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylegan_core.card import CheckpointError
from stylegan_core.importers.opening import is_foreign, opened
from stylegan_core.limits import Progress, Reports

if TYPE_CHECKING:
    import torch
    from torch import nn

    from stylegan_core.networks import Generator

__all__ = ["check", "describe", "is_foreign", "load", "load_all", "opened"]


def check(path: str | Path) -> None:
    """Raise `CheckpointError` unless a foreign file holds a network of a known kind. No torch."""
    with opened(path):
        pass


def load(
    path: str | Path,
    device: str | torch.device = "cpu",
    progress: Progress | None = None,
) -> Generator:
    """Return the generator of a foreign file, in evaluation mode, float32, on a device.

    `progress(done, total)` counts bytes; an error it raises ends the loading. Raises
    `CheckpointError`.
    """
    from stylegan_core.importers import build
    from stylegan_core.importers.card import card_of

    reports = Reports(progress)
    with opened(path, reports.look) as contents:
        network = build.generator(contents, card_of(Path(path), contents), reports.report)
    on_device: Generator = network.to(device)
    return on_device


def load_all(path: str | Path) -> tuple[Generator, nn.Module | None]:
    """Return generator and discriminator of a foreign file, on the CPU. Raises `CheckpointError`.

    A discriminator that cannot be built is left out, and the card says why.
    """
    from stylegan_core.importers import build
    from stylegan_core.importers.card import card_of

    with opened(path) as contents:
        discriminator, reason = None, "the discriminator"
        try:
            discriminator = build.discriminator(contents)
        except CheckpointError as error:
            reason = f"the discriminator ({error})"
        if discriminator is None and contents.discriminator is not None:
            contents = replace(contents, left_out=(*contents.left_out, reason))
        return build.generator(contents, card_of(Path(path), contents)), discriminator


def describe(path: str | Path) -> Mapping[str, Any]:
    """Return what a foreign file says without reading its weights. Raises `CheckpointError`.

    That is its card without the content hash, and the number of parameters of its networks.
    """
    from stylegan_core.importers.card import card_of, parameter_counts

    with opened(path) as contents:
        return {"parameters": parameter_counts(contents), **card_of(Path(path), contents)}
