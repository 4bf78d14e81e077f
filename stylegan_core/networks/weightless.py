"""Building a network whose weights are about to be read: its shapes, and no memory for them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

SCALING: Final = {Tensor.div, Tensor.__truediv__, Tensor.mul, Tensor.__mul__, Tensor.__rmul__}


class _NothingComputed(TorchFunctionMode):
    """What is drawn at random is not drawn, has no memory and is not scaled. Nothing else must be
    done with it: to do that without memory PyTorch would load a large part of its compiler, which
    takes seconds. Whatever is small or known is made as ever.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        if func in SCALING and args[0].is_meta and isinstance(args[1], int | float):
            return args[0]
        if func is torch.randn:
            return torch.empty(*args, **{"device": "meta", **kwargs})
        return func(*args, **kwargs)


@contextmanager
def weightless() -> Iterator[None]:
    """Networks made within have their random tensors on the device "meta"."""
    with _NothingComputed():
        yield
