"""Set up a run, new or resumed: its configuration, pictures, networks and folder."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import torch

from stylegan_core import load
from stylegan_core.data.arriving import open_arriving
from stylegan_core.data.dataset import ImageDataset, class_count, open_dataset
from stylegan_core.data.decoding import Options
from stylegan_core.data.info import report
from stylegan_core.data.portraits import world_of
from stylegan_core.data.spec import parse_data_spec
from stylegan_core.errors import UserError
from stylegan_core.files import make_folder
from stylegan_core.labels.network import LabelNetwork, train_on_portraits
from stylegan_core.training.config import LABEL_WEIGHTS, TrainConfig, with_classes
from stylegan_core.training.config_json import with_values
from stylegan_core.training.distributed import ALONE, Ranks
from stylegan_core.training.feature_critic import check_features
from stylegan_core.training.finetune import (
    load_pretrained_file,
    report_classes,
    with_networks_of,
)
from stylegan_core.training.presets import PRESETS
from stylegan_core.training.run_checks import (
    check_batches,
    check_classes,
    check_critics,
    check_labels,
    check_pictures,
)
from stylegan_core.training.run_files import check_free
from stylegan_core.training.run_folder import DAMAGED_STATE_ERRORS, Launch, RunFolder
from stylegan_core.training.trainer import Trainer


class Run(NamedTuple):
    """Everything that the loop needs."""

    folder: RunFolder
    trainer: Trainer
    dataset: ImageDataset


@dataclass(frozen=True)
class Host:
    """The device and processes of a run, and the functions that report its progress."""

    device: str
    workers: int = 1  # processes that render portraits
    ranks: Ranks = ALONE
    lock: Callable[[Path], object] = lambda run: None  # keeps other processes out of the folder
    say: Callable[[str], None] = lambda text: None
    count: Callable[[str, int, int], None] = lambda label, done, total: None


def new_run(out: Path, preset: str, changes: Mapping[str, Any], host: Host) -> Run:
    """Set up a new run in a folder, from a preset with changes. Raises UserError."""
    config = new_config(preset, changes)
    check_batches(config, host.ranks)
    check_features(config)
    if host.ranks.leads:
        check_free(out)
    if config.init_from:
        report_classes(config, class_count(config.data, _options(config)), host.say)
    dataset = _dataset(config, host)
    config = with_classes(config, dataset.c_dim)
    reader = _new_reader(config, dataset, host) if config.reads_labels else None
    trainer = _new_trainer(config, reader, host)
    folder = RunFolder(out)
    if host.ranks.leads:
        make_folder(out)
        host.lock(out)
        launch = _launch(trainer, {"preset": preset, **changes})
        folder = RunFolder.create(out, trainer.config, dataset, launch, reader)
    return Run(folder, trainer, dataset)


def resume(run: Path, changes: Mapping[str, Any], host: Host) -> Run:
    """Set up a run that continues where it was saved, with changes. Raises UserError."""
    folder = RunFolder(run)
    before, data_file = folder.read_config()
    if changes.get("init_from", before.init_from) != before.init_from:
        raise UserError(
            "Only new runs start from another model; a resumed run continues with its own.",
            options="Leave --from out.",
        )
    config = with_values(before, changes)
    check_batches(config, host.ranks)
    check_labels(config)
    check_features(config)
    if host.ranks.leads:
        host.lock(run)
    state = None if folder.is_fresh() else folder.read_state()
    if state is not None:
        check_critics(before, config)
    keeps_reader = before.reads_labels or folder.reader_path.exists()  # same in all processes
    has_same_data = _data_settings(before) == _data_settings(config)
    keeps_data = has_same_data and not changes.keys() & {"data", "label_source"}
    dataset = _kept_dataset(config, data_file if keeps_data else None, host)
    check_classes(config, dataset)
    if keeps_data:
        check_pictures(folder, dataset)
    reader = None
    if config.reads_labels:
        reader = folder.read_reader() if keeps_reader else _new_reader(config, dataset, host)
    if state is None:
        trainer = _new_trainer(config, reader, host)
    else:
        trainer = _saved_trainer(config, reader, state, folder.path, host)
    if host.ranks.leads:
        if reader is not None and not keeps_reader:
            folder.write_reader(reader)
        folder.write_config(trainer.config, dataset, _launch(trainer, changes))
        folder.clean_up()
        folder.log.cut(trainer.images_seen / 1000)
    return Run(folder, trainer, dataset)


def _new_trainer(config: TrainConfig, reader: LabelNetwork | None, host: Host) -> Trainer:
    """Return a trainer before its first step, with the weights of `init_from` if there are any."""
    trainer = Trainer(config, host.device, reader, host.ranks)
    if config.init_from:
        load_pretrained_file(trainer, Path(config.init_from), host.say)
    return trainer


def _saved_trainer(
    config: TrainConfig,
    reader: LabelNetwork | None,
    state: Mapping[str, Any],
    run: Path,
    host: Host,
) -> Trainer:
    """Return a trainer in a saved state. UserError for a state of other networks or devices."""
    trainer = Trainer(config, host.device, reader, host.ranks)
    try:
        own_random = trainer.passes.inputs.random.get_state()
        is_other_device = len(state["random"]) != len(own_random)
        if not is_other_device:
            trainer.load_state(state)
    except DAMAGED_STATE_ERRORS as error:
        reason = " ".join(str(error).split())[:200]
        raise UserError(f"The state in {run} does not fit its settings: {reason}") from None
    if is_other_device:
        raise UserError(
            f"{run} was trained on another kind of device than {trainer.device.type}, and its "
            "random numbers continue only there. Resume it on a device of that kind, or start a "
            "new run from a snapshot of this one.",
            options="Name the device with --device, or the snapshot with --from.",
        )
    return trainer


def _launch(trainer: Trainer, changes: Mapping[str, Any]) -> Launch:
    kimg, ranks = trainer.images_seen / 1000, trainer.ranks
    return Launch(kimg, changes, str(trainer.device), ranks.size)


def _data_settings(config: TrainConfig) -> tuple[object, ...]:
    """Return the settings that decide the pictures of a run."""
    return config.data, config.resolution, _options(config)


def new_config(preset: str, changes: Mapping[str, Any]) -> TrainConfig:
    """Return a preset with changes, without the number of classes yet. Raises UserError."""
    if preset not in PRESETS:
        known = (f"  {name}: {p.purpose}" for name, p in PRESETS.items())
        raise UserError(f"There is no preset '{preset}'; choose one of:", *known)
    origin = {name: value for name, value in changes.items() if name == "init_from"}
    config = with_values(PRESETS[preset].config, origin)
    if config.init_from:
        config = with_networks_of(load(config.init_from), config, changes.get("resolution"))
    config = with_values(config, changes)
    if isinstance(parse_data_spec(config.data), Path):  # their labels and noise are unknown
        for_portraits = {*LABEL_WEIGHTS, "noise_spread"}
        switched_off: dict[str, Any] = dict.fromkeys(for_portraits - changes.keys(), 0.0)
        config = replace(config, **switched_off)
    return config


def _dataset(config: TrainConfig, host: Host) -> ImageDataset:
    """Return the pictures, which the leading process prepares while the others wait."""
    if not host.ranks.leads:
        host.ranks.wait()
    dataset = _open_dataset(config, host)
    if host.ranks.leads:
        host.ranks.wait()
    host.say(report(dataset.info))
    if dataset.available < len(dataset):
        host.say(f"{dataset.available} of them are ready; the rest is rendered during the run.")
    return dataset


def _options(config: TrainConfig) -> Options:
    """Return how picture files are read."""
    keeps_alpha = config.network.image_channels == 4
    return Options(config.label_source, config.fit, config.enlarge, keeps_alpha)


def _open_dataset(config: TrainConfig, host: Host) -> ImageDataset:
    def progress(done: int, total: int) -> None:
        host.count("preparing pictures", done, total)

    if config.head_start and world_of(config.data) is not None:
        return open_arriving(
            config.data,
            config.resolution,
            config.head_start,
            workers=host.workers,
            progress=progress,
            device=host.device,
            renders=host.ranks.leads,
        )
    return open_dataset(
        config.data,
        config.resolution,
        workers=host.workers,
        progress=progress,
        device=host.device,
        options=_options(config),
    )


def _kept_dataset(config: TrainConfig, path: Path | None, host: Host) -> ImageDataset:
    """Return the pictures in a run's data file, or prepare them if one of the hosts lacks it."""
    is_missing = path is None or not path.exists()
    if host.ranks.any(is_missing, torch.device(host.device)) or path is None:
        return _dataset(config, host)
    dataset = ImageDataset(path)
    if world_of(config.data) is not None and dataset.labels is None:
        dataset.head_start = config.head_start
    return dataset


def _new_reader(config: TrainConfig, dataset: ImageDataset, host: Host) -> LabelNetwork:
    """Return a label network, trained now on the portraits of the run."""
    world = world_of(config.data)
    if world is None:
        raise UserError(
            "A label network needs labels, which only portraits have: leave "
            f"{' and '.join(LABEL_WEIGHTS)} at 0 for other data."
        )
    reader = LabelNetwork()
    if host.ranks.leads:
        host.say("training the label network on the labels of the portraits ...")
        reader = train_on_portraits(dataset.images[: dataset.in_use(0)], 0, world)
    reader = reader.eval().requires_grad_(False).to(host.device)
    host.ranks.broadcast(reader.state_dict().values())
    return reader
