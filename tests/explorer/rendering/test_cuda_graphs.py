"""CUDA graphs, here without CUDA: pictures from tensors that stay in place are the same.

`tests/test_gpu.py` replays captured ones.
"""

import logging
from collections.abc import Hashable

import numpy as np
import pytest
import torch
from torch import Tensor

from explorer.edit.edit import default_edit
from explorer.edit.ops import with_noise_seed, with_psi
from explorer.rendering.cuda_graphs import CudaGraphs, is_capturable
from explorer.rendering.renderer import Renderer
from explorer.rendering.synthesis import to_pixels
from stylegan_core.errors import UserError
from stylegan_core.networks import contract
from stylegan_core.networks.inference.for_inference import for_inference
from tests.small_networks import make_generator, make_stylegan2

CPU = torch.device("cpu")
GENERATORS: dict[str, contract.Generator] = {
    "stylegan1": make_generator(),
    "stylegan2": make_stylegan2(),
}


@pytest.fixture(params=GENERATORS)
def generator(request: pytest.FixtureRequest) -> contract.Generator:
    return GENERATORS[request.param]


def drawn(generator: contract.Generator, seed: int) -> tuple[Tensor, list[Tensor | None]]:
    """Draw rows of W+ [L, D] and a noise map for each layer that takes one."""
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
def test_a_graph_resumes_where_another_left_a_state(generator: contract.Generator) -> None:
    network = for_inference(generator)
    half_layers = 2 * network.num_layers
    graphs = CudaGraphs(network, CPU, [True] * half_layers)
    rows, noise = drawn(generator, 0)
    asked: list[int] = []

    def of_layer(i: int) -> Tensor | None:
        asked.append(i)
        return noise[i]

    places = ((0, 0), (6, 3), (half_layers - 2, network.num_layers - 1), (0, 0))
    for seed, (first, change) in enumerate(places, 10):
        new_rows, new_noise = drawn(generator, seed)
        rows = torch.cat([rows[:change], new_rows[change:]])
        noise = noise[:change] + new_noise[change:]
        keys: list[Hashable] = [None if n is None else n.sum().item() for n in noise]
        state = graphs.states[first] or network.start(1)
        asked.clear()
        pixels = graphs.run(first, state, rows, keys, of_layer)
        expected = to_pixels(network.synthesis(rows.unsqueeze(0), noise))
        assert torch.equal(pixels, expected)
        assert asked == [
            i for i in range(change, network.num_layers) if generator.layers[i].takes_noise
        ]


@torch.inference_mode()
def test_a_state_from_elsewhere_is_copied_and_noise_may_stop(
    generator: contract.Generator,
) -> None:
    network = for_inference(generator)
    graphs = CudaGraphs(network, CPU, [True] * 2 * network.num_layers)
    rows, noise = drawn(generator, 1)
    keys: list[Hashable] = list(range(network.num_layers))
    graphs.run(0, network.start(1), rows, keys, lambda i: noise[i])
    silent = [noise[0], *[None] * (network.num_layers - 1)]
    other = drawn(generator, 2)[0]
    state = network.step(0, network.start(1), other[0:1], noise[0])
    pixels = graphs.run(
        2, state, other, [0, *["silent"] * (network.num_layers - 1)], lambda i: silent[i]
    )
    assert torch.equal(pixels, to_pixels(network.synthesis(other.unsqueeze(0), silent)))


@torch.inference_mode()
def test_an_error_while_noise_is_made_leaves_no_stale_noise(generator: contract.Generator) -> None:
    """The layers before the failing one hold new noise by then, which must not pass for the old."""
    network = for_inference(generator)
    graphs = CudaGraphs(network, CPU, [True] * 2 * network.num_layers)
    rows, noise = drawn(generator, 3)
    other = drawn(generator, 4)[1]
    keys: list[Hashable] = list(range(network.num_layers))
    graphs.run(0, network.start(1), rows, keys, lambda i: noise[i])

    def missing_in_layer_2(i: int) -> Tensor | None:
        if i == 2:
            raise UserError("This noise is not here.")
        return other[i]

    with pytest.raises(UserError):
        graphs.run(0, network.start(1), rows, ["other"] * len(keys), missing_in_layer_2)
    pixels = graphs.run(0, network.start(1), rows, keys, lambda i: noise[i])
    assert torch.equal(pixels, to_pixels(network.synthesis(rows.unsqueeze(0), noise)))


def test_states_within_states_are_not_captured(generator: contract.Generator) -> None:
    state = for_inference(generator).start(1)
    assert is_capturable(state)
    assert not is_capturable((state, 1))
    assert not is_capturable([torch.zeros(1)])


def test_where_graphs_fail_pictures_are_made_without(
    generator: contract.Generator,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    edit = default_edit(generator.num_layers)
    renderer = Renderer(generator, uses_graphs=True)
    renderer.render(edit)

    def fails(*_: object) -> None:
        raise RuntimeError("operation not permitted when stream is capturing")

    monkeypatch.setattr(CudaGraphs, "run", fails)
    for changed in (with_psi(edit, 0.3), with_noise_seed(edit, [2], 9)):
        expected = Renderer(generator).render(changed)
        assert np.array_equal(renderer.render(changed), expected)
    assert len(caplog.records) == 1
    assert caplog.records[0].levelno == logging.WARNING
