"""The parameter names of the official R3GAN (PyTorch). Its sizes follow from the shapes alone.

`MainLayers` are stages; the generator's begin with a basis or a resampler, the discriminator's end
with them.
"""

from collections.abc import Mapping, Sequence
from itertools import takewhile

from stylegan_core.importers.network import Network
from stylegan_core.importers.tables import Rule, same
from stylegan_core.networks.r3gan import MAX_BLOCKS, R3GANConfig

Shapes = Mapping[str, Sequence[int]]

BLOCK = {
    "expand": "LinearLayer1.Layer.weight",
    "bias0": "NonLinearity1.Bias",
    "convolve": "LinearLayer2.Layer.weight",
    "bias1": "NonLinearity2.Bias",
    "reduce": "LinearLayer3.Layer.weight",
}
MAIN = "Model.MainLayers."
TO_RGB = "Model.AggregationLayer.Layer.weight"
EMBEDDING = "Model.EmbeddingLayer.weight"


def config_of(generator: Network, discriminator: Network | None = None) -> R3GANConfig:
    """The configuration of a file's generator. KeyError or ValueError if there is none."""
    return config_from_shapes(generator.arrays.shapes)


def config_from_shapes(shapes: Shapes) -> R3GANConfig:
    """The configuration that a generator's parameters have. KeyError or ValueError if none."""
    embedding_dim, c_dim = shapes.get(EMBEDDING, (0, 0))
    count = 1 + max(int(name.split(".")[2]) for name in shapes if name.startswith(MAIN))
    convolutions = [_convolutions(shapes, stage) for stage in range(count)]
    width, w_dim = shapes[f"{MAIN}0.Layers.0.LinearLayer.weight"]
    hidden = convolutions[0][0][0]
    return R3GANConfig(
        z_dim=w_dim - embedding_dim,
        c_dim=c_dim,
        embedding_dim=embedding_dim,
        widths=tuple(shapes[_block(i, 1) + BLOCK["expand"]][1] for i in range(count)),
        cardinalities=tuple(some[0][0] // some[0][1] for some in convolutions),
        blocks=tuple(map(len, convolutions)),
        expansion=hidden // width,
        image_channels=shapes[TO_RGB][0],
    )


def generator_rules(config: R3GANConfig) -> dict[str, Rule]:
    """Our parameter name -> the official one, for the generator."""
    rules = {"to_rgb": Rule(TO_RGB, same)} | _embedding(config)
    for name, theirs in (("basis", "Basis"), ("project", "LinearLayer.weight")):
        rules[name] = Rule(f"{MAIN}0.Layers.0.{theirs}", same)
    for i, count in enumerate(config.blocks):
        rules |= _blocks(f"stages.{i}", i, range(1, count + 1))
        if i:
            rules |= _resampler(config, i - 1, f"{MAIN}{i}.Layers.0")
    return rules


def discriminator_rules(config: R3GANConfig) -> dict[str, Rule]:
    """Our parameter name -> the official one, for the discriminator. Its stages count down."""
    rules = {"from_rgb": Rule("Model.ExtractionLayer.Layer.weight", same)} | _embedding(config)
    for i, count in enumerate(config.blocks):
        stage = len(config.blocks) - 1 - i
        rules |= _blocks(f"stages.{i}", stage, range(count))
        after = f"{MAIN}{stage}.Layers.{count}"
        if i:
            rules |= _resampler(config, i - 1, after)
        else:
            rules["basis"] = Rule(f"{after}.Basis.weight", same)
            rules["project"] = Rule(f"{after}.LinearLayer.weight", same)
    return rules


def _embedding(config: R3GANConfig) -> dict[str, Rule]:
    return {"embed": Rule(EMBEDDING, same)} if config.c_dim else {}


def _blocks(ours: str, stage: int, numbers: Sequence[int]) -> dict[str, Rule]:
    return {
        f"{ours}.{k}.{name}": Rule(_block(stage, number) + theirs, same)
        for k, number in enumerate(numbers)
        for name, theirs in BLOCK.items()
    }


def _block(stage: int, number: int) -> str:
    return f"{MAIN}{stage}.Layers.{number}."


def _resampler(config: R3GANConfig, i: int, theirs: str) -> dict[str, Rule]:
    rules = {f"resamplers.{i}.kernel": Rule(f"{theirs}.Resampler.Kernel", same)}
    if config.widths[i] != config.widths[i + 1]:
        rules[f"resamplers.{i}.project"] = Rule(f"{theirs}.LinearLayer.Layer.weight", same)
    return rules


def _convolutions(shapes: Shapes, stage: int) -> list[Sequence[int]]:
    """The shapes of the grouped convolutions of a generator's stage, block by block."""
    names = (_block(stage, number) + BLOCK["convolve"] for number in range(1, MAX_BLOCKS + 1))
    return [shapes[name] for name in takewhile(shapes.__contains__, names)]
