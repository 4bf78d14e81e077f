"""The data that a user names: portraits that are rendered here, or a folder or zip file."""

from dataclasses import dataclass
from pathlib import Path

from stylegan_core.data import portraits
from stylegan_core.errors import UserError

DEFAULT_COUNT = 50_000
MIN_COUNT = 2
MAX_DIGITS = 12  # of a count


@dataclass(frozen=True)
class PortraitSpec:
    """Portraits to render: their world, their number, and the factor that labels them, if any."""

    world: portraits.World
    count: int
    factor: str = ""


DataSpec = PortraitSpec | Path


def parse_data_spec(text: str) -> DataSpec:
    """Parse "portraits", "portraits:COUNT" or "portraits:COUNT:FACTOR"; the rest is a path.

    Each form works with "portraits-small" too. Raises `UserError` for an impossible count or an
    unknown factor. A path is not looked at.
    """
    world = portraits.world_of(text)
    if world is None:
        return Path(text)
    count, _, factor = text.partition(":")[2].partition(":")
    if count and not _is_count(count):
        raise UserError(f"'{text[:80]}' does not say how many portraits; write portraits:50000.")
    label_factors = [f.name for f in portraits.FACTORS if f.choices]
    if factor and factor not in label_factors:
        raise UserError(
            f"'{text}': portraits cannot be labelled by '{factor}'; choose one of "
            f"{', '.join(label_factors)}."
        )
    return PortraitSpec(world, int(count or DEFAULT_COUNT), factor)


def name_of_data(text: str) -> str:
    """Return a short name: "portraits", or that of a folder or zip file, without its place."""
    if portraits.world_of(text) is not None:
        return text.partition(":")[0]
    name = text.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return name.removesuffix(".zip") or "pictures"


def _is_count(text: str) -> bool:
    return text.isdecimal() and len(text) <= MAX_DIGITS and int(text) >= MIN_COUNT
