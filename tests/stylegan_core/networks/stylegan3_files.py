"""Layers as official StyleGAN 3 and StyleGAN-XL files describe them."""

from typing import Any

from stylegan_core.networks.stylegan3.config import StyleGAN3Config
from stylegan_core.networks.stylegan3.geometry import LayerSpec, published_layers


def layers_from_kwargs(resolution: int, kwargs: dict[str, Any]) -> tuple[LayerSpec, ...]:
    return published_layers(
        resolution,
        channel_base=kwargs.get("channel_base", 32768),
        channel_max=kwargs.get("channel_max", 512),
        kernel=kwargs.get("conv_kernel", 3),
        radial=kwargs.get("use_radial_filters", False),
        depth=kwargs.get("num_layers", 14),
    )


def attributes_of(config: StyleGAN3Config) -> dict[str, dict[str, Any]]:
    """Return the attributes of the official network's modules that the importer reads."""
    first = config.layers[0]
    attributes: dict[str, dict[str, Any]] = {
        "mapping": {"z_dim": config.z_dim},
        "mapping.fc0": {"bias_gain": config.mapping_lr_multiplier},
        "synthesis": {
            "layer_names": [spec.name for spec in config.layers],
            "output_scale": config.output_scale,
        },
        "synthesis.input": {
            "size": [first.size_in, first.size_in],
            "sampling_rate": float(first.rate_in),
            "bandwidth": first.cutoff_in,
        },
    }
    for spec in config.layers:
        attributes[f"synthesis.{spec.name}"] = {
            "in_size": [spec.size_in] * 2,
            "out_size": [spec.size] * 2,
            "in_sampling_rate": spec.rate_in,
            "out_sampling_rate": spec.rate,
            "in_cutoff": spec.cutoff_in,
            "out_cutoff": spec.cutoff,
            "in_half_width": spec.half_width_in,
            "out_half_width": spec.half_width,
            "up_factor": spec.up,
            "down_factor": spec.down,
            "padding": [*spec.padding, *spec.padding],
            "is_torgb": spec.to_rgb,
            "conv_clamp": spec.clamp,
        }
    return attributes
