"""How a run begins or goes on: its configuration, its pictures, its networks and its folder."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import torch

from stylegan_core import load
from stylegan_core.data.arriving import open_arriving
from stylegan_core.data.dataset import ImageDataset, open_dataset
from stylegan_core.data.decoding import Options
from stylegan_core.data.info import report
from stylegan_core.data.portraits import world_of
from stylegan_core.data.spec import parse_data_spec
from stylegan_core.errors import UserError
from stylegan_core.files import make_folder
from stylegan_core.labels.network import LabelNetwork, train_on_portraits
from stylegan_core.training.config import LABEL_WEIGHTS, TrainConfig, with_classes, with_values
from stylegan_core.training.distributed import ALONE, Ranks
from stylegan_core.training.feature_critic import check_features
from stylegan_core.training.finetune import grown_on, start_from
from stylegan_core.training.presets import PRESETS
from stylegan_core.training.run_folder import DAMAGED, Launch, RunFolder
from stylegan_core.training.trainer import Trainer


class Run(NamedTuple):
    """Everything that the loop needs."""

    folder: RunFolder
    trainer: Trainer
    dataset: ImageDataset


@dataclass(frozen=True)
class Host:
    """Where a run takes place, and who hears of it."""

    device: str
    workers: int = 1  # processes that render portraits
    ranks: Ranks = ALONE
    hold: Callable[[Path], object] = lambda run: None  # keeps other processes out of a run's folder
    say: Callable[[str], None] = lambda text: None
    count: Callable[[str, int, int], None] = lambda label, done, total: None


def begin(out: Path, preset: str, changes: Mapping[str, Any], host: Host) -> Run:
    """A new run in a folder: a preset with changes. Raises UserError."""
    config = new_config(preset, changes)
    _check_batches(config, host.ranks)
    check_features(config)
    if host.ranks.leads:
        RunFolder.check_free(out)
    dataset = _dataset(config, host)
    config = with_classes(config, dataset.c_dim)
    reader = _reader(config, dataset, host) if config.reads_labels else None
    trainer = _new_trainer(config, reader, host)
    folder = RunFolder(out)
    if host.ranks.leads:
        make_folder(out)
        host.hold(out)
        session = _launch(trainer, {"preset": preset, **changes})
        folder = RunFolder.create(out, trainer.config, dataset, session, reader)
    return Run(folder, trainer, dataset)


def resume(run: Path, changes: Mapping[str, Any], host: Host) -> Run:
    """A run that goes on where it was saved, with changes. Raises UserError."""
    folder = RunFolder(run)
    before, data_file = folder.read_config()
    if changes.get("init_from", before.init_from) != before.init_from:
        raise UserError("--from is for new runs; a run that is resumed goes on with its own model.")
    config = with_values(before, changes)
    _check_batches(config, host.ranks)
    _check_labels(config)
    check_features(config)
    if host.ranks.leads:
        host.hold(run)
    state = None if folder.is_fresh() else folder.read_state()
    if state is not None:
        _check_critic(before, config)
    keeps_reader = before.reads_labels or folder.reader_path.exists()  # before any process goes on
    shows_same = _shows(before) == _shows(config)
    keeps_data = shows_same and not changes.keys() & {"data", "label_source"}
    dataset = _found_dataset(config, data_file if keeps_data else None, host)
    _check_classes(config, dataset)
    if keeps_data:
        _check_pictures(folder, dataset)
    reader = None
    if config.reads_labels:
        reader = folder.read_reader() if keeps_reader else _reader(config, dataset, host)
    if state is None:
        trainer = _new_trainer(config, reader, host)
    else:
        trainer = _saved_trainer(config, reader, state, folder.path, host)
    if host.ranks.leads:
        if reader is not None and not keeps_reader:
            folder.write_reader(reader)
        folder.write_config(trainer.config, dataset, _launch(trainer, changes))
        folder.clean_up()
        folder.cut_log(trainer.images_seen / 1000)
    return Run(folder, trainer, dataset)


def _new_trainer(config: TrainConfig, reader: LabelNetwork | None, host: Host) -> Trainer:
    """Before its first step, with the weights that it is to begin with."""
    trainer = Trainer(config, host.device, reader, host.ranks)
    if config.init_from:
        start_from(trainer, Path(config.init_from), host.say)
    return trainer


def _saved_trainer(
    config: TrainConfig,
    reader: LabelNetwork | None,
    state: Mapping[str, Any],
    run: Path,
    host: Host,
) -> Trainer:
    """Where it was saved. The random numbers of another kind of device have a state of another
    size.
    """
    trainer = Trainer(config, host.device, reader, host.ranks)
    try:
        is_moved = len(state["random"]) != len(trainer.passes.inputs.random.get_state())
        if not is_moved:
            trainer.load_state(state)
    except DAMAGED as error:
        reason = " ".join(str(error).split())[:200]
        raise UserError(f"The state in {run} does not fit its settings: {reason}") from None
    if is_moved:
        raise UserError(
            f"{run} was trained on another kind of device than {trainer.device.type}, and its "
            "random numbers go on only there: resume it with --device for that kind, or begin a "
            "new run with --from a snapshot of this one."
        )
    return trainer


def _launch(trainer: Trainer, changes: Mapping[str, Any]) -> Launch:
    kimg, ranks = trainer.images_seen / 1000, trainer.ranks
    return Launch(kimg, changes, str(trainer.device), ranks.size)


def _check_batches(config: TrainConfig, ranks: Ranks) -> None:
    """Raise UserError for a batch, now or later, that the processes cannot share."""
    for batch in config.batches:
        ranks.positions(batch, config.group_size)


def _check_labels(config: TrainConfig) -> None:
    """Raise UserError where a run is to go on with labels that its pictures do not have."""
    if config.reads_labels and world_of(config.data) is None:
        used = [name for name in LABEL_WEIGHTS if getattr(config, name)]
        raise UserError(
            f"Labels, which {' and '.join(used)} need, are known of portraits only, not of "
            f"{config.data}: leave this run as it is, or begin a new one with --from a snapshot "
            "of it."
        )


def _check_critic(before: TrainConfig, config: TrainConfig) -> None:
    """Raise UserError where a run that has begun to learn is to get a critic, or lose it."""
    if before.uses_features != config.uses_features:
        has, asked = ("discriminators on features", "none")[:: 1 if before.uses_features else -1]
        raise UserError(
            f"This run has {has}, and feature_weight asks for {asked}. Leave it as it is, or start "
            "a new run with --from a snapshot of this one."
        )
    if bool(before.label_critic_weight) != bool(config.label_critic_weight):
        raise UserError(
            f"label_critic_weight is {before.label_critic_weight:g} in this run and cannot become "
            f"{config.label_critic_weight:g}: its critic learns from the beginning, or there is "
            "none. Leave it, or begin a new run with --from a snapshot of this one."
        )


def _check_classes(config: TrainConfig, dataset: ImageDataset) -> None:
    """Raise UserError for pictures of other classes than the networks have."""
    if dataset.c_dim != config.network.c_dim:
        raise UserError(
            f"This run is trained with {config.network.c_dim} classes, but the pictures of "
            f"{config.data} with labels '{config.label_source}' have {dataset.c_dim}: keep the "
            "labels, or begin a new run."
        )


def _check_pictures(folder: RunFolder, dataset: ImageDataset) -> None:
    """Raise UserError if a run would go on with other pictures, and nobody has asked for them."""
    before, now = folder.read_fingerprint(), dataset.fingerprint
    if before and now and before != now:
        source = dataset.info.source
        raise UserError(
            f"The pictures of {source} are not those that {folder.path} was trained on: their "
            f"fingerprint is {now}, it was {before}. Bring the old ones back, or accept the new "
            f"ones with --data {source}."
        )


def _shows(config: TrainConfig) -> tuple[object, ...]:
    """What decides the pictures of a run."""
    files = config.label_source, config.fit, config.enlarge
    return config.data, config.resolution, *files


def new_config(preset: str, changes: Mapping[str, Any]) -> TrainConfig:
    """The configuration of a preset with changes, before its pictures are known. UserError."""
    if preset not in PRESETS:
        known = "".join(f"\n  {name}: {p.purpose}" for name, p in PRESETS.items())
        raise UserError(f"There is no preset '{preset}'; choose one of:{known}")
    origin = {name: value for name, value in changes.items() if name == "init_from"}
    config = with_values(PRESETS[preset].config, origin)
    if config.init_from:
        config = grown_on(config, load(config.init_from), changes.get("resolution"))
    config = with_values(config, changes)
    if isinstance(parse_data_spec(config.data), Path):  # neither labels nor noise are known
        for_portraits = {*LABEL_WEIGHTS, "noise_spread"}
        unasked: dict[str, Any] = dict.fromkeys(for_portraits - changes.keys(), 0.0)
        config = replace(config, **unasked)
    return config


def _dataset(config: TrainConfig, host: Host) -> ImageDataset:
    """The pictures, prepared by the leading process while the others wait."""
    if not host.ranks.leads:
        host.ranks.wait()
    dataset = _opened(config, host)
    if host.ranks.leads:
        host.ranks.wait()
    host.say(report(dataset.info))
    if dataset.available < len(dataset):
        host.say(f"{dataset.available} of them are there; the rest is rendered beside the run.")
    return dataset


def _opened(config: TrainConfig, host: Host) -> ImageDataset:
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
        options=Options(config.label_source, config.fit, config.enlarge),
    )


def _found_dataset(config: TrainConfig, path: Path | None, host: Host) -> ImageDataset:
    """The pictures of a run that goes on: its file, unless one of the machines lacks it."""
    lost = path is None or not path.exists()
    if host.ranks.any(lost, torch.device(host.device)) or path is None:
        return _dataset(config, host)
    dataset = ImageDataset(path)
    if world_of(config.data) is not None and dataset.labels is None:
        dataset.head_start = config.head_start
    return dataset


def _reader(config: TrainConfig, dataset: ImageDataset, host: Host) -> LabelNetwork:
    """The label network that takes part, trained now on the portraits of the run."""
    world = world_of(config.data)
    if world is None:
        raise UserError(
            "A label network needs labelled pictures, which only portraits are: leave "
            f"{' and '.join(LABEL_WEIGHTS)} at 0 for other data."
        )
    reader = LabelNetwork()
    if host.ranks.leads:
        host.say("training the label network on the labels of the portraits ...")
        reader = train_on_portraits(dataset.images[: dataset.in_use(0)], 0, world)
    reader = reader.eval().requires_grad_(False).to(host.device)
    host.ranks.broadcast(reader.state_dict().values())
    return reader
