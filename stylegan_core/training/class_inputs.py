"""Weights of networks for other classes: the inputs of the class begin anew, the rest is kept.

A class enters the mapping network beside z, or without a mapping network beside w. Weights on a new
class input start from zero, so that pictures are those of the old network at first; where classes
go, the weights on them go. A discriminator with one score for each class starts each new one from
the mean of the old ones. One that projects its scores onto an embedded class loses its last layer
where classes come or go.
"""

import math
from collections.abc import Mapping

from torch import Tensor

CLASS_TABLES = ("mapping_network.label", "mapping_network.embed.", "label_mapping.embed.")
CLASS_NETWORK = "label_mapping."
SCORE = "score."


def for_other_classes(new: Mapping[str, Tensor], old: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights of a network for other classes, from `new` random ones of that network."""
    taken = {name: weight for name, weight in old.items() if name in new}
    projects = any(name.startswith(CLASS_NETWORK) for name in (*new, *old))
    changes_head = projects and _has_classes(new) != _has_classes(old)
    for name, weight in new.items():
        is_new = name not in old and name.startswith((*CLASS_TABLES, CLASS_NETWORK))
        if is_new or name.startswith(CLASS_TABLES) or (changes_head and name.startswith(SCORE)):
            taken[name] = weight
        elif name in old and weight.shape != old[name].shape:
            taken[name] = _adapted(name, weight, old[name])
    return taken


def _has_classes(weights: Mapping[str, Tensor]) -> bool:
    return any(name.startswith(CLASS_NETWORK) for name in weights)


def _adapted(name: str, new: Tensor, old: Tensor) -> Tensor:
    """Return a weight in the shape of a new one, if classes alone make the difference."""
    if name.startswith(SCORE):
        return old.mean(dim=0, keepdim=True).expand(new.shape).clone()
    if old.ndim != new.ndim or old.shape[:-1] != new.shape[:-1]:
        return old
    width_old, width_new = old.shape[-1], new.shape[-1]
    width = min(width_old, width_new)
    # Equalised learning rates divide weights, though not the mean of w, by the root of their width.
    scale = math.sqrt(width_new / width_old) if old.ndim == 2 else 1.0
    adapted = new.new_zeros(new.shape)
    adapted[..., :width] = old[..., :width] * scale
    return adapted
