"""Devices: "auto", "cpu", "cuda", "cuda:1" or "mps"; which are here, and which have failed."""

from stylegan_core.errors import UserError

KINDS = ("cuda", "mps", "cpu")  # the fastest first
_SIGNS = ("CUDA", "cuDNN", "CUDNN", "CUBLAS", "CUFFT", "NVRTC", "HIP error", "MPS")
"""Words in the errors of torch that speak of a device, apart from the program."""


class DeviceError(UserError):
    """A device that this computer does not have."""


def choose_device(name: str) -> str:
    """Return the device that a name stands for; "auto" prefers CUDA, then Apple MPS, then the CPU.

    Raises `DeviceError` for a device that this computer does not have.
    """
    if name == "auto":
        return next(kind for kind in KINDS if absence(kind) is None)
    reason = absence(name)
    if reason is not None:
        choices = ", ".join(kind for kind in reversed(KINDS) if absence(kind) is None)
        raise DeviceError(
            f"The device '{name}' is not available here: {reason}. Choose one of: auto, {choices}."
        )
    return name


def absence(name: str) -> str | None:
    """Return in a few words why a device is not here, or None if it is. "auto" is always here."""
    if name in ("auto", "cpu"):
        return None
    if name == "mps":
        return _absence_of_mps()
    kind, colon, index = name.partition(":")
    if kind != "cuda":
        return "there is no device of that name"
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if not torch.backends.cuda.is_built():  # type: ignore[no-untyped-call]
        return "this PyTorch is built without it"
    if not count:
        return "no GPU was found"
    if colon and not (index.isdecimal() and int(index) < count):
        return f"only {count} GPU{'s were' if count > 1 else ' was'} found"
    return None


def _absence_of_mps() -> str | None:
    import torch

    if torch.backends.mps.is_available():
        return None
    is_built = torch.backends.mps.is_built()
    return "no GPU was found" if is_built else "this PyTorch is built without it"


def is_device_failure(error: Exception) -> bool:
    """Tell whether a device is to blame for an error, so that another one may do."""
    if isinstance(error, DeviceError):
        return True
    is_of_torch = isinstance(error, RuntimeError | AssertionError)
    return is_of_torch and any(sign in str(error) for sign in _SIGNS)


def device_failure(error: Exception) -> str:
    """Return a sentence on an error for which a device is to blame."""
    if isinstance(error, DeviceError):
        return str(error)
    text = str(error).strip().splitlines()[0].rstrip(".")
    return f"The device failed: {text}. The processor (cpu) does the same work, only slower."
