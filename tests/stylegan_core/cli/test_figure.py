"""`stylegan figure`: files that open, and refusals in a sentence."""

import re
from pathlib import Path

import pytest

from stylegan_core import checkpoint
from stylegan_core.cli.__main__ import main
from stylegan_core.networks.stylegan1 import Generator
from stylegan_core.picture_files.opening import opened


@pytest.fixture
def model(tiny_generator: Generator, tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    checkpoint.save(path, tiny_generator, {"name": "tiny"})
    return path


def figure(*arguments: object) -> int:
    with pytest.raises(SystemExit) as end:
        main(["figure", *map(str, arguments)])
    return int(end.value.code or 0)


def test_a_figure_is_written_as_png_and_as_pdf(model: Path, tmp_path: Path) -> None:
    png, pdf = tmp_path / "truncation.png", tmp_path / "truncation.PDF"
    assert figure("truncation", model, "--out", png, "--seeds", "1,4") == 0
    assert figure("truncation", model, "--out", pdf, "--seeds", "1,4") == 0
    with opened(png) as image:
        image.load()
        assert image.mode == "RGB"
        width = image.width
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    content = pdf.read_bytes()
    assert content.startswith(b"%PDF")
    box = re.search(rb"/MediaBox \[ ?0 0 ([0-9.]+) ([0-9.]+)", content)
    assert box is not None
    assert float(box[1]) == pytest.approx(width * 72 / 300, abs=0.1), "in points"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("mixing", "--out", "figure.jpg"), "neither a .png nor a .pdf"),
        (("mixing", "--out", "figure.png", "--seeds", "0-3"), "at least 7"),
        (("samples", "--out", "figure.png", "--seeds", "0-200"), "at most 200 seeds"),
        (("samples", "--out", "figure.png", "--psi", "nan"), "--psi must be a number"),
        (("samples", "--out", "figure.png", "--class", "1"), "no classes"),
        (("samples", "--out", "model.safetensors/x.png"), "model.safetensors"),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    arguments: tuple[str, ...],
    message: str,
    model: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(model.parent)
    kind, *rest = arguments
    assert figure(kind, model.name, *rest) == 2
    assert message in capsys.readouterr().err
    assert [path.name for path in model.parent.iterdir()] == [model.name]
