"""A record of the operations of PyTorch that a block of code runs."""

from collections.abc import Sequence
from typing import Any

from torch._ops import OpOverload
from torch.utils._python_dispatch import TorchDispatchMode


class Operations(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Records the names of the operations that run within the `with`."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.names = set[str]()

    def __torch_dispatch__(
        self,
        function: OpOverload[..., Any],
        types: Sequence[type],
        arguments: tuple[object, ...] = (),
        keywords: dict[str, object] | None = None,
    ) -> Any:
        self.names.add(function.overloadpacket.__name__)
        return function(*arguments, **(keywords or {}))
