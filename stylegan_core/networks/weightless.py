"""Make networks without allocating their weights, which are about to be read from a file."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from stylegan_core.limits import budget

FILLED: Final = {torch.zeros, torch.ones, torch.empty}
FLOAT_BYTES: Final = 4
SCALINGS: Final = {Tensor.div, Tensor.__truediv__, Tensor.mul, Tensor.__mul__, Tensor.__rmul__}


class _EmptyRandomTensors(TorchFunctionMode):
    """Replace torch.randn by an empty tensor on the device "meta", and leave it unscaled.

    The constructor of a network must do nothing else with such a tensor: to compute on "meta",
    PyTorch loads a large part of its compiler, which takes seconds. All other tensors are made
    as usual, but a file's sizes may not ask for more of them than its budget has.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        if func in SCALINGS and args[0].is_meta and isinstance(args[1], int | float):
            return args[0]
        if func is torch.randn:
            return torch.empty(*args, **{"device": "meta", **kwargs})
        if func in FILLED:
            size = torch.empty(*args, **{**kwargs, "device": "meta"}).numel()
            budget().read(FLOAT_BYTES * size)
        return func(*args, **kwargs)


@contextmanager
def weightless() -> Iterator[None]:
    """Put the random tensors of networks that are made inside on the device "meta"."""
    with _EmptyRandomTensors():
        yield
