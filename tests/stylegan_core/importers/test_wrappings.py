"""A generator opens alone, as weights alone, and under the names with which people save it."""

import pickle
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

import stylegan_core
from stylegan_core import importers, picture
from stylegan_core.importers.opening import opened
from tests.stylegan_core.importers import test_stylegan2_rosinality as rosinality
from tests.stylegan_core.importers import torch_pickles
from tests.stylegan_core.importers.fake_modules import fake_module
from tests.stylegan_core.importers.files import numbers, pickle_of, refusal
from tests.stylegan_core.importers.torch_pickles import PERSISTENCE, Module
from tests.stylegan_core.importers.torch_pickles import _reconstruct_persistent_obj as reconstruct

State = Mapping[str, Tensor]
GENERATORS = {  # golden arrays and their prefix -> a pickle of the same generator
    ("sg2_skip_g", "param/"): "sg2ada_skip64_torch213",
    ("sg3_t", "param/"): "sg3_t64_proto4_np1",
    ("sg3_r", "param/"): "sg3_r64_torch213",
    ("r3gan_uncond", "param/G/"): "r3gan_uncond32_np1",
}


def weights_of(name: str, prefix: str = "param/") -> dict[str, Tensor]:
    """Return the state dict of an official generator."""
    return {key: torch.from_numpy(value) for key, value in numbers(name, prefix).items()}


def prefixed(state: State, prefix: str) -> dict[str, Tensor]:
    return {prefix + name: value for name, value in state.items()}


def content_hash(path: Path) -> str:
    return str(stylegan_core.load(path).card["content_hash"])


@pytest.mark.parametrize(("name", "prefix"), GENERATORS)
def test_weights_alone_give_the_same_network(tmp_path: Path, name: str, prefix: str) -> None:
    torch.save(weights_of(name, prefix), tmp_path / "weights.pt")
    alone = stylegan_core.load(tmp_path / "weights.pt")
    whole = stylegan_core.load(pickle_of(GENERATORS[name, prefix]))
    assert alone.card["content_hash"] == whole.card["content_hash"]
    assert torch.equal(picture.of_seed(alone, 3), picture.of_seed(whole, 3))


WRAPPINGS: dict[str, Callable[[State], Any]] = {
    "bare": lambda state: state,
    "ordered": OrderedDict,
    "G_ema": lambda state: {"G_ema": state, "G": noisy(state), "D": {"b4.out.weight": state}},
    "g": lambda state: {"g": state},
    "generator": lambda state: {"generator": state, "epoch": 7},
    "state_dict": lambda state: {"state_dict": state, "args": {"lr": 0.1}},
    "params_ema": lambda state: {"params": noisy(state), "params_ema": state},
    "netG": lambda state: {"netG": state, "netD": {"weight": torch.zeros(3)}},
    "model, netG_ema": lambda state: {"model": {"netG": noisy(state), "netG_ema": state}},
    "DataParallel": lambda state: prefixed(state, "module."),
    "DataParallel in a state dict": lambda state: {"state_dict": prefixed(state, "module.")},
    "two prefixes": lambda state: prefixed(noisy(state), "G.") | prefixed(state, "G_ema."),
    "list": lambda state: [noisy(state), {"b4.out.weight": torch.zeros(3)}, state],
    "encoder and decoder": lambda state: {
        "state_dict": {"encoder.weight": torch.zeros(3)} | prefixed(state, "decoder."),
    },
}


def noisy(state: State) -> dict[str, Tensor]:
    """Return weights before averaging, which must not be taken."""
    return {name: value + 1 for name, value in state.items()}


@pytest.mark.parametrize("wrap", WRAPPINGS.values(), ids=WRAPPINGS.keys())
def test_common_wrappings_open(tmp_path: Path, wrap: Callable[[State], Any]) -> None:
    torch.save(wrap(weights_of("sg2_skip_g")), tmp_path / "wrapped.pt")
    assert content_hash(tmp_path / "wrapped.pt") == content_hash(
        pickle_of("sg2ada_skip64_torch213")
    )


@pytest.mark.parametrize("wrap", WRAPPINGS.values(), ids=WRAPPINGS.keys())
def test_common_wrappings_of_rosinality_open(tmp_path: Path, wrap: Callable[[State], Any]) -> None:
    """Their average w lies elsewhere, so a substitute replaces it."""
    snapshot = rosinality.snapshot()
    torch.save(snapshot, tmp_path / "usual.pt")
    torch.save(wrap(snapshot["g_ema"]), tmp_path / "wrapped.pt")
    usual, wrapped = (loaded(tmp_path / name) for name in ("usual.pt", "wrapped.pt"))
    assert usual.keys() == wrapped.keys()
    assert all(torch.equal(usual[n], wrapped[n]) for n in usual if n != "w_average")


def loaded(path: Path) -> dict[str, Tensor]:
    """Return the weights of a file's generator as our network has them."""
    network = stylegan_core.load(path)
    assert isinstance(network, torch.nn.Module)
    return network.state_dict()


def test_an_average_w_beside_the_weights_is_used(tmp_path: Path) -> None:
    """Encoders store it once for each row of W+."""
    snapshot = rosinality.snapshot()
    content = {
        "state_dict": prefixed(snapshot["g_ema"], "decoder."),
        "latent_avg": snapshot["latent_avg"].repeat(8, 1),
    }
    torch.save(content, tmp_path / "encoder.pt")
    average = stylegan_core.load(tmp_path / "encoder.pt").w_avg()
    assert average is not None
    torch.testing.assert_close(average[0], snapshot["latent_avg"].float())


class Part(torch.nn.Module):
    """A part of somebody's network; pickled by its name."""


def as_module(state: State) -> torch.nn.Module:
    """Return a tree of modules with these parameters."""
    root = Part()
    for name, value in state.items():
        *path, last = name.split(".")
        module: torch.nn.Module = root
        for part in path:
            if part not in module._modules:
                module.add_module(part, Part())
            module = module.get_submodule(part)
        module.register_parameter(last, torch.nn.Parameter(value))
    return root


@pytest.mark.parametrize("parallel", [False, True], ids=["alone", "DataParallel"])
def test_whole_modules_open(tmp_path: Path, parallel: bool) -> None:
    snapshot = rosinality.snapshot()
    torch.save(snapshot["g_ema"], tmp_path / "weights.pt")
    generator = as_module(snapshot["g_ema"])
    Part.__module__, Part.__qualname__ = "model", "Generator"
    with fake_module("model", Generator=Part):
        torch.save(
            torch.nn.DataParallel(generator) if parallel else generator, tmp_path / "whole.pt"
        )
    assert content_hash(tmp_path / "whole.pt") == content_hash(tmp_path / "weights.pt")


@pytest.mark.parametrize("name", GENERATORS.values())
@pytest.mark.parametrize("suffix", ["pkl", "pt"])
def test_a_generator_alone_gives_the_same_network(tmp_path: Path, name: str, suffix: str) -> None:
    """Both as `pickle.dump(G)` and as `torch.save(G)`."""
    generator = rewritten(pickle_of(name))
    with fake_module(PERSISTENCE, _reconstruct_persistent_obj=reconstruct):
        if suffix == "pt":
            torch.save(generator, tmp_path / "alone.pt")
        else:
            (tmp_path / "alone.pkl").write_bytes(pickle.dumps(generator, 4))
    assert content_hash(tmp_path / f"alone.{suffix}") == content_hash(pickle_of(name))


def rewritten(path: Path) -> Module:
    """Return the generator of a pickle as an object that pickles as the official one does."""
    with opened(path) as contents:
        network = contents.generator
        arrays = {name: np.array(value) for name, value in network.arrays.items()}
    return torch_pickles.network(
        network.class_name, network.kwargs, arrays, network.module_attributes
    )


@pytest.mark.parametrize("end", [b"h\x03.", b"}X\x02\0\0\0Gsh\x03s."], ids=["Gs", "in a dict"])
def test_tensorflow_generators_open_alone(tmp_path: Path, end: bytes) -> None:
    path = pickle_of("sg2tf_skip64")
    data = path.read_bytes()
    tuple_of_three = b"h\x03\x87\x94."  # G and D on the stack, Gs from the memo
    assert data.endswith(tuple_of_three)
    (tmp_path / "gs.pkl").write_bytes(data.removesuffix(tuple_of_three) + end)
    assert content_hash(tmp_path / "gs.pkl") == content_hash(path)


def test_three_modules_of_pytorch_are_not_those_of_tensorflow(tmp_path: Path) -> None:
    generator = rewritten(pickle_of("sg2ada_skip64_torch213"))
    with fake_module(PERSISTENCE, _reconstruct_persistent_obj=reconstruct):
        torch.save((Module("Other"), Module("Discriminator"), generator), tmp_path / "three.pt")
    loaded_generator, discriminator = importers.load_all(tmp_path / "three.pt")
    assert discriminator is None
    expected = content_hash(pickle_of("sg2ada_skip64_torch213"))
    assert loaded_generator.card["content_hash"] == expected


def test_where_a_generator_was_found_is_reported(tmp_path: Path) -> None:
    content = {"model": {"netG_ema": prefixed(weights_of("sg2_skip_g"), "module."), "step": 3}}
    torch.save(content, tmp_path / "wrapped.pt")
    origin = importers.describe(tmp_path / "wrapped.pt")["origin"]
    assert origin["found_at"] == "model.netG_ema.module"
    assert origin["left_out"] == ["step"]


def test_weights_that_leave_the_network_open_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "xl.pt"
    torch.save(weights_of("xl_stem16"), path)
    assert "they alone do not say how it is built" in refusal(path)
    odd = {n.replace("L4_52_16", "L4_68_16"): v for n, v in weights_of("sg3_t").items()}
    torch.save(odd, path)
    assert "its layers are not those of the published design" in refusal(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({}, "an empty dictionary"),
        (
            {"a": 1, "b": {"c": torch.zeros(2, 3)}},
            "'a' (a number), 'b' (1 array, the first 'c' of 2 x 3)",
        ),
        ({"x.weight": torch.zeros(3)}, "1 array, the first 'x.weight' of 3"),
        ([torch.zeros(2, 2), "text"], "a list of 2 values, the first an array of shape 2 x 2"),
        (torch.zeros(()), "an array of shape a single number"),
        ({"line\nbreak": 1}, "'line\\nbreak' (a number)"),
        ({f"key {i}": i for i in range(1000)}, "and 994 more"),
        (torch.nn.Linear(2, 2), "the class 'torch.nn.modules.linear.Linear'"),
    ],
)
def test_unknown_contents_are_named(tmp_path: Path, content: Any, said: str) -> None:
    torch.save(content, tmp_path / "odd.pt")
    message = refusal(tmp_path / "odd.pt")
    assert said in message
    assert "This program opens generators of StyleGAN 1, 2 and 3" in message
    assert len(message) < 900


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_weights_in_a_safetensors_file_open(tmp_path: Path, dtype: torch.dtype) -> None:
    weights = {name: value.to(dtype) for name, value in weights_of("sg2_skip_g").items()}
    save_file(weights, tmp_path / "weights.safetensors")
    torch.save(weights, tmp_path / "weights.pt")
    assert content_hash(tmp_path / "weights.safetensors") == content_hash(tmp_path / "weights.pt")
    written_as = importers.describe(tmp_path / "weights.safetensors")["origin"]["written_as"]
    assert written_as == "safetensors"


def test_a_safetensors_file_of_something_else_is_described(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(2, 3)}, tmp_path / "odd.safetensors")
    assert "1 array, the first 'a' of 2 x 3" in refusal(tmp_path / "odd.safetensors")
    save_file({"a": torch.zeros(2, 3)}, tmp_path / "odd.safetensors", {"card": "not JSON"})
    assert "holds no network" not in refusal(tmp_path / "odd.safetensors")


@pytest.mark.parametrize("kept", [9, 40, 0.5, 0.999])
def test_a_cut_safetensors_file_is_refused(tmp_path: Path, kept: float) -> None:
    path = tmp_path / "cut.safetensors"
    save_file(weights_of("sg2_skip_g"), path)
    data = path.read_bytes()
    path.write_bytes(data[: int(kept if kept > 1 else kept * len(data))])
    assert re.match(r"cut\.safetensors (is|looks) ", refusal(path))
