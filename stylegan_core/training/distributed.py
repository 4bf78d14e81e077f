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

TIMEOUT = timedelta(hours=2)  # one process may prepare the pictures while the others wait


@dataclass(frozen=True)
class Ranks:
    """This process's place among those that train together; by default it is the only one."""

    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Tell whether this is the process that writes files and reports progress."""
        return self.rank == 0

    def positions(self, batch: int, group_size: int | None) -> Sequence[int]:
        """Return the positions of this process's samples in the whole batch, in order.

        With M groups of the minibatch standard deviation, sample i belongs to group i mod M, and
        group m to process m mod R. So no group is split, and each process finds its groups by the
        same rule. Without a group size the whole batch is one group. Raises UserError if the
        groups cannot be shared out evenly.
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
            return "the whole batch is one group. Train with one process, or set mbstd_group_size."
        grouped = f" in groups of {group_size} (mbstd_group_size)" if group_size > 1 else ""
        return (
            f"it is split{grouped}. Use batches that are multiples of "
            f"{self.size * group_size}, or another number of processes."
        )

    def average_gradients(self, weights: Iterable[Tensor]) -> None:
        """Replace each gradient by its mean over the processes."""
        if self.size == 1:
            return
        gradients = [weight.grad for weight in weights if weight.grad is not None]
        flat = self.mean(torch.cat([gradient.flatten() for gradient in gradients]))
        means = torch.split(flat, [gradient.numel() for gradient in gradients])
        for gradient, mean in zip(gradients, means, strict=True):
            gradient.copy_(mean.view_as(gradient))

    def mean(self, value: Tensor) -> Tensor:
        """Return the mean over the processes."""
        if self.size == 1:
            return value
        total = value.detach().clone()
        dist.all_reduce(total)
        return total.div_(self.size)

    def broadcast(self, values: Iterable[Tensor]) -> None:
        """Overwrite every process's values by those of the leading process."""
        if self.size > 1:
            for value in values:
                dist.broadcast(value, src=0)

    def any(self, flag: bool, device: torch.device) -> bool:
        """Tell whether the flag is true in any process."""
        if self.size == 1:
            return flag
        raised = torch.tensor(float(flag), device=device)
        dist.all_reduce(raised)
        return bool(raised > 0)

    def wait(self) -> None:
        """Wait until every process has arrived here."""
        if self.size > 1:
            dist.barrier()


ALONE = Ranks()


def this_process(device: str) -> tuple[Ranks, str]:
    """Return this process's ranks and device; without torchrun it is alone."""
    if "TORCHELASTIC_RUN_ID" not in os.environ:
        return ALONE, device
    if device == "cuda":
        device = f"cuda:{os.environ['LOCAL_RANK']}"
        torch.cuda.set_device(device)
    return Ranks(int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])), device


def join(device: str) -> tuple[Ranks, str]:
    """Connect the processes that torchrun started; return this one's ranks and device."""
    ranks, device = this_process(device)
    if ranks.size > 1:
        dist.init_process_group("nccl" if device.startswith("cuda") else "gloo", timeout=TIMEOUT)
    return ranks, device


def leave() -> None:
    """Disconnect from the other processes."""
    if dist.is_available() and dist.is_initialized():
        dist.destroy_process_group()
