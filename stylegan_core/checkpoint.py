"""Checkpoints: networks in one safetensors file, rebuilt from the configuration in its card."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from stylegan_core.card import CARD_VERSION, CheckpointError, Header, read_header
from stylegan_core.limits import FILE_ERRORS, Progress, Reports, reading
from stylegan_core.networks import ARCHITECTURES, Generator, architecture_of
from stylegan_core.networks.weightless import weightless
from stylegan_core.tensor_files import save_tensors

GENERATOR, DISCRIMINATOR = "generator.", "discriminator."  # prefixes of the tensors' names
FEATURES = "feature_discriminators."


def save(
    path: str | Path,
    generator: nn.Module,
    card: Mapping[str, Any],
    discriminator: nn.Module | None = None,
    *,
    halve: bool = True,
    feature_weights: Mapping[str, Tensor] | None = None,
) -> None:
    """Write a checkpoint: the generator as it is, the discriminator in half precision if `halve`.

    `feature_weights` are those of discriminators on pretrained features, always halved.
    `card` holds name, data, training, quality and licence, all JSON; architecture, configuration
    and content hash are added here. The file appears whole or not at all. Raises `WriteError`.
    """
    tensors = _generator_tensors(generator)
    full_card = {
        **card,
        "card_version": CARD_VERSION,
        "architecture": architecture_of(generator),
        "config": asdict(generator.config),  # type: ignore[call-overload]
        "content_hash": content_hash(tensors),
    }
    if discriminator is not None:
        for name, value in _weights(discriminator).items():
            tensors[DISCRIMINATOR + name] = value.half() if halve else value
    for name, value in (feature_weights or {}).items():
        tensors[FEATURES + name] = value.detach().cpu().contiguous().half()
    save_tensors(Path(path), tensors, {"card": json.dumps(full_card)})


def load(
    path: str | Path, device: str | torch.device = "cpu", progress: Progress | None = None
) -> Generator:
    """Return the generator, in evaluation mode, float32. Raises `CheckpointError`.

    An error that `progress(done, total)` raises, in tensors, ends the loading.
    """
    network: Generator = _load(Path(path), GENERATOR, device, progress)
    return network


def load_discriminator(path: str | Path, device: str | torch.device = "cpu") -> nn.Module:
    """Return the discriminator beside the generator, float32. Raises `CheckpointError`."""
    network: nn.Module = _load(Path(path), DISCRIMINATOR, device)
    return network


def load_feature_weights(path: str | Path) -> dict[str, Tensor]:
    """Return the weights of discriminators on pretrained features by name, float32.

    The dictionary is empty if the checkpoint has no such discriminators. Raises `CheckpointError`.
    """
    path = Path(path)
    names = [name for name in read_header(path).tensors if name.startswith(FEATURES)]
    tensors = _read_tensors(path, names) if names else {}
    return {name.removeprefix(FEATURES): value for name, value in tensors.items()}


def content_hash(tensors: Mapping[str, Tensor]) -> str:
    """Return the SHA-256 of names, types, shapes and values, by which recipes identify a model."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        value = tensors[name]
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}\n".encode())
        digest.update(value.contiguous().numpy().tobytes())
    return digest.hexdigest()


def hash_of(generator: nn.Module) -> str:
    """Return the content hash that `save` would give a generator."""
    return content_hash(_generator_tensors(generator))


def _generator_tensors(generator: nn.Module) -> dict[str, Tensor]:
    return {GENERATOR + name: value for name, value in _weights(generator).items()}


def _weights(network: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}


def _load(
    path: Path, prefix: str, device: str | torch.device, progress: Progress | None = None
) -> Any:
    header = read_header(path)
    with reading(path.stat().st_size):
        network = _build(path, header, prefix)
    expected = network.state_dict()
    shapes = {
        name.removeprefix(prefix): tensor.shape
        for name, tensor in header.tensors.items()
        if name.startswith(prefix)
    }
    if prefix == DISCRIMINATOR and not shapes:
        raise CheckpointError(f"{path.name} holds a generator only, no discriminator.")
    _check_shapes(path, {name: tuple(value.shape) for name, value in expected.items()}, shapes)
    tensors = _read_tensors(path, [prefix + name for name in expected], progress)
    weights = {name: tensors[prefix + name] for name in expected}
    network.load_state_dict(weights, assign=True)
    return network.to(device).eval().requires_grad_(False)


def _read_tensors(
    path: Path, names: Sequence[str], progress: Progress | None = None
) -> dict[str, Tensor]:
    """Return copies of tensors, float32: nothing of the file is needed afterwards."""
    reports, tensors = Reports(progress), {}
    try:
        with safe_open(path, framework="pt") as file:
            for done, name in enumerate(names):
                reports.report(done, len(names))
                tensors[name] = file.get_tensor(name).to(torch.float32, copy=True)
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path.name} is damaged: {error}.") from error
    return tensors


def _build(path: Path, header: Header, prefix: str) -> Any:
    """Make the network that the card describes, without allocating its weights."""
    name = header.card.get("architecture")
    architecture = ARCHITECTURES.get(str(name))
    if architecture is None:
        known = ", ".join(ARCHITECTURES)
        raise CheckpointError(
            f"{path.name} has the architecture '{name}', which this program does not know "
            f"(it knows {known})."
        )
    with weightless(), _configuration_errors(path):
        config = architecture.config(**header.card["config"])
        if prefix == GENERATOR:
            return architecture.generator(config, header.card)
        if architecture.discriminator is None:
            raise CheckpointError(
                f"{path.name} is of the architecture '{name}', for which this program has no "
                "discriminator: only its generator can be loaded."
            )
        try:
            return architecture.discriminator(config)
        except ValueError as error:
            raise CheckpointError(
                f"{path.name} holds a generator only, no discriminator: {error}."
            ) from error


@contextmanager
def _configuration_errors(path: Path) -> Iterator[None]:
    """Turn what an impossible configuration makes networks raise into a `CheckpointError`."""
    try:
        yield
    except CheckpointError:
        raise
    except FILE_ERRORS as error:
        raise CheckpointError(
            f"{path.name} is damaged: its configuration makes no sense ({error})."
        ) from error


def _check_shapes(
    path: Path, expected: Mapping[str, tuple[int, ...]], stored: Mapping[str, tuple[int, ...]]
) -> None:
    for problem, names in (
        ("lacks", expected.keys() - stored.keys()),
        ("has the unknown", stored.keys() - expected.keys()),
        ("has the wrong shape of", {n for n in expected if stored.get(n) != expected[n]}),
    ):
        if names:
            raise CheckpointError(
                f"{path.name} does not fit its own architecture: it {problem} "
                f"{len(names)} weights, among them '{min(names)}'."
            )
