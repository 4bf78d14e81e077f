"""Choose the fastest form of each wide convolution, by a measurement that is made once.

What is the fastest depends on the processor, its caches and its threads. The choices are kept in
the user's cache folder, so that the same file gives the same picture, to the bit, at every start.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan_core.clocks import thread_clock
from stylegan_core.errors import UserError
from stylegan_core.files import cache_folder, replace_content
from stylegan_core.json_text import parsed_json
from stylegan_core.networks.inference.minimal_filtering import (
    F_2_3,
    F_4_3,
    NEAREST,
    TWO_F_4_2,
    Algorithm,
)
from stylegan_core.networks.inference.tiled_convolution import TiledConvolution

DIRECT: Final = "direct"
PLAIN: Final[Mapping[str, Algorithm]] = {"F(4, 3)": F_4_3, "F(2, 3)": F_2_3}
DOUBLING: Final[Mapping[str, Algorithm]] = {"two F(4, 2)": TWO_F_4_2, "nearest": NEAREST}
NARROWEST: Final = 128  # maps: narrower layers gain nothing by tiles
FEWEST_TILES: Final = 2  # along an axis: a single one gains nothing
LARGEST_KERNEL: Final = 2**24  # values of a transformed kernel: reading more takes too long
MAX_BYTES: Final = 2**20
HIGHEST: Final = 32  # rows that are measured: more would take longer and say the same
ROUNDS: Final = 3  # the first takes longer and is never the least

_CLOCK: Final = thread_clock()

_remembered: dict[str, str] = {}
"""Forms by convolution, as they were measured or read by this process."""


def faster_form(
    weight: Tensor, size: int, *, doubles: bool = False, padding: int = 1
) -> TiledConvolution | None:
    """Return a tiled form of a layer's convolution, or None where `conv2d` itself is as fast.

    `weight`, [O, I, 3, 3] or [O, I, 4, 4] if the layer doubles its size, is applied to features of
    `size` px, with `padding` pixels of zeros on each side. Only wide layers in float32 on a CPU
    have such a form.
    """
    if min(weight.shape[:2]) < NARROWEST:
        return None
    if weight.device.type != "cpu" or weight.dtype != torch.float32:
        return None
    algorithms = {
        name: algorithm
        for name, algorithm in (DOUBLING if doubles else PLAIN).items()
        if size >= FEWEST_TILES * algorithm.step
        and len(algorithm.tile) ** 2 * weight[:, :, 0, 0].numel() <= LARGEST_KERNEL
    }
    name = _form_of(weight, size, algorithms)
    return TiledConvolution(algorithms[name], weight, padding) if name in algorithms else None


def _form_of(weight: Tensor, size: int, algorithms: Mapping[str, Algorithm]) -> str:
    """Return the name of the fastest form: remembered by the process, by the file, or measured."""
    out, channels, taps, _ = weight.shape
    key = f"{channels} to {out} maps, {taps} taps, {size} px"
    if key not in _remembered:
        _remembered.update(_kept())
    if _remembered.get(key) not in (DIRECT, *algorithms):
        _remembered[key] = _measured(weight, size, algorithms)
        _keep()
    return _remembered[key]


@torch.inference_mode()
def _measured(weight: Tensor, size: int, algorithms: Mapping[str, Algorithm]) -> str:
    """Run each form a few times, in turns, and return the name of the fastest.

    One thread runs, and its own clock counts, so that a busy machine changes little.
    """
    x = torch.randn(1, weight.shape[1], min(size, HIGHEST), size).to(
        memory_format=torch.channels_last
    )
    forms: dict[str, Callable[[], object]] = {DIRECT: _direct(weight, x)}
    for name, algorithm in algorithms.items():
        forms[name] = partial(TiledConvolution(algorithm, weight), x)
    times = {name: float("inf") for name in forms}
    with _one_thread():
        for _ in range(ROUNDS):
            for name, run in forms.items():
                start = _CLOCK()
                run()
                times[name] = min(times[name], _CLOCK() - start)
    return min(times, key=lambda name: times[name])


@contextmanager
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _direct(weight: Tensor, x: Tensor) -> Callable[[], Tensor]:
    if weight.shape[-1] == 3:
        kernel = weight.contiguous(memory_format=torch.channels_last)
        return lambda: F.conv2d(x, kernel, padding=1)
    kernel = weight.transpose(0, 1).contiguous(memory_format=torch.channels_last)
    return lambda: F.conv_transpose2d(x, kernel, stride=2, padding=1)


def _path() -> Path:
    kind = f"{platform.machine()}-{torch.backends.cpu.get_cpu_capability()}"
    return cache_folder() / "convolutions" / f"{kind}-torch-{torch.__version__}.json"


def _kept() -> dict[str, str]:
    """Return the choices in the file. One that is missing or damaged has none."""
    with suppress(OSError, ValueError):
        if _path().stat().st_size <= MAX_BYTES:
            choices = parsed_json(_path().read_bytes())
            if isinstance(choices, dict):
                return {key: str(name) for key, name in choices.items()}
    return {}


def _keep() -> None:
    """Write the choices to the file. Where that fails, the next start measures again."""
    with suppress(UserError):
        replace_content(_path(), json.dumps(_remembered, indent=1).encode())
