"""The folder of a training run: configuration, log, snapshots, samples and the resume state.

RUN/config.json, RUN/log.jsonl, RUN/snapshots/000120.safetensors, RUN/samples/000120.png (named by
whole kimg) and RUN/state.pt. Every file but the log is written aside and renamed, so that a run
killed at any moment leaves its last state whole.
"""

import json
import os
import pickle
import platform
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from stylegan_core import __version__, checkpoint
from stylegan_core.data.dataset import ImageDataset
from stylegan_core.errors import UserError
from stylegan_core.files import check_folder, digest_of, make_folder, remove_partials, replacing
from stylegan_core.labels.network import LabelNetwork
from stylegan_core.log_record import parsed
from stylegan_core.training.config import TrainConfig

ABOUT = ("data_fingerprint", "init_from_sha256", "sessions", "versions")  # no settings


@dataclass(frozen=True)
class Launch:
    """One start of a run: where it stood, what was asked of it then, and what it ran on."""

    kimg: float
    changes: Mapping[str, Any]  # settings named in this call, and the preset of a new run
    device: str
    processes: int

    def to_json(self) -> dict[str, Any]:
        """Plain values, with the versions at work now."""
        versions = {
            "stylegan-explorer": __version__,
            "torch": torch.__version__,
            "python": platform.python_version(),
        }
        return {**asdict(self), "versions": versions}


DAMAGED = (RuntimeError, ValueError, LookupError, TypeError, AttributeError, AssertionError)
"""What reading a damaged state raises, besides what says so."""

FIRST = Launch(0, {}, "cpu", 1)


class RunFolder:
    """The files of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(
        cls,
        path: Path,
        config: TrainConfig,
        data: ImageDataset,
        session: Launch = FIRST,
        reader: nn.Module | None = None,
    ) -> "RunFolder":
        """Start a run in a folder that holds none. Raises `UserError`.

        The configuration, which makes it a run, comes last: what fails before can be started again.
        """
        cls.check_free(path)
        make_folder(path)
        run = cls(path)
        if reader is not None:
            run.write_reader(reader)
        run.write_config(config, data, session)
        return run

    @staticmethod
    def check_free(path: Path) -> None:
        """Raise `UserError` if a new run cannot start in a folder."""
        check_folder(path)
        if (path / "config.json").exists():
            raise UserError(
                f"{path} already holds a training run; continue it with --resume {path} "
                "or choose another folder."
            )

    def write_config(self, config: TrainConfig, data: ImageDataset, session: Launch) -> None:
        """Keep all that it takes to repeat the run: its settings, pictures, model and sessions."""
        path = self.path / "config.json"
        before = self._facts_if_any()
        origin = before.get("init_from_sha256")
        if config.init_from and origin is None:
            origin = digest_of(Path(config.init_from))
        facts = {
            **config.to_json(),
            "data_file": str(data.path),
            "data_fingerprint": data.fingerprint,
            "init_from_sha256": origin,
            "sessions": [*before.get("sessions", ()), session.to_json()],
        }
        _replace(path, (json.dumps(facts, indent=2) + "\n").encode())

    def read_config(self) -> tuple[TrainConfig, Path]:
        """The configuration and the data file. UserError if there is none, or it is damaged."""
        facts = self._read_facts()
        data_file = Path(facts.pop("data_file"))
        for about in ABOUT:
            facts.pop(about, None)
        return TrainConfig.from_json(facts), data_file

    def read_fingerprint(self) -> str:
        """That of the pictures trained on; "" where a run does not say. UserError as above."""
        return str(self._read_facts().get("data_fingerprint", ""))

    def _facts_if_any(self) -> dict[str, Any]:
        return self._read_facts() if (self.path / "config.json").exists() else {}

    def _read_facts(self) -> dict[str, Any]:
        path = self.path / "config.json"
        try:
            facts = json.loads(path.read_text(encoding="utf-8"))
            Path(facts["data_file"]), [float(s["kimg"]) for s in facts.get("sessions", ())]
        except OSError:
            raise UserError(f"{self.path} holds no training run: no config.json.") from None
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise UserError(f"{path} is damaged: {error}.") from None
        found: dict[str, Any] = facts
        return found

    # The resume state ----------------------------------------------------------------------

    @property
    def state_path(self) -> Path:
        """The file to resume from."""
        return self.path / "state.pt"

    def is_fresh(self) -> bool:
        """Whether the run was stopped before it first saved: it starts from its beginning."""
        return not self.state_path.exists() and not (self.path / "snapshots").exists()

    def write_state(self, state: Mapping[str, Any]) -> None:
        """Replace the resume state in one move, on the disk before the old one goes."""
        try:
            with replacing(self.state_path) as aside, aside.open("wb") as file:
                torch.save(dict(state), file)
                file.flush()
                os.fsync(file.fileno())
        except RuntimeError as error:  # what torch makes of a full disk
            raise OSError(f"cannot write {self.state_path}; the disk may be full") from error

    def read_state(self) -> dict[str, Any]:
        """The resume state, on the CPU. UserError if there is none, or it is damaged."""
        if not self.state_path.exists():
            raise UserError(f"{self.path} holds no state to resume from (state.pt).")
        try:
            state: dict[str, Any] = torch.load(
                self.state_path, map_location="cpu", weights_only=True
            )
        except (OSError, EOFError, pickle.UnpicklingError, *DAMAGED) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise UserError(f"{self.state_path} is damaged: {reason}") from None
        if not isinstance(state, dict):
            raise UserError(f"{self.state_path} is damaged: it holds no state of a run.")
        return state

    @property
    def reader_path(self) -> Path:
        """The weights of the label network that a label critic reads with."""
        return self.path / "label_network.safetensors"

    def write_reader(self, reader: nn.Module) -> None:
        """Keep the label network with the run: resuming needs the very same one."""
        try:
            with replacing(self.reader_path) as aside:
                save_file(reader.state_dict(), aside)
        except SafetensorError as error:  # what the library makes of a full disk
            raise OSError(f"cannot write {self.reader_path}: {error}") from error

    def read_reader(self) -> LabelNetwork:
        """The label network of the run. UserError if it is missing or damaged."""
        reader = LabelNetwork()
        try:
            reader.load_state_dict(load_file(self.reader_path))
        except (OSError, SafetensorError, RuntimeError) as error:
            reason = str(error).splitlines()[0]
            raise UserError(f"{self.reader_path} is missing or damaged: {reason}") from None
        return reader.eval().requires_grad_(False)

    # What a run shows ----------------------------------------------------------------------

    def write_snapshot(
        self,
        kimg: int,
        generator: nn.Module,
        card: Mapping[str, Any],
        discriminator: nn.Module,
        feature_weights: Mapping[str, Tensor] | None = None,
    ) -> Path:
        """Write the averaged generator and the discriminators; returns the file."""
        path = self.path / "snapshots" / f"{kimg:06d}.safetensors"
        checkpoint.save(path, generator, card, discriminator, feature_weights=feature_weights)
        return path

    def write_samples(self, kimg: int, sheet: Image.Image) -> None:
        """Write a sheet of pictures of the fixed latents."""
        path = self.path / "samples" / f"{kimg:06d}.png"
        path.parent.mkdir(exist_ok=True)
        with replacing(path) as aside:
            sheet.save(aside)

    def log(self, facts: Mapping[str, Any]) -> None:
        """Append one line to log.jsonl."""
        with (self.path / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(facts) + "\n")

    def working_seconds(self, kimg: float) -> float:
        """How long the run took up to a number of kimg, over all its sessions, by its log.

        The seconds of a line count from the start of its session, which `sessions` tells; runs of
        former versions do not name all, but there the seconds fall.
        """
        starts = [session["kimg"] for session in self._facts_if_any().get("sessions", ())]
        total = last = 0.0
        session = 0
        for line in filter(None, map(parsed, self._log_lines())):
            if line["kimg"] > kimg or "seconds" not in line:
                continue
            seconds, present = line["seconds"], bisect_left(starts, line["kimg"])
            total += last if seconds < last or present != session else 0.0
            last, session = seconds, present
        return total + last

    def clean_up(self) -> None:
        """Remove what a process that was killed had not finished writing."""
        for folder in (self.path, self.path / "snapshots", self.path / "samples"):
            remove_partials(folder)

    def cut_log(self, kimg: float) -> None:
        """Drop the lines after a number of kimg: those that a resumed run will write again."""
        lines = self._log_lines()
        kept = [text for text in lines if (line := parsed(text)) and line["kimg"] <= kimg]
        if lines:
            _replace(self.path / "log.jsonl", "".join(kept).encode())

    def _log_lines(self) -> list[str]:
        path = self.path / "log.jsonl"
        if not path.exists():
            return []
        return path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)


def _replace(path: Path, content: bytes) -> None:
    with replacing(path) as aside, aside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
