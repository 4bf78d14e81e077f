"""The folder of a training run: configuration, log, snapshots, samples and the resume state.

RUN/config.json, RUN/log.jsonl, RUN/snapshots/000120.safetensors, RUN/samples/000120.png (named by
whole kimg) and RUN/state.pt. Every file except the log is written under another name and then
renamed, so that a run killed at any moment leaves its last state whole.
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
from stylegan_core.log_record import LogRecord, parsed
from stylegan_core.training.config import TrainConfig
from stylegan_core.training.config_json import from_json

NOT_SETTINGS = ("data_fingerprint", "init_from_sha256", "sessions", "versions")


@dataclass(frozen=True)
class Launch:
    """One launch of a run: its progress then, the requested changes, and the hardware."""

    kimg: float
    changes: Mapping[str, Any]  # settings given at this launch, and the preset of a new run
    device: str
    processes: int

    def to_json(self) -> dict[str, Any]:
        """Return plain values, with the versions in use now."""
        versions = {
            "stylegan-explorer": __version__,
            "torch": torch.__version__,
            "python": platform.python_version(),
        }
        return {**asdict(self), "versions": versions}


DAMAGED_STATE_ERRORS = (
    RuntimeError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
)
"""Errors that reading a damaged state raises, besides those that say so."""

FIRST_LAUNCH = Launch(0, {}, "cpu", 1)


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
        launch: Launch = FIRST_LAUNCH,
        reader: nn.Module | None = None,
    ) -> "RunFolder":
        """Start a run in a folder that does not hold one yet. Raises `UserError`.

        The configuration makes the folder a run and is written last: after an earlier failure the
        same command starts anew.
        """
        cls.check_free(path)
        make_folder(path)
        run = cls(path)
        if reader is not None:
            run.write_reader(reader)
        run.write_config(config, data, launch)
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

    def write_config(self, config: TrainConfig, data: ImageDataset, launch: Launch) -> None:
        """Write what it takes to repeat the run: its settings, pictures, model and launches."""
        path = self.path / "config.json"
        before = self._config_values_if_any()
        origin = before.get("init_from_sha256")
        if config.init_from and origin is None:
            origin = digest_of(Path(config.init_from))
        values = {
            **config.to_json(),
            "data_file": str(data.path),
            "data_fingerprint": data.fingerprint,
            "init_from_sha256": origin,
            "sessions": [*before.get("sessions", ()), launch.to_json()],
        }
        _replace(path, (json.dumps(values, indent=2) + "\n").encode())

    def read_config(self) -> tuple[TrainConfig, Path]:
        """Return the configuration and the data file. UserError if they are missing or damaged."""
        values = self._config_values()
        data_file = Path(values.pop("data_file"))
        for name in NOT_SETTINGS:
            values.pop(name, None)
        return from_json(values), data_file

    def read_fingerprint(self) -> str:
        """Return the fingerprint of the pictures; "" if it is not stored. UserError as above."""
        return str(self._config_values().get("data_fingerprint", ""))

    def _config_values_if_any(self) -> dict[str, Any]:
        return self._config_values() if (self.path / "config.json").exists() else {}

    def _config_values(self) -> dict[str, Any]:
        path = self.path / "config.json"
        try:
            values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            Path(values["data_file"]), [float(s["kimg"]) for s in values.get("sessions", ())]
        except OSError:
            raise UserError(f"{self.path} holds no training run: no config.json.") from None
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise UserError(f"{path} is damaged: {error}.") from None
        return values

    # The resume state ----------------------------------------------------------------------

    @property
    def state_path(self) -> Path:
        """The file to resume from."""
        return self.path / "state.pt"

    def is_fresh(self) -> bool:
        """Tell whether the run was stopped before it saved for the first time: it starts anew."""
        return not self.state_path.exists() and not (self.path / "snapshots").exists()

    def write_state(self, state: Mapping[str, Any]) -> None:
        """Replace the resume state; the new one is on the disk before the old one goes."""
        try:
            with replacing(self.state_path) as aside, aside.open("wb") as file:
                torch.save(dict(state), file)
                file.flush()
                os.fsync(file.fileno())
        except RuntimeError as error:  # torch raises it for a full disk
            raise OSError(f"cannot write {self.state_path}; the disk may be full") from error

    def read_state(self) -> dict[str, Any]:
        """Return the resume state, on the CPU. UserError if it is missing or damaged."""
        if not self.state_path.exists():
            raise UserError(f"{self.path} holds no state to resume from (state.pt).")
        try:
            state: dict[str, Any] = torch.load(
                self.state_path, map_location="cpu", weights_only=True
            )
        except (OSError, EOFError, pickle.UnpicklingError, *DAMAGED_STATE_ERRORS) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise UserError(f"{self.state_path} is damaged: {reason}") from None
        if not isinstance(state, dict):
            raise UserError(f"{self.state_path} is damaged: it does not hold the state of a run.")
        return state

    @property
    def reader_path(self) -> Path:
        """The weights of the label network that the label critic uses."""
        return self.path / "label_network.safetensors"

    def write_reader(self, reader: nn.Module) -> None:
        """Save the label network with the run: a resumed run needs the same one."""
        try:
            with replacing(self.reader_path) as aside:
                save_file(reader.state_dict(), aside)
        except SafetensorError as error:  # safetensors raises it for a full disk
            raise OSError(f"cannot write {self.reader_path}: {error}") from error

    def read_reader(self) -> LabelNetwork:
        """Return the label network of the run. UserError if it is missing or damaged."""
        reader = LabelNetwork()
        try:
            reader.load_state_dict(load_file(self.reader_path))
        except (OSError, SafetensorError, RuntimeError) as error:
            reason = str(error).splitlines()[0]
            raise UserError(f"{self.reader_path} is missing or damaged: {reason}") from None
        return reader.eval().requires_grad_(False)

    # Snapshots, samples and the log --------------------------------------------------------

    def write_snapshot(
        self,
        kimg: int,
        generator: nn.Module,
        card: Mapping[str, Any],
        discriminator: nn.Module,
        feature_weights: Mapping[str, Tensor] | None = None,
    ) -> Path:
        """Write the averaged generator and the discriminators, and return the file."""
        path = self.path / "snapshots" / f"{kimg:06d}.safetensors"
        checkpoint.save(path, generator, card, discriminator, feature_weights=feature_weights)
        return path

    def write_samples(self, kimg: int, sheet: Image.Image) -> None:
        """Write a sheet of pictures of the fixed latents."""
        path = self.path / "samples" / f"{kimg:06d}.png"
        path.parent.mkdir(exist_ok=True)
        with replacing(path) as aside:
            sheet.save(aside)

    def log(self, record: LogRecord) -> None:
        """Append one record to log.jsonl."""
        with (self.path / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")

    def working_seconds(self, kimg: float) -> float:
        """Add up the seconds that all launches took up to a number of kimg, from the log.

        The seconds of a record count from its launch, and `sessions` lists the launches. Former
        versions did not list all of them; there, seconds that fall mark a launch.
        """
        starts = [launch["kimg"] for launch in self._config_values_if_any().get("sessions", ())]
        total = last = 0.0
        last_launch = 0
        for record in filter(None, map(parsed, self._log_lines())):
            if record["kimg"] > kimg or "seconds" not in record:
                continue
            seconds, launch = record["seconds"], bisect_left(starts, record["kimg"])
            total += last if seconds < last or launch != last_launch else 0.0
            last, last_launch = seconds, launch
        return total + last

    def clean_up(self) -> None:
        """Remove files that a killed process left half-written."""
        for folder in (self.path, self.path / "snapshots", self.path / "samples"):
            remove_partials(folder)

    def cut_log(self, kimg: float) -> None:
        """Drop the records after a number of kimg: a resumed run writes them again."""
        lines = self._log_lines()
        kept = [text for text in lines if (record := parsed(text)) and record["kimg"] <= kimg]
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
