"""Other people's files, read as data through key tables that are strict both ways.

`contents` tells what a file holds, `kinds` which table builds it, `build` makes the networks.
Nothing found in a file is ever imported, called or run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylegan_core.card import CheckpointError
from stylegan_core.importers.contents import is_foreign, opened

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
    progress: Callable[[int, int], None] | None = None,
) -> Generator:
    """The generator of a foreign file, in evaluation mode, float32, on a device.

    `progress(done, total)` counts bytes; what it raises ends the loading. Raises
    `CheckpointError`.
    """
    from stylegan_core.importers import build
    from stylegan_core.importers.card import card_of

    with opened(path) as contents:
        network = build.generator(contents, card_of(Path(path), contents), progress)
    moved: Generator = network.to(device)
    return moved


def load_all(path: str | Path) -> tuple[Generator, nn.Module | None]:
    """Generator and discriminator of a foreign file, on the CPU. Raises `CheckpointError`.

    A discriminator that does not fit its generator is left out, and the card says why.
    """
    from stylegan_core.importers import build
    from stylegan_core.importers.card import card_of

    with opened(path) as contents:
        critic, why = None, "the discriminator"
        try:
            critic = build.discriminator(contents)
        except CheckpointError as error:
            why = f"the discriminator ({error})"
        if critic is None and contents.discriminator is not None:
            contents = replace(contents, left_out=(*contents.left_out, why))
        return build.generator(contents, card_of(Path(path), contents)), critic


def describe(path: str | Path) -> Mapping[str, Any]:
    """What is known of a foreign file without reading its weights: its card but for the content
    hash, and how many parameters its networks have. Raises `CheckpointError`.
    """
    from stylegan_core.importers.card import card_of, parameters_of

    with opened(path) as contents:
        return {"parameters": parameters_of(contents), **card_of(Path(path), contents)}
