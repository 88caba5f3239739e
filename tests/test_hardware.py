"""Hardware: the catalogue of sizes, what a step asks for, and what each target makes of it."""

from __future__ import annotations

import pytest

from pipelift.compiler.sdk.vm_sizes import Size, size_of, vm_sizes


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("STANDARD_NC6", Size(6, 56, 1, "NVIDIA Tesla K80")),
        ("standard_nc24rs_v3", Size(24, 448, 4, "NVIDIA Tesla V100")),
        ("Standard_NC64as_T4_v3", Size(64, 440, 4, "NVIDIA T4")),
        ("nd96asr_v4", Size(96, 900, 8, "NVIDIA A100")),
        ("Standard_ND96isr_MI300X_v5", Size(96, 1850, 8, "AMD Instinct MI300X")),
        ("Standard_NV6ads_A10_v5", Size(6, 55, 1, "NVIDIA A10 (1/6)")),
        ("STANDARD_D2_V2", Size(2, 7)),
        (" Standard_DS3_v2 ", Size(4, 14)),
        ("Standard_E64is_v3", Size(64, 432)),
        ("Standard_F72s_v2", Size(72, 144)),
        ("Standard_M128-64ms", Size(64, 3892)),
        ("Standard_HB120rs_v2", Size(120, 456)),
        ("Standard_A1_v2", Size(1, 2)),
    ],
)
def test_sizes_in_any_case_with_and_without_the_prefix(name: str, size: Size) -> None:
    assert size_of(name) == size


def test_a_size_that_nobody_offers_is_not_known() -> None:
    assert size_of("STANDARD_NC7") is None


def test_the_catalogue_is_sound() -> None:
    assert len(vm_sizes()) > 600
    for name, size in vm_sizes().items():
        assert size.cpus > 0, name
        assert size.memory > 0, name
        assert bool(size.gpus) == bool(size.gpu_model), name
