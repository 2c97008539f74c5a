"""Accelerators against physics: memory bandwidth, dense rates, driver memory, watts, weight.

Ranges span what was sold until 2026; sources: vendors' datasheets and architecture papers (the
same that ``catalog/sources/accelerators.yaml`` names).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from optimizer.catalog.catalog import Catalog
from optimizer.catalog.findings import Finding, Level
from optimizer.schema.components import Accelerator

BANDWIDTH_GB_S = {
    "HBM2": (700, 1640),
    "HBM2E": (1500, 3700),
    "HBM3": (2000, 5300),
    "HBM3E": (3900, 8000),
    "GDDR5": (150, 500),
    "GDDR6": (190, 960),
    "GDDR6X": (600, 1010),
    "GDDR7": (380, 1800),
    "LPDDR5X": (100, 600),
}
DENSE_FP16_TFLOPS = {
    "volta": 130,
    "ampere": 312,
    "ada": 366,
    "hopper": 990,
    "blackwell": 2500,
    "cdna2": 383,
    "cdna3": 1307,
    "cdna4": 2517,
    "gaudi3": 1835,
}
"""The fastest part of each generation: V100S, A100, RTX 6000 Ada, H100 SXM, B300, ..."""
TDP_W = {
    "pcie": (40, 600),
    "sxm2": (150, 350),
    "sxm3": (250, 450),
    "sxm4": (250, 500),
    "sxm5": (350, 700),
    "sxm6": (700, 1400),
    "oam": (300, 1400),
    "superchip": (100, 2700),
}
CARD_KG = (0.15, 3.5)
CARD_W_PER_KG = (60, 700)
IDLE_SHARE = (0.01, 0.4)
PEER_FACTOR = 1.55
"""Dense rates per watt of parts of one generation differ by less, sparse ones by 2."""


def check_accelerators(catalog: Catalog) -> Iterator[Finding]:
    """Findings about every accelerator."""
    cards = [c for c in catalog.of_kind("accelerator") if isinstance(c, Accelerator)]
    for card in cards:
        for level, check, message in (
            *_bandwidth(card),
            *_sparse(card, cards),
            *_ladder(card),
            *_memory(card),
            *_body(card),
        ):
            yield Finding(level, check, card.id, message, catalog.place(card.id))


Note = tuple[Level, str, str]


def _bandwidth(card: Accelerator) -> Iterator[Note]:
    low, high = BANDWIDTH_GB_S.get(card.memory_type.upper(), (0, 0))
    if not high:
        yield "warning", "ranges", f"memory_type '{card.memory_type}' is not known to this check"
        return
    value = card.bandwidth_gb_s
    if value is not None and not low * 0.95 <= value <= high * 1.05:
        impossible = value > 4 * high or value < low / 4
        message = f"bandwidth {value:,g} GB/s; {card.memory_type} gives {low:,} to {high:,}"
        yield ("error" if impossible else "warning"), "bandwidth", message


def _sparse(card: Accelerator, cards: list[Accelerator]) -> Iterator[Note]:
    """Figures with structured sparsity are twice the dense ones."""
    rate = card.fp16_tflops
    if rate is None:
        return
    most = DENSE_FP16_TFLOPS[card.generation]
    if rate > 1.15 * most:
        yield (
            ("error" if rate > 4.5 * most else "warning"),
            "sparse-for-dense",
            f"fp16_tflops {rate:,g}; no {card.generation} part has over {most:,} dense",
        )
        return
    peers = [
        c.fp16_tflops / c.tdp_w
        for c in cards
        if c.generation == card.generation and c.id != card.id and c.fp16_tflops and c.tdp_w
    ]
    if card.tdp_w and peers and rate / card.tdp_w > PEER_FACTOR * max(peers):
        message = (
            f"fp16_tflops {rate:,g} is {rate / card.tdp_w:.2f} per watt;"
            f" its peers have {max(peers):.2f} at most"
        )
        yield "warning", "sparse-for-dense", message


def _ladder(card: Accelerator) -> Iterator[Note]:
    """Halving the bits doubles the rate (GeForce: four times, where FP16 is held back)."""
    stacked = card.memory_type.upper().startswith("HBM")
    steps = (
        ("fp8_tflops", card.fp8_tflops, "fp16_tflops", card.fp16_tflops, 2.6),
        ("int8_tops", card.int8_tops, "fp16_tflops", card.fp16_tflops, 2.6 if stacked else 4.6),
        ("fp4_tflops", card.fp4_tflops, "fp8_tflops", card.fp8_tflops, 3.3 if stacked else 4.6),
    )
    for name, value, below, base, most in steps:
        if value is None or base is None or value <= most * base:
            continue
        message = f"{name} {value:,g} is {value / base:.1f} times {below} {base:,g}"
        yield "warning", "sparse-for-dense", message


def _memory(card: Accelerator) -> Iterator[Note]:
    """The driver reports binary MiB, and less than the marketing figure where ECC takes a share."""
    match = re.search(r"(?<![\d.])(\d{1,4})\s*GB\b", card.name)
    if match is None or card.vram_mib is None:
        return
    marketed, held = int(match[1]), card.vram_mib
    if held == marketed * 1000:
        message = f"vram_mib {held:,} is {marketed} GB times 1,000; the driver reports MiB"
        yield "warning", "units", message
    elif held == marketed * 1024 and not _whole_memory(card):
        message = f"vram_mib {held:,} is {marketed} GB times 1,024; drivers report less"
        yield "warning", "units", message
    elif not marketed * 870 <= held <= marketed * 1024:
        message = f"vram_mib {held:,} does not fit {marketed} GB"
        yield ("error" if held > marketed * 1100 else "warning"), "units", message


def _whole_memory(card: Accelerator) -> bool:
    """Parts whose driver reports all of it: A100 and A30 (spare stacks), 3090, Gaudi 3."""
    return card.generation in ("ampere", "gaudi3") and card.memory_type.upper() != "GDDR6"


def _body(card: Accelerator) -> Iterator[Note]:
    low, high = TDP_W[card.interface]
    if card.tdp_w is not None and not low <= card.tdp_w <= high:
        level: Level = "error" if card.tdp_w > 2 * high else "warning"
        yield level, "watts", f"tdp_w {card.tdp_w:,}; {card.interface} parts take {low} to {high}"
    if card.tdp_w and card.idle_w is not None:
        share = card.idle_w / card.tdp_w
        if card.idle_w >= card.tdp_w:
            yield "error", "contradictions", f"idle_w {card.idle_w} is not below tdp_w {card.tdp_w}"
        elif not IDLE_SHARE[0] <= share <= IDLE_SHARE[1]:
            yield "warning", "watts", f"idle_w {card.idle_w} is {share:.0%} of tdp_w {card.tdp_w}"
    if card.interface != "pcie" or card.weight_kg is None:
        return
    if not CARD_KG[0] <= card.weight_kg <= CARD_KG[1]:
        yield "warning", "ranges", f"weight_kg {card.weight_kg:g}; cards weigh 0.15 to 3.5"
    per_kg = (card.tdp_w or 0) / card.weight_kg
    if card.tdp_w and not CARD_W_PER_KG[0] <= per_kg <= CARD_W_PER_KG[1]:
        yield "warning", "ranges", f"{per_kg:,.0f} W per kg; cards have 60 to 700"
