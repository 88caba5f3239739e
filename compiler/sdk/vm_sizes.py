"""Azure VM sizes that compute clusters offer or offered: vCPUs, memory in GiB, GPUs.

From Microsoft's public size tables (Azure Virtual Machines documentation, series pages), as of 2024.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Size:
    """One VM size; `memory` is in GiB."""

    cpus: int
    memory: float
    gpus: int = 0
    gpu_model: str | None = None


def _family(model: str | None, rows: str) -> dict[str, Size]:
    """Sizes from rows ``NAME cpus memory gpus``, all with the same GPU."""
    sizes = {}
    for row in rows.split(","):
        name, cpus, memory, gpus = row.split()
        count = int(gpus)
        sizes[f"STANDARD_{name}"] = Size(int(cpus), float(memory), count, model if count else None)
    return sizes


VM_SIZES: Mapping[str, Size] = MappingProxyType(
    {
        **_family("NVIDIA Tesla K80", "NC6 6 56 1,NC12 12 112 2,NC24 24 224 4,NC24R 24 224 4"),
        **_family(
            "NVIDIA Tesla P100", "NC6S_V2 6 112 1,NC12S_V2 12 224 2,NC24S_V2 24 448 4,NC24RS_V2 24 448 4"
        ),
        **_family(
            "NVIDIA Tesla V100", "NC6S_V3 6 112 1,NC12S_V3 12 224 2,NC24S_V3 24 448 4,NC24RS_V3 24 448 4"
        ),
        **_family(
            "NVIDIA T4", "NC4AS_T4_V3 4 28 1,NC8AS_T4_V3 8 56 1,NC16AS_T4_V3 16 110 1,NC64AS_T4_V3 64 440 4"
        ),
        **_family(
            "NVIDIA A100", "NC24ADS_A100_V4 24 220 1,NC48ADS_A100_V4 48 440 2,NC96ADS_A100_V4 96 880 4"
        ),
        **_family("NVIDIA H100", "NC40ADS_H100_V5 40 320 1,NC80ADIS_H100_V5 80 640 2"),
        **_family("NVIDIA Tesla P40", "ND6S 6 112 1,ND12S 12 224 2,ND24S 24 448 4,ND24RS 24 448 4"),
        **_family("NVIDIA Tesla V100", "ND40RS_V2 40 672 8"),
        **_family("NVIDIA A100", "ND96ASR_V4 96 900 8,ND96AMSR_A100_V4 96 1900 8"),
        **_family("NVIDIA H100", "ND96ISR_H100_V5 96 1900 8"),
        **_family("NVIDIA Tesla M60", "NV6 6 56 1,NV12 12 112 2,NV24 24 224 4"),
        **_family("NVIDIA Tesla M60", "NV12S_V3 12 112 1,NV24S_V3 24 224 2,NV48S_V3 48 448 4"),
        **_family(
            None, "A1_V2 1 2 0,A2_V2 2 4 0,A4_V2 4 8 0,A8_V2 8 16 0,A2M_V2 2 16 0,A4M_V2 4 32 0,A8M_V2 8 64 0"
        ),
        **_family(
            None, "D1 1 3.5 0,D2 2 7 0,D3 4 14 0,D4 8 28 0,D11 2 14 0,D12 4 28 0,D13 8 56 0,D14 16 112 0"
        ),
        **_family(None, "D1_V2 1 3.5 0,D2_V2 2 7 0,D3_V2 4 14 0,D4_V2 8 28 0,D5_V2 16 56 0"),
        **_family(None, "D11_V2 2 14 0,D12_V2 4 28 0,D13_V2 8 56 0,D14_V2 16 112 0,D15_V2 20 140 0"),
        **_family(None, "DS1_V2 1 3.5 0,DS2_V2 2 7 0,DS3_V2 4 14 0,DS4_V2 8 28 0,DS5_V2 16 56 0"),
        **_family(None, "DS11_V2 2 14 0,DS12_V2 4 28 0,DS13_V2 8 56 0,DS14_V2 16 112 0,DS15_V2 20 140 0"),
        **_family(
            None, "D2_V3 2 8 0,D4_V3 4 16 0,D8_V3 8 32 0,D16_V3 16 64 0,D32_V3 32 128 0,D64_V3 64 256 0"
        ),
        **_family(
            None, "D2S_V3 2 8 0,D4S_V3 4 16 0,D8S_V3 8 32 0,D16S_V3 16 64 0,D32S_V3 32 128 0,D64S_V3 64 256 0"
        ),
        **_family(
            None, "D2_V4 2 8 0,D4_V4 4 16 0,D8_V4 8 32 0,D16_V4 16 64 0,D32_V4 32 128 0,D64_V4 64 256 0"
        ),
        **_family(None, "D2DS_V4 2 8 0,D4DS_V4 4 16 0,D8DS_V4 8 32 0,D16DS_V4 16 64 0,D32DS_V4 32 128 0"),
        **_family(
            None, "E2_V3 2 16 0,E4_V3 4 32 0,E8_V3 8 64 0,E16_V3 16 128 0,E32_V3 32 256 0,E64_V3 64 432 0"
        ),
        **_family(
            None,
            "E2S_V3 2 16 0,E4S_V3 4 32 0,E8S_V3 8 64 0,E16S_V3 16 128 0,E32S_V3 32 256 0,E64S_V3 64 432 0",
        ),
        **_family(
            None, "E4DS_V4 4 32 0,E8DS_V4 8 64 0,E16DS_V4 16 128 0,E32DS_V4 32 256 0,E64DS_V4 64 504 0"
        ),
        **_family(
            None, "F2S_V2 2 4 0,F4S_V2 4 8 0,F8S_V2 8 16 0,F16S_V2 16 32 0,F32S_V2 32 64 0,F64S_V2 64 128 0"
        ),
        **_family(
            None,
            "F72S_V2 72 144 0,H8 8 56 0,H16 16 112 0,HB60RS 60 228 0,HB120RS_V2 120 456 0,HC44RS 44 352 0",
        ),
        **_family(None, "M64 64 1024 0,M128 128 2048 0,M64S 64 1024 0,M128S 128 2048 0"),
    }
)
"""By upper-case name, as ``STANDARD_NC6``."""


def size_of(name: str) -> Size | None:
    """The size of that name in any case, with or without ``Standard_``; None where it is not in the table."""
    upper = name.strip().upper()
    return VM_SIZES.get(upper) or VM_SIZES.get(f"STANDARD_{upper}")
