"""Write files in the layout of the official PyTorch releases."""

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from stylegan_core.networks.stylegan2.config import StyleGAN2Config
from tests.stylegan_core.importers.fake_modules import fake_module

Arrays = Mapping[str, NDArray[Any]]
Attributes = Mapping[str, Mapping[str, Any]]
PERSISTENCE = "torch_utils.persistence"
BUFFERS = ("resample_filter", "noise_const", "w_avg")
PROGRAM = "raise SystemExit('this was run')\n"


def _reconstruct_persistent_obj(meta: dict[str, Any]) -> None:
    """Do nothing: pickle writes only the name."""


_reconstruct_persistent_obj.__module__ = PERSISTENCE


class Module:
    """Pickles as the official classes do: a call with the state and the source text."""

    def __init__(self, class_name: str, kwargs: Mapping[str, Any] | None = None) -> None:
        self.class_name = class_name
        self.state: dict[str, Any] = {"training": False, "_parameters": {}, "_buffers": {}}
        self.state |= {"_modules": {}, "_init_args": (), "_init_kwargs": dict(kwargs or {})}

    def __reduce__(self) -> tuple[Any, ...]:
        meta = {"type": "class", "version": 6, "module_src": PROGRAM, "state": self.state}
        return _reconstruct_persistent_obj, ({**meta, "class_name": self.class_name},)

    def module(self, path: str) -> "Module":
        """Return the module at a dotted path, making it if there is none."""
        module = self
        for name in filter(None, path.split(".")):
            module = module.state["_modules"].setdefault(name, Module(name))
        return module


def network(
    class_name: str, kwargs: Mapping[str, Any], arrays: Arrays, attributes: Attributes
) -> Module:
    """Return a network with its modules and their attributes."""
    whole = Module(class_name, kwargs)
    for name, value in arrays.items():
        path, _, local = name.rpartition(".")
        group = "_buffers" if local in BUFFERS else "_parameters"
        whole.module(path).state[group][local] = torch.from_numpy(np.array(value))
    for path, module_attributes in attributes.items():
        whole.module(path).state.update(module_attributes)
    return whole


def write(path: Path, generator: Module, discriminator: Module | None = None) -> None:
    """Write a snapshot as the official training does."""
    snapshot = {"G": None, "D": discriminator, "G_ema": generator, "augment_pipe": None}
    function = {_reconstruct_persistent_obj.__name__: _reconstruct_persistent_obj}
    with fake_module(PERSISTENCE, **function), path.open("wb") as file:
        pickle.dump({**snapshot, "training_set_kwargs": {"path": "/data/x.zip"}}, file, 4)


def stylegan2_generator(config: StyleGAN2Config, arrays: Arrays, **kwargs: Any) -> Module:
    """Return StyleGAN 2's generator; `kwargs` replace the arguments it claims to be made with."""
    attributes = _mapping(config.mapping_depth)
    for size in config.resolutions:
        block, kind = f"synthesis.b{size}", config.generator_architecture
        before = config.channels(size // 2) if size > 4 else 0
        attributes[block] = {"architecture": kind, "in_channels": before}
        for part in ("conv0", "conv1", "torgb"):
            if f"{block}.{part}.weight" in arrays:
                attributes[f"{block}.{part}"] = _layer(config, part != "torgb")
    sizes = {**_sizes(config), "z_dim": config.z_dim, "w_dim": config.w_dim, "synthesis_kwargs": {}}
    return network("Generator", {**sizes, **kwargs}, _filtered(arrays, config), attributes)


def stylegan2_discriminator(config: StyleGAN2Config, arrays: Arrays, **kwargs: Any) -> Module:
    """Return StyleGAN 2's discriminator."""
    config = config.discriminator or config
    attributes = _mapping(config.label_mapping_depth) if config.c_dim else {}
    for size in config.resolutions:
        attributes[f"b{size}"] = {"architecture": config.discriminator_architecture}
        for part in ("fromrgb", "conv0", "conv1", "conv"):
            if f"b{size}.{part}.weight" in arrays:
                attributes[f"b{size}.{part}"] = {"conv_clamp": config.conv_clamp}
    if config.mbstd_features:
        groups = {"group_size": config.mbstd_group_size, "num_channels": config.mbstd_features}
        attributes["b4.mbstd"] = groups
    sizes = {**_sizes(config), **kwargs}
    return network("Discriminator", sizes, _filtered(arrays, config), attributes)


def _sizes(config: StyleGAN2Config) -> dict[str, Any]:
    return {
        "c_dim": config.c_dim,
        "img_resolution": config.resolution,
        "img_channels": config.image_channels,
        "channel_base": config.channel_base,
        "channel_max": config.channel_max,
    }


def _mapping(depth: int) -> dict[str, Mapping[str, Any]]:
    attributes: dict[str, Mapping[str, Any]] = {"mapping": {"num_layers": depth}}
    for i in range(depth):
        attributes[f"mapping.fc{i}"] = {"activation": "lrelu", "bias_gain": 0.01}
    return attributes


def _layer(config: StyleGAN2Config, has_noise: bool) -> dict[str, Any]:
    settings = {"use_noise": config.noise_inputs, "activation": "lrelu"} if has_noise else {}
    return {"conv_clamp": config.conv_clamp, **settings}


def _filtered(arrays: Arrays, config: StyleGAN2Config) -> Arrays:
    """Return the arrays with each block's filter; a long one is stored along one axis."""
    line = np.asarray(config.resample_filter, np.float32) / sum(config.resample_filter)
    taps = line if len(line) >= 8 else np.outer(line, line)
    blocks = {name[: name.index(part)] for part in (".conv1",) for name in arrays if part in name}
    return {**arrays, **{f"{block}.resample_filter": taps for block in blocks}}
