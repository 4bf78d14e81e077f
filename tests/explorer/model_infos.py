"""Descriptions of models that do not exist, for tests that need no network."""

from explorer.edit.model_info import ModelInfo, ModelLayer


def model_info_with(num_layers: int, c_dim: int = 0) -> ModelInfo:
    """Describe a model of 64 px named "m", with the digest "00" and two layers a resolution."""
    layers = tuple(
        ModelLayer(f"layer {i}", 4 << i // 2, "coarse", True, True) for i in range(num_layers)
    )
    return ModelInfo("m", "m.safetensors", "00", 64, layers, 24, c_dim, True, "cpu")
