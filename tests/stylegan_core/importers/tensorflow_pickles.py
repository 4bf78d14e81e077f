"""Write files in the layout of the official TensorFlow releases."""

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from tests.stylegan_core.importers.fake_modules import fake_module

Arrays = Mapping[str, NDArray[Any]]
SOURCE = "# Copyright (c) A. Nobody\n# Licence: CC BY-NC 4.0\n\nraise SystemExit('this was run')\n"


class Network:
    """Pickles under the name of the official class."""

    __module__, __qualname__ = "dnnlib.tflib.network", "Network"

    def __init__(self, name: str, function: str, kwargs: Mapping[str, Any], arrays: Arrays) -> None:
        self.version = 3
        self.name = name
        self.static_kwargs = dict(kwargs)
        self.components: dict[str, Network] = {}
        self.build_module_src = SOURCE
        self.build_func_name = function
        self.variables = [
            (k, v if v.ndim else v[()]) for k, v in arrays.items() if not k.startswith("G_")
        ]


def network(name: str, function: str, kwargs: Mapping[str, Any], arrays: Arrays) -> Network:
    """Return a network with the components that the names of its arrays begin with."""
    whole = Network(name, function, kwargs, arrays)
    for key in ("synthesis", "mapping"):
        prefix = f"G_{key}/"
        part = {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}
        if part:
            whole.components[key] = Network(f"G_{key}", f"G_{key}", kwargs, part)
    return whole


def write(path: Path, networks: tuple[Network, Network, Network], protocol: int = 4) -> None:
    """Write G, D and Gs as one pickle."""
    with fake_module(Network.__module__, Network=Network), path.open("wb") as file:
        pickle.dump(networks, file, protocol)
