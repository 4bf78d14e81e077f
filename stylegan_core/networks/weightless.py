"""Building a network whose weights are about to be read: its shapes, and no memory for them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

SCALING: Final = {Tensor.div, Tensor.__truediv__, Tensor.mul, Tensor.__mul__, Tensor.__rmul__}


class _NothingComputed(TorchFunctionMode):
    """Weights are neither drawn nor scaled: to do that without memory PyTorch would load a large
    part of its compiler, which takes seconds.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        if func in SCALING and isinstance(args[1], int | float):
            return args[0]
        func = torch.empty if func is torch.randn else func
        return func(*args, **(kwargs or {}))


@contextmanager
def weightless() -> Iterator[None]:
    """Networks made within have tensors on the device "meta"."""
    with torch.device("meta"), _NothingComputed():
        yield
