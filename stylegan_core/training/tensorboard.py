"""The log of a run as events for TensorBoard, if that is installed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from stylegan_core.log_record import LogRecord


@contextmanager
def event_writer(folder: Path, images_seen: int) -> Iterator[Callable[[LogRecord], None]]:
    """Yield a function that writes records as events; it does nothing without TensorBoard.

    The step of an event is the number of images. A resumed run hides the events after its state.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        yield lambda record: None
        return
    with SummaryWriter(str(folder), purge_step=images_seen or None) as writer:

        def write(record: LogRecord) -> None:
            step = round(record["kimg"] * 1000)
            for name, value in record.items():
                writer.add_scalar(name, value, step)
            writer.flush()

        yield write
