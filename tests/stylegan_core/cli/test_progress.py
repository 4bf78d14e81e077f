"""The progress of a command: a line in a terminal, lines elsewhere, and the text of training."""

import io

from stylegan_core.cli.progress import ProgressLine
from stylegan_core.cli.train import progress_text
from stylegan_core.durations import duration


def test_durations_are_written_as_on_a_clock() -> None:
    assert [duration(s) for s in (7, 754, 3723)] == ["0:07", "12:34", "1:02:03"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_line_is_rewritten_in_place() -> None:
    stream = Terminal()
    line = ProgressLine(stream)

    line.show("a long text")
    line.show("short")
    line.end()

    assert stream.getvalue() == "\ra long text\rshort      \n"


def test_elsewhere_each_line_is_new() -> None:
    stream = io.StringIO()
    line = ProgressLine(stream)

    line.count("preparing", 1, 10)
    line.count("preparing", 2, 10)  # too soon to be worth a line
    line.count("preparing", 10, 10)
    line.end()

    lines = stream.getvalue().splitlines()
    assert lines[0] == "preparing: 1 of 10"
    assert lines[1].startswith("preparing: 10 of 10, ")
    assert len(lines) == 2


def test_the_progress_text_includes_memory_and_augmentation_if_any() -> None:
    record = {"kimg": 12.5, "images_per_s": 30.25, "seconds_left": 3723, "lod": 0.5}
    record |= {"resolution": 64, "loss_g": 1.5, "loss_d": 0.75, "r1": 0.125, "gap": 1.25}
    line = progress_text(record | {"memory_mib": 812.4})
    words = "12.5 kimg 30.2 img/s 1:02:03 left 64 px lod 0.50 G 1.500 D 0.750 R1 0.125 gap 1.25"
    assert line.split() == [*words.split(), "812", "MiB"]
    augmented = progress_text(record | {"memory_mib": 812.4, "ada_p": 0.0625})
    assert augmented.split()[-5:] == ["ADA", "p", "0.062", "812", "MiB"]
