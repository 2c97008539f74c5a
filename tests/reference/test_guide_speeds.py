"""The guide's performance rows against datasheet ceilings, measurements and each other.

Nothing here asserts what this program predicts: only what no machine can exceed, and what others
measured on the same accelerators.
"""

from __future__ import annotations

import pytest

from optimizer import Catalog, load_catalog
from optimizer.instance.replica import Replicas, Spread, Variant
from optimizer.physics import memory, throughput
from optimizer.schema.components import Accelerator
from optimizer.schema.formats import ComputeFormat, WeightFormat
from optimizer.schema.request import Workload
from tests.reference import guide_tables as guide

COMPUTE: dict[str, ComputeFormat] = {"bf16": "fp16", "int8": "int8", "int4": "fp16"}
SHORT = 256
TOLERANCE = 0.05


def name_of(row: guide.Speed) -> str:
    return f"{row.section}-{row.llm}-{row.weights}x{row.accelerators}"


rows = pytest.mark.parametrize("row", guide.SPEEDS, ids=name_of)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def variant(catalog: Catalog, row: guide.Speed) -> Variant:
    """On modules in any case: the faster of the two forms, so that the ceiling is no lower."""
    card = catalog.components["a100-sxm4-80gb"]
    assert isinstance(card, Accelerator)
    weights: WeightFormat = row.weights  # type: ignore[assignment]
    return Variant(catalog.engines["vllm"], weights, "bf16", COMPUTE[weights], card)


def ceiling(catalog: Catalog, row: guide.Speed, sequences: int, tokens: int = SHORT) -> float:
    """What bandwidth and compute of the datasheet allow, tok/s."""
    replicas = Replicas(catalog.llms[row.llm], Workload(llm=row.llm), catalog.calibration())
    spread = Spread(row.accelerators, 1, throughput.Link("nvswitch", 300.0), None)
    serving = replicas.serving(variant(catalog, row), spread)
    return throughput.ceiling_tok_s(serving, sequences, tokens)


def against(printed: float, low: float, high: float) -> str:
    if printed < low * (1 - TOLERANCE):
        return "below"
    return "above" if printed > high * (1 + TOLERANCE) else "within"


@rows
def test_no_row_beats_the_ceiling(row: guide.Speed, catalog: Catalog) -> None:
    share = guide.HIGHEST_SHARE_OF_CEILING
    assert row.alone <= share * ceiling(catalog, row, 1)
    assert row.batched <= share * ceiling(catalog, row, row.batch)


@rows
def test_alone_against_measurement(row: guide.Speed) -> None:
    measured = guide.ALONE.get((row.llm, row.weights, row.accelerators))
    if measured is None:
        assert row.alone_is == "unmeasured"
    else:
        low, high, source = measured
        assert against(row.alone, low, high) == row.alone_is, source


@rows
def test_batched_against_measurement(row: guide.Speed) -> None:
    measured, source = guide.BATCHED.get((row.llm, row.weights, row.accelerators), ({}, ""))
    if row.batch not in measured:
        assert row.batched_is == "unmeasured"
    else:
        value = measured[row.batch]
        assert against(row.batched, value, value) == row.batched_is, source


@rows
def test_measurements_keep_below_the_ceiling(row: guide.Speed, catalog: Catalog) -> None:
    """The yardsticks are plausible themselves (the 7B stands in for the 8B and is faster)."""
    measured = guide.ALONE.get((row.llm, row.weights, row.accelerators))
    if measured is not None:
        assert measured[1] <= guide.HIGHEST_SHARE_OF_CEILING * ceiling(catalog, row, 1)


@rows
def test_batch_column_is_ten_times_the_other(row: guide.Speed) -> None:
    """Eight to twelve times, whether the batch is 16, 32 or 64: no law of batching."""
    assert 8 <= row.batched / row.alone <= 12


@rows
def test_large_batches_are_far_below_the_ceiling(row: guide.Speed, catalog: Catalog) -> None:
    """A batch of 64 reaches a sixth of what bandwidth allows; measured dense runs reach a third."""
    if row.batch == 64:
        assert row.batched < 0.17 * ceiling(catalog, row, row.batch)


@pytest.mark.parametrize(("key", "printed"), guide.CONTRADICTING_PAIRS)
def test_one_configuration_two_speeds(
    key: tuple[str, str, int], printed: tuple[float, float]
) -> None:
    found = {r.alone for r in guide.SPEEDS if (r.llm, r.weights, r.accelerators) == key}
    assert found == set(printed)


@pytest.mark.parametrize(
    ("llm", "weights", "accelerators", "batches", "printed"),
    [(guide.B8, "bf16", 1, {16, 32}, 700), (guide.B405, "int8", 8, {32, 64}, 80)],
)
def test_one_speed_two_batches(
    llm: str, weights: str, accelerators: int, batches: set[int], printed: float
) -> None:
    same = [r for r in guide.SPEEDS if (r.llm, r.weights, r.accelerators) ==
            (llm, weights, accelerators)]  # fmt: skip
    assert {r.batch for r in same} == batches
    assert {r.batched for r in same} == {printed}


@pytest.mark.parametrize("tier", guide.QUICK_REFERENCE_70B)
def test_quick_reference(tier: str) -> None:
    """Tok/s (70B): tiers 1 and 4 repeat an 8-bit row, tiers 2 and 3 no row at all."""
    printed = guide.QUICK_REFERENCE_70B[tier]
    count = {"tier 1": 1, "tier 2": 2, "tier 3": 4, "tier 4": 8}[tier]
    seen = {r.alone for r in guide.SPEEDS if r.llm == guide.B70 and r.accelerators == count}
    assert (printed not in seen) == (tier in guide.NO_ROW_SAYS)
    if tier == "tier 3":
        assert against(printed, *guide.ALONE[guide.B70, "bf16", 4][:2]) == "above"


def test_long_context_batch_does_not_fit(catalog: Catalog) -> None:
    """32 sequences of 64K on two cards: not one fits."""
    row = guide.LONG
    assert memory.max_sequences(
        catalog.llms[row.llm], catalog.engines["vllm"], "bf16", "bf16", tokens=65_536,
        tensor=2, pipeline=1, vram_mib=81_920,
    ) == 0  # fmt: skip


def test_70b_at_8_bits_leaves_one_card_no_room_for_its_batch(catalog: Catalog) -> None:
    """A batch of 16 at 1,024 tokens each, where 72.7 GB of weights fill an 80 GB card."""
    row = next(r for r in guide.SPEEDS if r.section == "tier 1" and r.weights == "int8")
    held = memory.max_sequences(
        catalog.llms[row.llm], catalog.engines["vllm"], "int8", "bf16", tokens=1024,
        tensor=1, pipeline=1, vram_mib=81_920,
    )  # fmt: skip
    assert held < row.batch


def test_one_h100_is_not_three_a100_in_bandwidth(catalog: Catalog) -> None:
    """H100 at 2-3 times: decode follows bandwidth (1.6), prefill dense compute (3.2)."""
    a100, h100 = (catalog.components[i] for i in ("a100-sxm4-80gb", "h100-sxm-80gb"))
    assert isinstance(a100, Accelerator)
    assert isinstance(h100, Accelerator)
    assert (h100.bandwidth_gb_s or 0) / (a100.bandwidth_gb_s or 1) == pytest.approx(1.64, abs=0.01)
    assert (h100.fp16_tflops or 0) / (a100.fp16_tflops or 1) == pytest.approx(3.17, abs=0.01)
