"""The kinds of foreign files: how each is recognised, what it is called, what builds its networks.

To add a family of networks:
1. write a module beside this one with its configuration and key tables, which ends in
   `FAMILY = Family(...)` (see `family.py`; `r3gan.py` is a short example);
2. add one entry to `KINDS`.

Torch is not imported here, so that the window can check a file before torch is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from stylegan_core.importers.network import Network

Layout = Literal["tensorflow", "torch"]
"""The library whose networks a file holds. PyTorch's are whole modules or weights alone."""


class Kind(NamedTuple):
    """A kind of file.

    title: what the user reads.
    licence: the licence of the published files.
    layout: the library of its networks.
    mark: the function that built a network of TensorFlow; the start of the name of a weight that
        every generator of PyTorch has. Of the kinds that share it, the first one that `recognises`
        a generator counts.
    key_tables: the module of this package that builds the networks.
    recognises: tells whether a generator with the mark is of this kind.
    needs_modules: its weights alone do not say how its networks are built.
    cutoff: how many layers the original tool truncates; None for all.
    prefixes: the names with which the averaged generator's weights begin, if one state dict holds
        all networks.
    beside: the names of arrays that lie beside the generator's state dict and belong to it.
    """

    title: str
    licence: str
    layout: Layout
    mark: str
    key_tables: str
    recognises: Callable[[Network], bool] = lambda network: True
    needs_modules: bool = False
    cutoff: int | None = None
    prefixes: tuple[str, ...] = ("",)
    beside: tuple[str, ...] = ()


def _is_stylegan_xl(network: Network) -> bool:
    """Tell StyleGAN-XL from StyleGAN 3: it has one average w per class, or stores its design."""
    synthesis = network.modules.get("synthesis")
    has_design = synthesis is not None and "sampling_rates" in synthesis.attributes
    return has_design or len(network.arrays.shapes.get("mapping.w_avg", ())) == 2


_BY_NVIDIA = "The files that NVIDIA published are under the {}; others have terms of their own."
_UNSTATED = "Not stated in the file: ask those who published it."

KINDS: Mapping[str, Kind] = {
    "stylegan1-tf": Kind(
        title="StyleGAN 1, TensorFlow pickle",
        licence=_BY_NVIDIA.format("Creative Commons BY-NC 4.0"),
        layout="tensorflow",
        mark="G_style",
        key_tables="stylegan1_tf",
        cutoff=8,
    ),
    "stylegan2-tf": Kind(
        title="StyleGAN 2, TensorFlow pickle",
        licence=_BY_NVIDIA.format("Nvidia Source Code License-NC"),
        layout="tensorflow",
        mark="G_main",
        key_tables="stylegan2_tf",
    ),
    "stylegan2-ada": Kind(
        title="StyleGAN 2, PyTorch pickle",
        licence=_BY_NVIDIA.format("Nvidia Source Code License"),
        layout="torch",
        mark="synthesis.b4.",
        key_tables="stylegan2_torch",
    ),
    "stylegan-xl": Kind(  # before StyleGAN 3, whose weights have the same names
        title="StyleGAN-XL, PyTorch pickle",
        licence=_UNSTATED,
        layout="torch",
        mark="synthesis.input.weight",
        key_tables="stylegan_xl",
        recognises=_is_stylegan_xl,
        needs_modules=True,
    ),
    "stylegan3": Kind(
        title="StyleGAN 3, PyTorch pickle",
        licence=_BY_NVIDIA.format("Nvidia Source Code License"),
        layout="torch",
        mark="synthesis.input.weight",
        key_tables="stylegan3",
    ),
    "r3gan": Kind(
        title="R3GAN, PyTorch pickle",
        licence=_UNSTATED,
        layout="torch",
        mark="Model.MainLayers.",
        key_tables="r3gan",
    ),
    "stylegan1-rosinality": Kind(
        title="StyleGAN 1, rosinality's PyTorch weights",
        licence=_UNSTATED,
        layout="torch",
        mark="generator.progression.0.conv1.",
        key_tables="stylegan1_rosinality",
    ),
    "stylegan2-rosinality": Kind(
        title="StyleGAN 2, rosinality's PyTorch weights",
        licence=_UNSTATED,
        layout="torch",
        mark="convs.0.conv.modulation.",
        key_tables="stylegan2_rosinality",
        beside=("latent_avg",),
    ),
    "stylegan2-lucidrains": Kind(
        title="StyleGAN 2, lucidrains' PyTorch weights",
        licence=_UNSTATED,
        layout="torch",
        mark="G.blocks.0.to_style1.",
        key_tables="stylegan2_lucidrains",
        prefixes=("GE.", "SE."),
    ),
}
"""Licences as the pages of the official releases state them; see docs/models.md."""


def kind_of(network: Network, layout: Layout) -> str | None:
    """Return the kind of a generator, a key of `KINDS`; None if it is not known."""
    candidates = ((name, kind) for name, kind in KINDS.items() if kind.layout == layout)
    return next((n for n, k in candidates if _has_mark(network, k) and k.recognises(network)), None)


def _has_mark(network: Network, kind: Kind) -> bool:
    if kind.layout == "tensorflow":
        return network.class_name == kind.mark
    return any(name.startswith(kind.mark) for name in network.arrays)


def prefixes_of_marks(network: Network) -> tuple[str, ...]:
    """Return what precedes the marks of kinds in the names of a network's weights, such as
    "module."; "" if names begin with one."""
    marks = {kind.mark for kind in KINDS.values() if kind.layout == "torch"}
    found = (
        name[: name.index(mark)]
        for name in network.arrays
        for mark in marks
        if mark in name and (name.startswith(mark) or name[name.index(mark) - 1] == ".")
    )
    return tuple(dict.fromkeys(found))
