"""Devices and number formats."""

import pytest
import torch

from eventroles.config import Precision
from eventroles.errors import ConfigError
from eventroles.runtime import autocast, has_fast_bfloat16, pick_device, use_bfloat16

CPU = torch.device("cpu")


def test_a_named_device_is_taken() -> None:
    assert pick_device("cpu") == CPU


@pytest.mark.parametrize("name", ["gpu", "cuda:99", "", "cpu:x"])
def test_a_device_that_is_not_here_is_refused(name: str) -> None:
    with pytest.raises(
        ConfigError, match=rf"--device: must be a device of this machine, but '{name}' is not\. Use auto"
    ):
        pick_device(name)


@pytest.mark.parametrize("accelerator", [None, torch.device("cuda")])
def test_auto_takes_the_accelerator_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, accelerator: torch.device | None
) -> None:
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda *_, **__: accelerator)
    assert pick_device() == (accelerator or CPU)


@pytest.mark.parametrize("has_avx512", [True, False])
@pytest.mark.parametrize("has_amx", [True, False])
def test_a_cpu_is_fast_in_bfloat16_with_its_own_instructions(
    monkeypatch: pytest.MonkeyPatch, has_avx512: bool, has_amx: bool
) -> None:
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: has_avx512)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: has_amx)
    assert has_fast_bfloat16(CPU) is (has_avx512 or has_amx)


@pytest.mark.parametrize("is_supported", [True, False])
def test_a_gpu_is_asked_for_hardware_not_emulation(monkeypatch: pytest.MonkeyPatch, is_supported: bool) -> None:
    monkeypatch.setattr(
        torch.cuda, "is_bf16_supported", lambda including_emulation=True: including_emulation or is_supported
    )
    assert has_fast_bfloat16(torch.device("cuda")) is is_supported


def test_other_devices_are_not_taken_to_be_fast() -> None:
    assert not has_fast_bfloat16(torch.device("meta"))


@pytest.mark.parametrize("is_fast", [True, False])
def test_only_auto_depends_on_the_hardware(monkeypatch: pytest.MonkeyPatch, is_fast: bool) -> None:
    monkeypatch.setattr("eventroles.runtime.has_fast_bfloat16", lambda _: is_fast)
    assert use_bfloat16(Precision.AUTO, CPU) is is_fast
    assert use_bfloat16(Precision.BFLOAT16, CPU) is True
    assert use_bfloat16(Precision.FLOAT32, CPU) is False


@pytest.mark.parametrize(
    ("precision", "dtype"), [(Precision.FLOAT32, torch.float32), (Precision.BFLOAT16, torch.bfloat16)]
)
def test_products_are_computed_in_the_chosen_format(precision: Precision, dtype: torch.dtype) -> None:
    with autocast(precision, CPU):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == dtype
    assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32
