"""Key tables of the official R3GAN (PyTorch). Its sizes follow from the shapes alone.

Its `MainLayers` are the stages. The generator's stages begin with the basis or a resampler, the
discriminator's end with it.
"""

from collections.abc import Mapping, Sequence
from itertools import count, takewhile

from stylegan_core.importers.family import Family
from stylegan_core.importers.network import Network
from stylegan_core.importers.tables import Rule, same
from stylegan_core.networks.r3gan import R3GANConfig

Shapes = Mapping[str, Sequence[int]]

BLOCK = {
    "expand": "LinearLayer1.Layer.weight",
    "bias0": "NonLinearity1.Bias",
    "convolve": "LinearLayer2.Layer.weight",
    "bias1": "NonLinearity2.Bias",
    "reduce": "LinearLayer3.Layer.weight",
}
"""Our name -> the official one, within a block."""

STAGES = "Model.MainLayers."
TO_RGB = "Model.AggregationLayer.Layer.weight"
FROM_RGB = "Model.ExtractionLayer.Layer.weight"
EMBEDDING = "Model.EmbeddingLayer.weight"


def config_of(generator: Network, discriminator: Network | None = None) -> R3GANConfig:
    """Return the configuration of a file's generator. KeyError or ValueError if there is none."""
    return config_from_shapes(generator.arrays.shapes)


def config_from_shapes(shapes: Shapes) -> R3GANConfig:
    """Return the configuration of a generator with these shapes. KeyError or ValueError if none."""
    embedding_dim, c_dim = shapes.get(EMBEDDING, (0, 0))
    stages = range(len({name.split(".")[2] for name in shapes if name.startswith(STAGES)}))
    convolutions = [_convolution_shapes(shapes, stage) for stage in stages]
    width, w_dim = shapes[f"{STAGES}0.Layers.0.LinearLayer.weight"]
    hidden_width = convolutions[0][0][0]
    return R3GANConfig(
        z_dim=w_dim - embedding_dim,
        c_dim=c_dim,
        embedding_dim=embedding_dim,
        widths=tuple(shapes[_block(i, 1) + BLOCK["expand"]][1] for i in stages),
        cardinalities=tuple(blocks[0][0] // blocks[0][1] for blocks in convolutions),
        blocks=tuple(map(len, convolutions)),
        expansion=hidden_width // width,
        image_channels=shapes[TO_RGB][0],
    )


def _convolution_shapes(shapes: Shapes, stage: int) -> list[Sequence[int]]:
    """Return the shapes of the grouped convolutions of a generator's stage, block by block."""
    names = (_block(stage, number) + BLOCK["convolve"] for number in count(1))
    return [shapes[name] for name in takewhile(shapes.__contains__, names)]


def generator_rules(config: R3GANConfig) -> dict[str, Rule]:
    """Return our parameter names and the official ones, for the generator."""
    rules = {"to_rgb": Rule(TO_RGB, same)} | _embedding_rules(config)
    for name, theirs in (("basis", "Basis"), ("project", "LinearLayer.weight")):
        rules[name] = Rule(f"{STAGES}0.Layers.0.{theirs}", same)
    for i, blocks in enumerate(config.blocks):
        rules |= _block_rules(f"stages.{i}", i, range(1, blocks + 1))
        if i:
            rules |= _resampler_rules(config, i - 1, f"{STAGES}{i}.Layers.0")
    return rules


def discriminator_rules(config: R3GANConfig) -> dict[str, Rule]:
    """Return our parameter names and the official ones, for the discriminator.

    Officially its stages count from the highest resolution down.
    """
    rules = {"from_rgb": Rule(FROM_RGB, same)} | _embedding_rules(config)
    for i, blocks in enumerate(config.blocks):
        stage = len(config.blocks) - 1 - i
        rules |= _block_rules(f"stages.{i}", stage, range(blocks))
        last = f"{STAGES}{stage}.Layers.{blocks}"
        if i:
            rules |= _resampler_rules(config, i - 1, last)
        else:
            rules["basis"] = Rule(f"{last}.Basis.weight", same)
            rules["project"] = Rule(f"{last}.LinearLayer.weight", same)
    return rules


def _embedding_rules(config: R3GANConfig) -> dict[str, Rule]:
    return {"embed": Rule(EMBEDDING, same)} if config.c_dim else {}


def _block_rules(ours: str, stage: int, numbers: Sequence[int]) -> dict[str, Rule]:
    return {
        f"{ours}.{k}.{name}": Rule(_block(stage, number) + theirs, same)
        for k, number in enumerate(numbers)
        for name, theirs in BLOCK.items()
    }


def _block(stage: int, number: int) -> str:
    return f"{STAGES}{stage}.Layers.{number}."


def _resampler_rules(config: R3GANConfig, i: int, theirs: str) -> dict[str, Rule]:
    rules = {f"resamplers.{i}.kernel": Rule(f"{theirs}.Resampler.Kernel", same)}
    if config.widths[i] != config.widths[i + 1]:
        rules[f"resamplers.{i}.project"] = Rule(f"{theirs}.LinearLayer.Layer.weight", same)
    return rules


FAMILY = Family("r3gan", config_of, generator_rules, discriminator_rules)
