"""The folder of a training run: configuration, log, snapshots, samples and the resume state.

RUN/config.json, RUN/log.jsonl, RUN/snapshots/000120.safetensors, RUN/samples/000120.png (named by
whole kimg) and RUN/state.pt. Every file except the log is written under another name and then
renamed, so that a run killed at any moment leaves its last state whole.
"""

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from stylegan_core import __version__, checkpoint
from stylegan_core.card import CheckpointError
from stylegan_core.data.dataset import ImageDataset
from stylegan_core.errors import UserError
from stylegan_core.files import (
    digest_of,
    make_folder,
    remove_partials,
    replace_content,
    replacing,
    save_picture,
)
from stylegan_core.importers.tensors import read_tensors
from stylegan_core.json_text import parsed_json
from stylegan_core.labels.network import LabelNetwork
from stylegan_core.leftovers import noted
from stylegan_core.tensor_files import save_tensors
from stylegan_core.training.config import TrainConfig
from stylegan_core.training.config_json import from_json
from stylegan_core.training.log_file import LogFile
from stylegan_core.training.run_files import CONFIG, check_free, holds_run

# Entries of config.json beside the settings; former versions wrote `versions`.
NOT_SETTINGS = ("data_fingerprint", "init_from_sha256", "sessions", "versions")

DAMAGED_STATE_ERRORS = (
    RuntimeError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
)
"""Errors that reading a damaged state raises, besides those that say so."""


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


FIRST_LAUNCH = Launch(0, {}, "cpu", 1)


class RunFolder:
    """The files of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log = LogFile(path / "log.jsonl")

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
        check_free(path)
        make_folder(path)
        run = cls(path)
        if reader is not None:
            run.write_reader(reader)
        run.write_config(config, data, launch)
        return run

    def write_config(self, config: TrainConfig, data: ImageDataset, launch: Launch) -> None:
        """Write what it takes to repeat the run: its settings, pictures, model and launches."""
        before = self._config_values() if holds_run(self.path) else {}
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
        replace_content(self.path / CONFIG, (json.dumps(values, indent=2) + "\n").encode())

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

    def working_seconds(self, kimg: float) -> float:
        """Add up the seconds that all launches took up to a number of kimg, from the log."""
        launches = _kimg_of_launches(self._config_values()) if holds_run(self.path) else []
        return self.log.working_seconds(kimg, launches)

    def _config_values(self) -> dict[str, Any]:
        path = self.path / CONFIG
        try:
            values: dict[str, Any] = parsed_json(path.read_bytes())
            Path(values["data_file"])  # raises an error for anything but a text
            _kimg_of_launches(values)
        except OSError:
            raise UserError(f"{self.path} holds no training run: no {CONFIG}.") from None
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
        with replacing(self.state_path) as partial, noted(partial), partial.open("wb") as file:
            try:
                torch.save(dict(state), file)
            except RuntimeError as error:  # torch raises it while it handles the disk's own error
                cause = error.__context__
                raise cause if isinstance(cause, OSError) else OSError(str(error)) from None
            file.flush()
            os.fsync(file.fileno())

    def read_state(self) -> dict[str, Any]:
        """Return the resume state, on the CPU. UserError if it is missing or damaged."""
        if not self.state_path.exists():
            raise UserError(f"{self.path} holds no state to resume from (state.pt).")
        try:
            state: dict[str, Any] = read_tensors(self.state_path)
        except CheckpointError as error:
            raise UserError(f"{self.state_path} is damaged, so no run can go on: {error}") from None
        if not isinstance(state, dict) or not state:
            raise UserError(f"{self.state_path} is damaged: it does not hold the state of a run.")
        return state

    @property
    def reader_path(self) -> Path:
        """The weights of the label network that the label critic uses."""
        return self.path / "label_network.safetensors"

    def write_reader(self, reader: nn.Module) -> None:
        """Save the label network with the run: a resumed run needs the same one."""
        save_tensors(self.reader_path, reader.state_dict())

    def read_reader(self) -> LabelNetwork:
        """Return the label network of the run. UserError if it is missing or damaged."""
        reader = LabelNetwork()
        try:
            reader.load_state_dict(load_file(self.reader_path))
        except (OSError, SafetensorError, RuntimeError) as error:
            reason = str(error).splitlines()[0]
            raise UserError(f"{self.reader_path} is missing or damaged: {reason}") from None
        return reader.eval().requires_grad_(False)

    # Snapshots and samples -----------------------------------------------------------------

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
        save_picture(sheet, self.path / "samples" / f"{kimg:06d}.png")

    def clean_up(self) -> None:
        """Remove files that a killed process left half-written."""
        for folder in (self.path, self.path / "snapshots", self.path / "samples"):
            remove_partials(folder)


def _kimg_of_launches(values: Mapping[str, Any]) -> list[float]:
    """Return how far the run had come at each launch, from the values of its configuration."""
    return [float(launch["kimg"]) for launch in values.get("sessions", ())]
