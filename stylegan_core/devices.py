"""Names of devices: "auto", "cpu", "cuda", "cuda:1" or "mps"."""

from stylegan_core.errors import UserError


def choose_device(name: str) -> str:
    """Return the device that a name stands for; "auto" prefers CUDA, then Apple MPS, then the CPU.

    Raises `UserError` for a device that this computer does not have.
    """
    import torch

    available = {"cpu": True, "cuda": torch.cuda.is_available()}
    available["mps"] = torch.backends.mps.is_available()
    if name == "auto":
        return next(kind for kind in ("cuda", "mps", "cpu") if available[kind])
    kind, colon, index = name.partition(":")
    count = torch.cuda.device_count() if kind == "cuda" else 1
    has_index = not colon or (index.isdecimal() and int(index) < count)
    if not available.get(kind, False) or not has_index:
        choices = ", ".join(kind for kind, is_available in available.items() if is_available)
        raise UserError(
            f"The device '{name}' is not available here; choose one of: auto, {choices}."
        )
    return name
