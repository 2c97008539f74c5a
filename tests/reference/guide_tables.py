"""The printed numbers of the A100 builds guide (January 2025), table by table.

Each constant names the section it stands in. Nothing here is computed: what does not follow from
the guide's own inputs, or from a datasheet, carries the reason, and the tests assert that it indeed
does not follow. Money is in dollars, watts and tok/s as printed; ranges are (low, high).
"""

from __future__ import annotations

from typing import NamedTuple

Range = tuple[float, float]

# "A100 vs V100 vs H100 vs H200": GB, GB/s, FP16 and FP8 TFLOPS, W, GB/s of NVLink
SPECS: dict[str, tuple[int, float, float, float | None, int, float]] = {
    "v100-sxm2-32gb": (32, 900, 125, None, 300, 300),
    "a100-sxm4-80gb": (80, 2000, 312, None, 400, 600),
    "h100-sxm-80gb": (80, 3350, 1979, 3958, 700, 900),
    "h200-sxm-141gb": (141, 4800, 1979, 3958, 700, 900),
}
# The same table, "PCIe Price (new)", and what it says of speed relative to an A100.
PRICES_NEW: dict[str, Range] = {
    "v100-pcie-32gb": (3_000, 5_000),
    "a100-pcie-80gb": (10_000, 15_000),
    "h100-pcie-80gb": (25_000, 35_000),
    "h200-nvl-141gb": (35_000, 45_000),
}
SPARSE = {"h100-sxm-80gb": (989, 1979), "h200-sxm-141gb": (989, 1979)}
"""Dense FP16 and FP8 rates: the guide prints twice that, which holds with sparsity only."""

# "A100 Variants": GB, memory, GB/s, W, cooling
VARIANTS: dict[str, tuple[int, str, float, int, str]] = {
    "a100-pcie-40gb": (40, "HBM2", 1555, 250, "Air"),
    "a100-pcie-80gb": (80, "HBM2e", 2039, 300, "Air"),
    "a100-sxm4-40gb": (40, "HBM2", 1555, 400, "Liquid"),
    "a100-sxm4-80gb": (80, "HBM2e", 2039, 400, "Liquid"),
}
PCIE_80GB_BANDWIDTH = 1935
"""NVIDIA product brief PB-10577-001, table 1; 2,039 GB/s is the SXM module."""

# "VRAM Requirements": GB at 16, 8 and 4 bits
VRAM: dict[str, tuple[float, float, float]] = {
    "llama-3.1-8b-instruct": (16, 8, 4),
    "qwen2.5-32b-instruct": (64, 32, 18),
    "llama-3.1-70b-instruct": (140, 70, 35),
    "mixtral-8x22b": (176, 88, 44),
    "llama-3.1-405b-instruct": (810, 405, 200),
    "deepseek-r1": (1300, 670, 335),
}
VRAM_128K = (180, 90, 55)
"""Llama 3.1 70B with 128K of context."""
MIXTRAL_PARAMETERS_B = 140.6
"""8 x 22 = 176 counts the shared layers eight times, and a byte per weight at 16 bits."""

# "40GB vs 80GB Decision": does it fit one card?
FITS_ONE: dict[tuple[str, str, int], str] = {
    ("llama-3.1-8b-instruct", "bf16", 40): "Yes",
    ("qwen2.5-32b-instruct", "bf16", 40): "Tight",
    ("llama-3.1-70b-instruct", "bf16", 40): "No",
    ("llama-3.1-70b-instruct", "int8", 40): "Yes",
    ("llama-3.1-70b-instruct", "int4", 40): "Yes",
    ("llama-3.1-8b-instruct", "bf16", 80): "Yes",
    ("qwen2.5-32b-instruct", "bf16", 80): "Yes",
    ("llama-3.1-70b-instruct", "bf16", 80): "No",
    ("llama-3.1-70b-instruct", "int8", 80): "Yes",
    ("llama-3.1-70b-instruct", "int4", 80): "Yes",
}
FITS_ONE_WRONG = {
    ("qwen2.5-32b-instruct", "bf16", 40): "64 GB of weights",
    ("llama-3.1-70b-instruct", "int8", 40): "70 GB of weights",
    ("llama-3.1-70b-instruct", "int4", 40): "35 GB and 20 % are 42 GB",
    ("llama-3.1-70b-instruct", "int8", 80): "70 GB and 20 % are 84 GB",
}

# "Minimum A100 Count by Model": cards of 80 GB at 16, 8 and 4 bits; 405B at 16 bits is "16+"
COUNTS: dict[str, tuple[int, int, int]] = {
    "8B": (1, 1, 1),
    "32B": (1, 1, 1),
    "70B": (2, 1, 1),
    "70B + long context": (4, 2, 1),
    "140B": (4, 2, 2),
    "200B": (8, 4, 2),
    "405B": (16, 8, 4),
}
OVERHEAD = 1.20
"""The guide's own rule under its VRAM table: 20 % for activations and KV cache."""
OWN_RULE_ASKS: dict[tuple[str, str], tuple[float, int]] = {
    ("70B", "bf16"): (140, 3),
    ("70B", "int8"): (70, 2),
    ("140B", "bf16"): (280, 5),
    ("140B", "int8"): (140, 3),
    ("200B", "bf16"): (400, 6),
    ("200B", "int8"): (200, 3),
    ("200B", "int4"): (100, 2),
    ("405B", "bf16"): (810, 13),
    ("405B", "int8"): (405, 7),
}
"""Size in GB and the cards of 80 GB that it and the overhead fill. Three cards become four and
thirteen sixteen because tensor parallelism wants a power of two; 3, 2, 5 and 3 for 70B and 140B
are more than the table's 2, 1, 4 and 2."""
TOO_FEW = {("70B", "bf16"), ("70B", "int8"), ("140B", "bf16"), ("140B", "int8")}

# Lane tables: lanes, GB/s, lanes left of 128
LANES: dict[str, list[tuple[str, int, float, int]]] = {
    "tier 1": [
        ("a100-pcie-80gb", 16, 64, 112),
        ("nvme-m2-2tb-gen4", 4, 8, 108),
        ("nvme-m2-2tb-gen4", 4, 8, 104),
        ("connectx-4-lx-25g-2p", 8, 32, 96),
    ],
    "tier 2": [
        ("a100-pcie-80gb", 16, 64, 112),
        ("a100-pcie-80gb", 16, 64, 96),
        ("guide-nvme-raid-4tb", 8, 16, 88),
        ("connectx-5-en-100g-2p", 16, 64, 72),
    ],
    "tier 3": [
        ("guide-nvme-raid-8tb", 16, 32, 112),
        ("connectx-6-hdr-200g-1p", 16, 64, 96),
        ("connectx-6-hdr-200g-1p", 16, 64, 80),
    ],
    "tier 4": [],
}
LANES_LEFT = {"tier 1": 96, "tier 2": 72, "tier 3": 80, "tier 4": 128}
ONE_WAY = {8: 4, 16: 8, 32: 16}
"""GB/s -> lanes where the guide prints one direction (drives); cards get both directions."""


# "Physical Specifications", "Power Requirements" and "Power by Configuration" of the tiers
class Power(NamedTuple):
    """Watts and BTU/h of one tier, as printed in its tables."""

    gpu_w: int
    system_w: Range
    heat_btu_h: Range
    idle_w: int
    typical_w: int
    peak_w: Range
    circuits: tuple[int, int, int]
    """Volts, amperes, number."""
    ups_va: int
    average_w: int
    """In the electricity table."""


POWER = {
    "tier 1": Power(300, (500, 700), (1700, 2400), 150, 400, (600, 700), (120, 15, 1), 1000, 500),
    "tier 2": Power(
        600, (900, 1200), (3000, 4000), 300, 800, (1100, 1300), (120, 20, 1), 1500, 900
    ),
    "tier 3": Power(
        1600, (2500, 3000), (8500, 10000), 600, 2200, (2800, 3200), (240, 30, 1), 4000, 2500
    ),
    "tier 4": Power(
        3200, (5000, 6500), (17000, 22000), 1000, 5000, (6500, 7000), (240, 30, 2), 10000, 5500
    ),
}
TIER_4_HEAT_LOW = 18_000
"""Tier 4's own table; 5,000 W are 17,060 BTU/h, as "Power by Configuration" has it."""

# "UPS Sizing": system watts -> VA
UPS = {700: 1000, 1200: 1800, 3000: 4500, 6500: 10000}
UPS_TIERS_DIFFER = {"tier 2": 1800, "tier 3": 4500}
"""Tiers whose own recommendation (1,500 and 4,000 VA) is less than the table asks."""

# "Electricity Costs": 0.12 dollars per kWh, all hours: a month, three years
TARIFF = 0.12
ELECTRICITY = {"tier 1": (43, 1550), "tier 2": (78, 2800), "tier 3": (216, 7780),
               "tier 4": (475, 17100)}  # fmt: skip
HOURS_OF_MONTH = 720
"""The guide's month; 26,280 hours of three years are 1.4 % more than 36 of them."""

# "Total 3-Year TCO", thousands: hardware new and used, electricity, cooling, support, totals
TCO = {
    "tier 1": (15, 5, 1.6, 0.5, 2, 19, 9),
    "tier 2": (30, 12, 2.8, 0.9, 3, 37, 19),
    "tier 3": (100, 60, 7.8, 2.5, 8, 118, 78),
    "tier 4": (180, 100, 17.1, 5, 15, 217, 137),
}

# "Cloud Break-Even": dollars per A100 hour; months against tier 2 new and tier 4 used
CLOUD = {
    "Guide:Thunder Compute:a100": (0.66, 26, 18),
    "Guide:Lambda:a100": (1.10, 16, 11),
    "Guide:AWS:a100": (3.00, 6, 4),
}
HOURS_OF_CLOUD_MONTH = 730
TIER_2_NEW, TIER_4_USED = 25_000, 100_000
TIER_4_FOLLOWS = {18: 26, 11: 16, 4: 5.7}
"""Printed months -> months of 100,000 dollars. 18, 11 and 4 come from about 70,000."""


# Bills of materials of the tiers
class Bill(NamedTuple):
    """Lines that a build buys: (component, quantity, low, high), dollars of the line."""

    lines: tuple[tuple[str, int, float, float], ...]
    accelerators_used: Range | None
    total_new: Range
    total_used: Range | None
    header: Range
    sum_new: Range
    """What the lines add up to."""
    sum_used: Range | None
    not_bought: Range
    """Lines for parts that one machine does without: network cards."""


BILLS = {
    "tier 1": Bill(
        (
            ("a100-pcie-80gb", 1, 10_000, 15_000),
            ("epyc-7313", 1, 800, 800),
            ("supermicro-h12ssl-i", 1, 600, 600),
            ("ddr4-3200-rdimm-32gb", 8, 800, 800),
            ("nvme-m2-2tb-gen4", 1, 200, 200),
            ("corsair-hx1200i", 1, 250, 250),
            ("guide-case-4u-or-tower", 1, 300, 500),
        ),
        (2_000, 3_000), (13_000, 18_000), (5_000, 7_000), (12_000, 18_000),
        (12_950, 18_150), (4_950, 6_150), (0, 0),
    ),
    "tier 2": Bill(
        (
            ("a100-pcie-80gb", 2, 20_000, 30_000),
            ("epyc-7343", 1, 1_200, 1_200),
            ("supermicro-h12dsg-o-cpu", 1, 1_200, 1_200),
            ("ddr4-3200-rdimm-64gb", 8, 1_600, 1_600),
            ("guide-nvme-raid-4tb", 1, 400, 400),
            ("guide-psu-1600w-redundant", 1, 600, 600),
            ("guide-case-4u", 1, 400, 400),
        ),
        (5_000, 7_000), (26_000, 36_000), (11_000, 14_000), (25_000, 35_000),
        (25_400, 35_400), (10_400, 12_400), (0, 0),
    ),
    "tier 3": Bill(
        (
            ("guide-hgx-a100-4gpu-80gb", 1, 60_000, 80_000),
            ("epyc-7543", 2, 6_000, 6_000),
            ("ddr4-3200-rdimm-64gb", 16, 3_200, 3_200),
            ("guide-nvme-raid-8tb", 1, 1_000, 1_000),
            ("guide-psu-3000w", 1, 1_500, 1_500),
            ("cdu-kit-4gpu", 1, 8_000, 12_000),
        ),
        None, (85_000, 115_000), None, (80_000, 120_000),
        (81_700, 105_700), None, (2_000, 2_000),
    ),
    "tier 4": Bill(
        (
            ("guide-hgx-a100-8gpu-80gb", 1, 120_000, 150_000),
            ("epyc-7742", 2, 10_000, 10_000),
            ("ddr4-3200-rdimm-64gb", 32, 6_400, 6_400),
            ("guide-nvme-raid-15tb", 1, 3_000, 3_000),
            ("guide-psu-4500w", 2, 2_500, 2_500),
            ("cdu-kit-8gpu", 1, 15_000, 20_000),
        ),
        None, (170_000, 210_000), None, (150_000, 200_000),
        (164_900, 199_900), None, (8_000, 8_000),
    ),
}  # fmt: skip
FREE_LINES = {"tier 3": "guide-enclosure-4gpu", "tier 4": "guide-enclosure-8gpu"}
"""Parts that a build needs and the bill has no line for."""
BRIDGES = ("nvlink-bridge-a100", 3)
"""On tier 2's accelerator line without a price of its own; a pair takes three."""
TOTALS_NOT_FOLLOWING = {
    ("tier 1", "used"): "6,150 at most, printed 7,000",
    ("tier 2", "used"): "10,400-12,400, printed 11,000-14,000",
    ("tier 3", "new"): "81,700-105,700, printed 85,000-115,000",
    ("tier 4", "new"): "164,900-199,900, printed 170,000-210,000",
}
"""Totals that miss the sum of their lines by more than the thousand they are rounded to. (Tier 2
new follows only with bridges at 600 to 1,000 dollars.)"""

# "HGX A100 Pricing": baseboard, with typical system
HGX: dict[tuple[int, int], tuple[Range, Range, str]] = {
    (4, 40): ((40_000, 50_000), (70_000, 90_000), "smc-as-2124gq-nart-a100-40gb"),
    (4, 80): ((60_000, 80_000), (100_000, 130_000), "smc-as-2124gq-nart-a100-80gb"),
    (8, 40): ((80_000, 100_000), (130_000, 160_000), "smc-as-4124go-nart-a100-40gb"),
    (8, 80): ((120_000, 150_000), (180_000, 220_000), "smc-as-4124go-nart-a100-80gb"),
}
# "DGX A100 Pricing Reality": new, used
DGX: dict[str, tuple[Range, Range]] = {
    "dgx-a100-640gb": ((150_000, 200_000), (80_000, 120_000)),
    "dgx-station-a100-320gb": ((100_000, 130_000), (60_000, 80_000)),
    "dgx-station-a100-160gb": ((70_000, 90_000), (40_000, 60_000)),
}
STATION_ALSO = {
    "dgx-station-a100-320gb": (80_000, 100_000),
    "dgx-station-a100-160gb": (50_000, 70_000),
}
"""The "current price" of the table above it: neither the new nor the used price."""


# "A100 LLM Performance" and "Model Performance" of the tiers
class Speed(NamedTuple):
    """One row: tok/s alone and in a batch, and how each compares with what others measured."""

    section: str
    llm: str
    weights: str
    accelerators: int
    vram_gb: float | None
    """"VRAM Used" of the row."""
    alone: float
    batch: int
    batched: float
    alone_is: str
    batched_is: str


B8, B32, B70, B405 = (
    "llama-3.1-8b-instruct", "qwen2.5-32b-instruct", "llama-3.1-70b-instruct",
    "llama-3.1-405b-instruct",
)  # fmt: skip
MIXTRAL, R1 = "mixtral-8x22b", "deepseek-r1"
SPEEDS = [
    Speed("all", B8, "bf16", 1, None, 60, 32, 700, "within", "unmeasured"),
    Speed("all", B70, "bf16", 2, None, 15, 32, 150, "below", "below"),
    Speed("all", B70, "bf16", 4, None, 25, 32, 300, "within", "below"),
    Speed("all", B70, "int8", 4, None, 35, 32, 400, "unmeasured", "unmeasured"),
    Speed("all", B405, "int8", 8, None, 8, 32, 80, "below", "below"),
    Speed("tier 1", B8, "bf16", 1, 16, 60, 16, 700, "within", "unmeasured"),
    Speed("tier 1", B32, "bf16", 1, 64, 20, 16, 200, "unmeasured", "unmeasured"),
    Speed("tier 1", B70, "int8", 1, 70, 12, 16, 100, "below", "unmeasured"),
    Speed("tier 1", B70, "int4", 1, 35, 15, 16, 130, "below", "unmeasured"),
    Speed("tier 2", B70, "bf16", 2, 140, 15, 32, 150, "below", "below"),
    Speed("tier 2", B70, "int8", 2, 70, 25, 32, 250, "unmeasured", "unmeasured"),
    Speed("tier 2", MIXTRAL, "int8", 2, 88, 18, 32, 180, "unmeasured", "unmeasured"),
    Speed("tier 3", B70, "bf16", 4, 140, 35, 64, 400, "within", "below"),
    Speed("tier 3", B70, "int8", 4, 70, 50, 64, 550, "unmeasured", "unmeasured"),
    Speed("tier 3", MIXTRAL, "bf16", 4, 176, 25, 64, 280, "unmeasured", "unmeasured"),
    Speed("tier 3", B405, "int4", 4, 200, 8, 64, 70, "unmeasured", "unmeasured"),
    Speed("tier 4", B70, "bf16", 8, 140, 60, 64, 700, "within", "below"),
    Speed("tier 4", B70, "int8", 8, 70, 80, 64, 900, "within", "unmeasured"),
    Speed("tier 4", MIXTRAL, "bf16", 8, 176, 45, 64, 500, "unmeasured", "unmeasured"),
    Speed("tier 4", B405, "int8", 8, 405, 8, 64, 80, "below", "below"),
    Speed("tier 4", B405, "int4", 8, 200, 12, 64, 120, "unmeasured", "unmeasured"),
    Speed("tier 4", R1, "int4", 8, 335, 5, 64, 50, "below", "unmeasured"),
]
"""Tier 3's row for 200B is left out: the guide calls that LLM hypothetical."""
LONG = Speed("tier 2", B70, "bf16", 2, 155, 12, 32, 120, "unmeasured", "unmeasured")
"""With 64K of context: 141.1 GB and 21.5 GB of cache are 162.6 GB, more than two cards hold."""

# tok/s alone, from A100s of 80 GB unless said: lowest and highest published
ALONE: dict[tuple[str, str, int], tuple[float, float, str]] = {
    (B8, "bf16", 1): (51.2, 104.9, "XiongjieDai, llama.cpp 2024-05; gpt-fast 2024-09 with a 7B"),
    (B70, "int8", 1): (19.1, 19.1, "gpt-fast 2024-09, Llama 2 70B"),
    (B70, "int4", 1): (25.3, 25.3, "gpt-fast 2024-09, Llama 2 70B"),
    (B70, "bf16", 2): (18.6, 21.3, "splitwise-sim, vLLM 2024-03; gpt-fast 2024-09"),
    (B70, "bf16", 4): (22.2, 38.0, "splitwise-sim, vLLM 2024-03; gpt-fast 2024-09"),
    (B70, "bf16", 8): (22.3, 62.5, "splitwise-sim, vLLM 2024-03; gpt-fast 2024-09"),
    (B70, "int8", 8): (80.4, 80.4, "gpt-fast 2024-09, Llama 2 70B"),
    (B405, "int8", 8): (22.4, 22.4, "Lambda vllm-benchmark 2024-08, FP8 weights"),
    (R1, "int4", 8): (62.0, 62.0, "vLLM on eight H100, FP8"),
}
# tok/s of a batch with short prompts (128 in and out; 512 in on two cards)
BATCHED: dict[tuple[str, str, int], tuple[dict[int, float], str]] = {
    (B70, "bf16", 2): ({32: 443}, "splitwise-sim, vLLM 2024-03: 72.2 ms a step"),
    (B70, "bf16", 4): ({16: 440, 32: 746, 64: 1160}, "LMDeploy 2023-12, Llama 2 70B"),
    (B70, "bf16", 8): ({64: 1160}, "the same on four cards"),
    (B405, "int8", 8): ({32: 189, 64: 189}, "Lambda vllm-benchmark 2024-08, ten at once"),
}
HIGHEST_SHARE_OF_CEILING = 0.89
"""No published measurement is nearer to what bandwidth and compute allow."""
QUICK_REFERENCE_70B = {"tier 1": 12, "tier 2": 20, "tier 3": 45, "tier 4": 80}
NO_ROW_SAYS = ("tier 2", "tier 3")
"""Tiers whose quick-reference speed stands in no performance row."""
CONTRADICTING_PAIRS = [
    ((B70, "bf16", 4), (25, 35)),
    ((B70, "int8", 4), (35, 50)),
]
"""The same LLM, weights and accelerators alone, in two tables."""
