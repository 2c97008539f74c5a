"""The guide's VRAM tables against exact parameter counts and the memory of a serving engine."""

from __future__ import annotations

from math import ceil

import pytest

from optimizer import Catalog, load_catalog
from optimizer.physics import memory
from optimizer.physics.parameters import shape_of
from optimizer.schema.formats import KvFormat, WeightFormat
from tests.reference import guide_tables as guide

FORMATS: tuple[WeightFormat, ...] = ("bf16", "int8", "int4")
BYTES = {"bf16": 2.0, "int8": 1.0, "int4": 0.5}
CONTEXT = 8192
LAYOUTS = [(t, n // t) for n in range(1, 33) for t in (8, 4, 2, 1) if n % t == 0]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def fits(
    catalog: Catalog,
    llm: str,
    weights: WeightFormat,
    layout: tuple[int, int],
    *,
    context: int = CONTEXT,
    sequences: int = 1,
    kv: KvFormat = "bf16",
    gb: int = 80,
) -> bool:
    tensor, pipeline = layout
    need = memory.accelerator_memory(
        catalog.llms[llm], catalog.engines["vllm"], weights, kv, context=context,
        sequences=sequences, tensor=tensor, pipeline=pipeline, vram_mib=gb * 1024,
    )  # fmt: skip
    used = need.weights_mib + need.kv_cache_mib + need.activations_mib + need.runtime_mib
    return used <= need.usable_mib


def fewest(catalog: Catalog, llm: str, weights: WeightFormat, **more: int) -> int:
    """The least number of A100 80GB that serve one sequence."""
    return next(t * p for t, p in LAYOUTS if fits(catalog, llm, weights, (t, p), **more))


# "VRAM Requirements"


@pytest.mark.parametrize("llm", [name for name in guide.VRAM if name != guide.MIXTRAL])
def test_sizes_are_parameters_times_bytes(llm: str, catalog: Catalog) -> None:
    """To 3 %, as printed; the 32B at 4 bits (18 GB) is the one row with room for scales."""
    billions = shape_of(catalog.llms[llm]).parameters_total / 1e9
    for weights, printed in zip(FORMATS, guide.VRAM[llm], strict=True):
        margin = 0.10 if (llm, weights) == (guide.B32, "int4") else 0.032
        assert printed == pytest.approx(billions * BYTES[weights], rel=margin)


@pytest.mark.parametrize("llm", [name for name in guide.VRAM if name != guide.MIXTRAL])
def test_checkpoints_weigh_more_below_16_bits(llm: str, catalog: Catalog) -> None:
    """16 bits agree; below, embeddings and heads stay wide and groups have scales."""
    sizes = [memory.weights_bytes(catalog.llms[llm], w) / 1e9 for w in FORMATS]
    printed = guide.VRAM[llm]
    assert sizes[0] == pytest.approx(printed[0], rel=0.04)
    assert sizes[1] > printed[1]
    assert sizes[2] > printed[2]


def test_mixtral_is_not_eight_times_22(catalog: Catalog) -> None:
    billions = shape_of(catalog.llms[guide.MIXTRAL]).parameters_total / 1e9
    assert billions == pytest.approx(guide.MIXTRAL_PARAMETERS_B, abs=0.1)
    assert guide.VRAM[guide.MIXTRAL] == (8 * 22, 8 * 11, 8 * 5.5)
    for weights, printed in zip(FORMATS, guide.VRAM[guide.MIXTRAL], strict=True):
        assert memory.weights_bytes(catalog.llms[guide.MIXTRAL], weights) / 1e9 > 1.5 * printed
    # "3x A100 80GB" at 16 bits: 281 GB do not go into 240
    assert fewest(catalog, guide.MIXTRAL, "bf16") == 4


def test_long_context_row(catalog: Catalog) -> None:
    """180 GB: 141.1 of weights and 42.9 of cache at 128K. The 8-bit row halves the cache too."""
    llm = catalog.llms[guide.B70]
    weights = memory.weights_bytes(llm, "bf16") / 1e9
    cache = memory.kv_bytes_per_sequence(llm, "bf16", 131_072) / 1e9
    assert cache == pytest.approx(2 * 80 * 8 * 128 * 2 * 131_072 / 1e9)
    assert weights + cache == pytest.approx(guide.VRAM_128K[0], rel=0.03)
    eight = memory.weights_bytes(llm, "int8") / 1e9
    assert eight + cache > 1.2 * guide.VRAM_128K[1]
    assert eight + cache / 2 == pytest.approx(guide.VRAM_128K[1], rel=0.06)
    # 55 GB at 4 bits holds with a cache of 8 bits or less
    four = memory.weights_bytes(llm, "int4") / 1e9
    assert four + cache > 1.4 * guide.VRAM_128K[2]


@pytest.mark.parametrize(
    "row", [r for r in guide.SPEEDS if r.vram_gb is not None], ids=lambda r: f"{r.section}-{r.llm}"
)
def test_vram_used_repeats_the_table(row: guide.Speed) -> None:
    assert row.vram_gb == guide.VRAM[row.llm][FORMATS.index(row.weights)]  # type: ignore[arg-type]


def test_70b_with_64k_is_more_than_two_cards_hold(catalog: Catalog) -> None:
    """Printed 155 GB; 141.1 and 21.5 are 162.6."""
    llm = catalog.llms[guide.B70]
    need = memory.weights_bytes(llm, "bf16") + memory.kv_bytes_per_sequence(llm, "bf16", 65_536)
    assert need / 1e9 == pytest.approx(162.6, abs=0.1)
    assert guide.LONG.vram_gb == 155
    for layout in ((2, 1), (1, 2)):
        assert not fits(catalog, guide.B70, "bf16", layout, context=65_536)


# "40GB vs 80GB Decision"


@pytest.mark.parametrize("row", guide.FITS_ONE, ids=str)
def test_one_card(row: tuple[str, WeightFormat, int], catalog: Catalog) -> None:
    llm, weights, gb = row
    can = fits(catalog, llm, weights, (1, 1), gb=gb)
    said = guide.FITS_ONE[row] in ("Yes", "Tight")
    assert (can != said) == (row in guide.FITS_ONE_WRONG), guide.FITS_ONE_WRONG.get(row)


def test_one_card_by_the_guides_own_sizes() -> None:
    for (llm, weights, gb), why in guide.FITS_ONE_WRONG.items():
        size = guide.VRAM[llm][FORMATS.index(weights)]  # type: ignore[arg-type]
        assert size * guide.OVERHEAD > gb, why


# "Minimum A100 Count by Model"


@pytest.mark.parametrize(
    ("row", "llm", "real"),
    [
        ("8B", guide.B8, (1, 1, 1)),
        ("32B", guide.B32, (1, 1, 1)),
        # 16 bits: 2 cards hold 65.7 GiB of weights each and 8K of context; 8 bits fill one card
        ("70B", guide.B70, (2, 2, 1)),
        # pipeline stages may be any number: the guide's 16 and 8 are powers of two
        ("405B", guide.B405, (12, 6, 4)),
    ],
)
def test_counts_of_real_models(
    row: str, llm: str, real: tuple[int, int, int], catalog: Catalog
) -> None:
    found = tuple(fewest(catalog, llm, weights) for weights in FORMATS)
    assert found == real
    printed = guide.COUNTS[row]
    for weights, count, said in zip(FORMATS, found, printed, strict=True):
        power_of_two = 1 << ceil(count - 1).bit_length()
        if (row, weights) == ("70B", "int8"):
            assert (said, count) == (1, 2)
        else:
            assert said == power_of_two


def test_counts_with_long_context(catalog: Catalog) -> None:
    """128K: three cards at 16 bits where the guide says 4 (and 3-4 in another table), two at 8."""
    counts = [fewest(catalog, guide.B70, weights, context=131_072) for weights in FORMATS]
    assert counts == [3, 2, 2]
    assert guide.COUNTS["70B + long context"] == (4, 2, 1)
    assert not fits(catalog, guide.B70, "int4", (1, 1), context=131_072)
    assert fits(catalog, guide.B70, "int4", (1, 1), context=131_072, kv="int8")


@pytest.mark.parametrize("cell", guide.OWN_RULE_ASKS, ids=str)
def test_counts_by_the_guides_own_rule(cell: tuple[str, str]) -> None:
    """Size and 20 %, in cards of 80 GB, against the table."""
    size, asked = guide.OWN_RULE_ASKS[cell]
    assert ceil(size * guide.OVERHEAD / 80) == asked
    row, weights = cell
    said = guide.COUNTS[row][FORMATS.index(weights)]  # type: ignore[arg-type]
    assert (said < asked) == (cell in guide.TOO_FEW)


def test_r1_at_4_bits_fits_eight_cards_easily(catalog: Catalog) -> None:
    """One table says beyond a single DGX, another runs it there and calls it tight."""
    printed = guide.VRAM[guide.R1][2] * guide.OVERHEAD
    assert printed < 0.65 * 640
    assert fewest(catalog, guide.R1, "int4") <= 8
    assert fewest(catalog, guide.R1, "int8") > 8
