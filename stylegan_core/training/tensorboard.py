"""The log of a run for TensorBoard, where that is installed."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

Facts = Mapping[str, float]


@contextmanager
def board(folder: Path, images_seen: int) -> Iterator[Callable[[Facts], None]]:
    """What writes a line of the log as events, counted in images; does nothing without TensorBoard.

    A run that goes on hides the events after its state.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        yield lambda facts: None
        return
    with SummaryWriter(str(folder), purge_step=images_seen or None) as writer:

        def write(facts: Facts) -> None:
            step = round(facts["kimg"] * 1000)
            for name, value in facts.items():
                writer.add_scalar(name, value, step)
            writer.flush()

        yield write
