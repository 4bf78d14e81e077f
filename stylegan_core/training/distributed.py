"""Several processes that train one model, started by `torchrun`, on one or many machines.

Gradients are averaged in one transfer after each backward pass. DistributedDataParallel's own
wrapper expects one forward pass for each backward pass and every weight in use, which neither the
penalties' double backward nor progressive growing gives it.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import torch
from torch import Tensor
from torch import distributed as dist

from stylegan_core.errors import UserError
from stylegan_core.networks import ops

PATIENCE = timedelta(hours=2)  # one process may prepare the pictures while the others wait


@dataclass(frozen=True)
class Ranks:
    """This process among those that train together; alone unless told."""

    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this is the process that writes files and talks."""
        return self.rank == 0

    def positions(self, batch: int, group_size: int | None) -> Sequence[int]:
        """Which samples of the whole batch are this process's, in order.

        With M groups of the minibatch standard deviation sample i belongs to group i mod M, and
        group m to process m mod R: no group is torn apart, and each process finds its own groups
        by the same rule. Without a size of groups the whole batch is one. UserError if the groups
        cannot be shared out evenly.
        """
        groups = batch // ops.group_of(batch, group_size or batch)
        if groups % self.size:
            raise UserError(
                f"{self.size} processes cannot share a batch of {batch} evenly: "
                + self._advice(group_size)
            )
        return [i for i in range(batch) if i % groups % self.size == self.rank]

    def _advice(self, group_size: int | None) -> str:
        if not group_size:
            return "all of it is one group. Train with one process, or set mbstd_group_size."
        grouped = f" in groups of {group_size} (mbstd_group_size)" if group_size > 1 else ""
        return (
            f"it is shared out{grouped}. Use batches that are multiples of "
            f"{self.size * group_size}, or another number of processes."
        )

    def average_gradients(self, weights: Iterable[Tensor]) -> None:
        """Replace each gradient by its mean over the processes."""
        if self.size == 1:
            return
        gradients = [weight.grad for weight in weights if weight.grad is not None]
        flat = self.mean(torch.cat([gradient.flatten() for gradient in gradients]))
        parts = torch.split(flat, [gradient.numel() for gradient in gradients])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))

    def mean(self, value: Tensor) -> Tensor:
        """The mean over the processes."""
        if self.size == 1:
            return value
        total = value.detach().clone()
        dist.all_reduce(total)
        return total.div_(self.size)

    def share(self, values: Iterable[Tensor]) -> None:
        """Give every process the leading one's values."""
        if self.size > 1:
            for value in values:
                dist.broadcast(value, src=0)

    def any(self, flag: bool, device: torch.device) -> bool:
        """Whether the flag is raised in any process."""
        if self.size == 1:
            return flag
        raised = torch.tensor(float(flag), device=device)
        dist.all_reduce(raised)
        return bool(raised > 0)

    def wait(self) -> None:
        """Until every process is here."""
        if self.size > 1:
            dist.barrier()


ALONE = Ranks()


def placed(device: str) -> tuple[Ranks, str]:
    """This process among those that torchrun started, and its device; alone without torchrun."""
    if "TORCHELASTIC_RUN_ID" not in os.environ:
        return ALONE, device
    if device == "cuda":
        device = f"cuda:{os.environ['LOCAL_RANK']}"
        torch.cuda.set_device(device)
    return Ranks(int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])), device


def join(device: str) -> tuple[Ranks, str]:
    """`placed`, with the processes connected to each other."""
    ranks, device = placed(device)
    if ranks.size > 1:
        dist.init_process_group("nccl" if device.startswith("cuda") else "gloo", timeout=PATIENCE)
    return ranks, device


def leave() -> None:
    """Part from the other processes."""
    if dist.is_available() and dist.is_initialized():
        dist.destroy_process_group()
