"""Runs that start from the weights of a small snapshot."""

from pathlib import Path
from typing import Any

from stylegan_core import checkpoint
from stylegan_core.networks import progan
from stylegan_core.networks.progan import ProGANConfig
from stylegan_core.networks.stylegan1 import Generator, StyleGAN1Config
from stylegan_core.training import run_setup
from tests.small_networks import randomised

SIZES: dict[str, Any] = {
    "resolution": 16,
    "fmap_base": 64,
    "fmap_max": 8,
    "z_dim": 8,
    "w_dim": 8,
    "mapping_width": 8,
    "mapping_depth": 2,
}
CONFIGS = {"stylegan1": StyleGAN1Config(**SIZES), "progan": ProGANConfig(**SIZES)}
GENERATORS = {"stylegan1": Generator, "progan": progan.Generator}


def begin_run(
    pictures: Path, folder: Path, kind: str, lod: float, **changes: Any
) -> tuple[run_setup.Run, str]:
    """Begin a run from a snapshot of an architecture at a level of detail.

    The folder gets the snapshot as `half.safetensors` and the run as `run`. Return the run and its
    messages.
    """
    snapshot = folder / "half.safetensors"
    messages: list[str] = []
    config: Any = CONFIGS[kind]
    generator = randomised(GENERATORS[kind], config)
    discriminator = progan.Discriminator(config)
    checkpoint.save(snapshot, generator, {"training": {"lod": lod}}, discriminator)
    host = run_setup.Host("cpu", say=messages.append)
    settings = {"data": str(pictures), "init_from": str(snapshot), **changes}
    run = run_setup.new_run(folder / "run", "portraits-cpu", settings, host)
    return run, "\n".join(messages)
