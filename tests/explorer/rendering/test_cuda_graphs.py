"""Stages replayed in tensors that stay: the same pictures, and only what changed is asked for."""

import logging
from collections.abc import Hashable

import numpy as np
import pytest
import torch
from torch import Tensor

from explorer.edit.edit import default_edit
from explorer.edit.ops import with_noise_seed, with_psi
from explorer.rendering.cuda_graphs import CudaGraphs, is_recordable
from explorer.rendering.renderer import Renderer
from explorer.rendering.synthesis import to_pixels
from stylegan_core.networks import contract
from stylegan_core.networks.inference.for_inference import for_inference
from tests.conftest import make_generator, make_stylegan2

CPU = torch.device("cpu")
GENERATORS = {"stylegan1": make_generator(), "stylegan2": make_stylegan2()}


@pytest.fixture(params=GENERATORS)
def generator(request: pytest.FixtureRequest) -> contract.Generator:
    return GENERATORS[request.param]


def drawn(generator: contract.Generator, seed: int) -> tuple[Tensor, list[Tensor | None]]:
    """Rows of W+ [L, D] and a noise map for each layer that takes one."""
    random = torch.Generator().manual_seed(seed)
    rows = torch.randn(generator.num_layers, generator.w_dim, generator=random)
    noise = [
        torch.randn(1, 1, layer.resolution, layer.resolution, generator=random)
        if layer.takes_noise
        else None
        for layer in generator.layers
    ]
    return rows, noise


@torch.inference_mode()
def test_a_recording_goes_on_where_another_left_a_state(generator: contract.Generator) -> None:
    network = for_inference(generator)
    stages = 2 * network.num_layers
    recordings = CudaGraphs(network, CPU, [True] * stages)
    rows, noise = drawn(generator, 0)
    asked: list[int] = []

    def of_layer(i: int) -> Tensor | None:
        asked.append(i)
        return noise[i]

    places = ((0, 0), (6, 3), (stages - 2, network.num_layers - 1), (0, 0))
    for seed, (first, change) in enumerate(places, 10):
        new_rows, new_noise = drawn(generator, seed)
        rows = torch.cat([rows[:change], new_rows[change:]])
        noise = noise[:change] + new_noise[change:]
        heard: list[Hashable] = [None if some is None else some.sum().item() for some in noise]
        state = recordings.states[first] or network.start(1)
        asked.clear()
        pixels = recordings.run(first, state, rows, heard, of_layer)
        expected = to_pixels(network.synthesis(rows.unsqueeze(0), noise))
        assert torch.equal(pixels, expected)
        assert asked == [
            i for i in range(change, network.num_layers) if generator.layers[i].takes_noise
        ]


@torch.inference_mode()
def test_a_state_from_elsewhere_and_silence(generator: contract.Generator) -> None:
    network = for_inference(generator)
    recordings = CudaGraphs(network, CPU, [True] * 2 * network.num_layers)
    rows, noise = drawn(generator, 1)
    keys: list[Hashable] = list(range(network.num_layers))
    recordings.run(0, network.start(1), rows, keys, lambda i: noise[i])
    silent = [noise[0], *[None] * (network.num_layers - 1)]
    other = drawn(generator, 2)[0]
    state = network.step(0, network.start(1), other[0:1], noise[0])
    pixels = recordings.run(
        2, state, other, [0, *["silent"] * (network.num_layers - 1)], lambda i: silent[i]
    )
    assert torch.equal(pixels, to_pixels(network.synthesis(other.unsqueeze(0), silent)))


def test_states_within_states_are_not_recorded(generator: contract.Generator) -> None:
    state = for_inference(generator).start(1)
    assert is_recordable(state)
    assert not is_recordable((state, 1))
    assert not is_recordable([torch.zeros(1)])


def test_where_recording_fails_pictures_are_made_without(
    generator: contract.Generator,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    edit = default_edit(generator.num_layers)
    renderer = Renderer(generator, recorded=True)
    renderer.render(edit)

    def fails(*_: object) -> None:
        raise RuntimeError("operation not permitted when stream is capturing")

    monkeypatch.setattr(CudaGraphs, "run", fails)
    for changed in (with_psi(edit, 0.3), with_noise_seed(edit, [2], 9)):
        expected = Renderer(generator).render(changed)
        assert np.array_equal(renderer.render(changed), expected)
    assert len(caplog.records) == 1
    assert caplog.records[0].levelno == logging.WARNING
