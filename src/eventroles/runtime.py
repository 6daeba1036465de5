"""What the machine offers: devices and number formats."""

import contextlib

import torch

from eventroles.config import Precision
from eventroles.errors import ConfigError


def pick_device(name: str = "auto") -> torch.device:
    """Choose the device to compute on.

    Args:
        name: A torch device such as `cpu` or `cuda:1`; `auto` takes the first accelerator there is, else the CPU.

    Returns:
        The device.

    Raises:
        ConfigError: This machine has no such device.
    """
    if name != "auto":
        try:
            return torch.empty(0, device=name).device
        except (RuntimeError, AssertionError) as error:
            raise ConfigError(
                f"--device: must be a device of this machine, but '{name}' is not. "
                "Use auto, cpu, or cuda where there is one."
            ) from error
    accelerator = torch.accelerator.current_accelerator()
    return torch.device("cpu") if accelerator is None else accelerator


def has_fast_bfloat16(device: torch.device) -> bool:
    """Tell whether bfloat16 arithmetic is in hardware there (AVX512-BF16 or AMX on a CPU)."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type == "cpu":
        return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
    return False


def use_bfloat16(precision: Precision, device: torch.device) -> bool:
    """Decide between bfloat16 and float32; `auto` takes bfloat16 where it is in hardware."""
    return precision is Precision.BFLOAT16 or (precision is Precision.AUTO and has_fast_bfloat16(device))


def autocast(precision: Precision, device: torch.device) -> contextlib.AbstractContextManager[object]:
    """Compute matrix products in the chosen precision inside a `with` block."""
    if use_bfloat16(precision, device):
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return contextlib.nullcontext()
