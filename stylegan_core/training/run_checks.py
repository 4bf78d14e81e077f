"""Checks of a run before its pictures, its networks and its folder are touched."""

from stylegan_core.data.dataset import ImageDataset
from stylegan_core.data.portraits import world_of
from stylegan_core.errors import UserError
from stylegan_core.training.config import LABEL_WEIGHTS, TrainConfig
from stylegan_core.training.distributed import Ranks
from stylegan_core.training.run_folder import RunFolder


def check_batches(config: TrainConfig, ranks: Ranks) -> None:
    """Raise UserError for a batch of the schedule that the processes cannot share."""
    for batch in config.batches:
        ranks.positions(batch, config.group_size)


def check_labels(config: TrainConfig) -> None:
    """Raise UserError for settings that need labels which the pictures do not have."""
    if config.reads_labels and world_of(config.data) is None:
        used = [name for name in LABEL_WEIGHTS if getattr(config, name)]
        raise UserError(
            f"Labels, which {' and '.join(used)} need, are known of portraits only, not of "
            f"{config.data}. Leave this run as it is, or start a new one from a snapshot of it.",
            options="Name the snapshot with --from.",
        )


def check_critics(before: TrainConfig, config: TrainConfig) -> None:
    """Raise UserError if a run that has started to learn would gain or lose a critic."""
    if before.uses_features != config.uses_features:
        change = "remove" if before.uses_features else "add"
        raise UserError(
            f"feature_weight cannot {change} the discriminators on features of a run that has "
            "started to learn. Leave it as it is, or start a new run from a snapshot of this one.",
            options="Name the snapshot with --from.",
        )
    if bool(before.label_critic_weight) != bool(config.label_critic_weight):
        raise UserError(
            f"label_critic_weight is {before.label_critic_weight:g} in this run and cannot become "
            f"{config.label_critic_weight:g}: a run has a label critic from its start or not at "
            "all. Leave it as it is, or start a new run from a snapshot of this one.",
            options="Name the snapshot with --from.",
        )


def check_classes(config: TrainConfig, dataset: ImageDataset) -> None:
    """Raise UserError if pictures and networks have different numbers of classes."""
    if dataset.c_dim != config.network.c_dim:
        raise UserError(
            f"This run is trained with {config.network.c_dim} classes, but the pictures of "
            f"{config.data} with labels '{config.label_source}' have {dataset.c_dim}: keep the "
            "labels, or start a new run."
        )


def check_pictures(folder: RunFolder, dataset: ImageDataset) -> None:
    """Raise UserError if the pictures are not those that a run was trained on."""
    before, now = folder.read_fingerprint(), dataset.fingerprint
    if before and now and before != now:
        source = dataset.info.source
        raise UserError(
            f"The pictures of {source} are not those that {folder.path} was trained on: their "
            f"fingerprint is {now}, it was {before}. Restore the old ones, or start a new run "
            "with the new ones, from a snapshot of this run.",
            options=f"Or accept the new ones with --data {source}.",
        )
