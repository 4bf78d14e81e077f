"""Small pictures beside the canvas: each is made once, and one that follows another resumes.

They begin with the states of the picture on the canvas where they share some, and pause for it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.edit.edit import Edit
from explorer.rendering.batches import Batches
from explorer.rendering.half_layers import kept_states, keys_of, run_half_layer
from explorer.rendering.latents import Latents
from explorer.rendering.messages import Picture
from explorer.rendering.noise import NoiseMaps
from explorer.rendering.pausable import Pausable
from explorer.rendering.quick_networks import QuickNetworks, softened
from explorer.rendering.state_cache import Keys, StateCache
from explorer.rendering.synthesis import check_layers, start_of, to_pixels
from stylegan_core.networks.inference.for_inference import InferenceGenerator
from stylegan_core.picture import as_rgb

KEPT_PICTURES = 256
"""Small pictures that are kept; each takes about 50 kilobytes at 128 px."""

KEPT_PATHS = 6
"""Pictures of each size whose states are kept: as many as a strip has."""

ALWAYS_SHARED = 2
"""States that any two pictures may have in common: the start, and its convolution."""

KEPT_SIZES = 2
"""Sizes of small pictures that a window asks for."""


class SmallPictures:
    """Renders pictures of a few pixels, with the latents and noise maps of a `Renderer`.

    Where one picture of the model `is_slow`, they are made one by one, and each resumes from the
    states of the one that is most like it, be it another small one or the one on the `canvas`.
    `state_bytes` limits the states of the small ones.
    """

    def __init__(
        self,
        generator: InferenceGenerator,
        networks: QuickNetworks,
        device: torch.device,
        latents: Latents,
        noise: NoiseMaps,
        batches: Batches,
        canvas: StateCache,
        is_slow: Callable[[], bool],
        state_bytes: int,
    ) -> None:
        self._generator = generator
        self._networks = networks
        self._device = device
        self._latents = latents
        self._noise = noise
        self._batches = batches
        self._canvas = canvas
        self._is_slow = is_slow
        self._keeps = kept_states(generator, state_bytes // (KEPT_PATHS * KEPT_SIZES))
        self._kept: OrderedDict[Hashable, Picture] = OrderedDict()
        self._paths: dict[int, list[StateCache]] = {}  # by size, the one used last at the end

    @torch.inference_mode()
    def render(self, edits: Sequence[Edit], size: int) -> Pausable[tuple[Picture, ...]]:
        """Return several pictures of at most `size` pixels, a power of two, uint8 [h, w, 3].

        Those of a larger model come from its quick network, or are averaged down where it has none.
        Each picture is made once and kept. Raises RenderError.
        """
        network = self._network(size)
        keys = {edit: self._keys_of(network, edit) for edit in edits}
        names = {edit: (size, tuple(keys[edit])) for edit in edits}
        pictures = {name: self._kept[name] for name in names.values() if name in self._kept}
        missing = {names[edit]: edit for edit in edits if names[edit] not in pictures}
        if self._is_slow():
            images = []
            for edit in missing.values():
                images.append((yield from self._resumed(network, edit, keys[edit])))
        else:
            images = yield from self._batches.images(network, list(missing.values()))
        for name, image in zip(missing, images, strict=True):
            small = self._reduced(image, size)
            pictures[name] = to_pixels(as_rgb(small))[0].cpu().numpy()
        self._keep(pictures)
        return tuple(pictures[names[edit]] for edit in edits)

    def _network(self, size: int) -> InferenceGenerator:
        """Return the network whose pictures are closest to `size` pixels, and not smaller."""
        is_larger = self._generator.resolution > size
        return self._networks.at(size) if is_larger and self._generator.reduces else self._generator

    def _reduced(self, image: Tensor, size: int) -> Tensor:
        """Return an image of that network, [1, C, H, W], at no more than `size` pixels."""
        if self._generator.resolution <= size:
            return image
        if self._generator.reduces:
            return softened(image)
        return F.interpolate(image, size=(size, size), mode="area")

    def _keys_of(self, network: InferenceGenerator, edit: Edit) -> Keys:
        """Return everything that the network's picture of an edit shows, half layer by half layer.

        Raises RenderError.
        """
        check_layers(network, edit)
        noise = [
            self._noise.key(edit, i) if self._is_whole(network, i) else None
            for i in range(edit.num_layers)
        ]
        return keys_of(network, edit.transform, self._latents.keys(edit), noise)

    def _is_whole(self, network: InferenceGenerator, layer: int) -> bool:
        """Tell whether a layer runs at its own resolution; the others of a quick network do not."""
        return network.layers[layer].resolution <= network.resolution

    def _resumed(self, network: InferenceGenerator, edit: Edit, keys: Keys) -> Pausable[Tensor]:
        """Return the network's image of an edit, [1, C, h, w]; pause after each half layer."""
        states = self._closest(network, keys)
        first, state = states.resume(keys) or (0, None)
        if state is None:
            state = start_of(network, [edit.transform], self._device)
            states.append(keys, state)
        row = partial(self._latents.row, edit)
        for half_layer in range(first, len(keys) - 1):
            state = run_half_layer(
                network, half_layer, state, row, partial(self._noise_of, network, edit)
            )
            states.append(keys, state)
            yield None
        image = network.to_image(state)
        assert image is not None
        return image

    def _noise_of(self, network: InferenceGenerator, edit: Edit, layer: int) -> Tensor | None:
        return self._noise.of_layer(edit, layer) if self._is_whole(network, layer) else None

    def _closest(self, network: InferenceGenerator, keys: Keys) -> StateCache:
        """Return the states of the picture that shares most with `keys`.

        If none shares more than the start, those that were used the longest time ago give way.
        """
        paths = self._paths.setdefault(network.resolution, [])
        chosen = max(paths, key=lambda path: path.shared_with(keys), default=None)
        if chosen is None or chosen.shared_with(keys) <= ALWAYS_SHARED:
            chosen = paths[0] if len(paths) >= KEPT_PATHS else StateCache(self._keeps)
        if chosen in paths:
            paths.remove(chosen)
        paths.append(chosen)
        low_layers = sum(self._is_whole(network, i) for i in range(network.num_layers))
        in_common = 1 + 2 * low_layers  # the layers above run at another size on the canvas
        if min(self._canvas.shared_with(keys), in_common) > chosen.shared_with(keys):
            chosen.adopt(keys, self._canvas, in_common)
        return chosen

    def _keep(self, pictures: Mapping[tuple[int, tuple[Hashable, ...]], Picture]) -> None:
        """Keep small pictures, in place of those that were asked for the longest time ago."""
        for name, picture in pictures.items():
            self._kept[name] = picture
            self._kept.move_to_end(name)
        while len(self._kept) > KEPT_PICTURES:
            self._kept.popitem(last=False)
