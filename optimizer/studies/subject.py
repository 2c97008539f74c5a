"""From the words of a case to records of the catalog, and to the replica that physics computes."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isqrt
from typing import NamedTuple, get_args

from optimizer.catalog.catalog import Catalog
from optimizer.errors import OptimizerError, shown
from optimizer.instance.hosting import pcie_gb_s
from optimizer.physics import memory
from optimizer.physics.architecture import MissingWidth
from optimizer.physics.formats import expert_bytes
from optimizer.physics.parameters import LlmShape, shape_of
from optimizer.physics.throughput import Link, Serving
from optimizer.schema.components import Accelerator
from optimizer.schema.engine import Engine
from optimizer.schema.formats import ComputeFormat, KvFormat, WeightFormat
from optimizer.schema.llm import Llm
from optimizer.studies.measurements import ATTENTION_DP, Case, Refused
from optimizer.studies.words import Format, Names, kv_format, plain_card, weight_format

SQUARING_SOURCES = ("aic-silicon",)
"""Sources that multiply the degrees of tensor and expert (or data) parallelism over the same
accelerators: 4 x 4 is printed as 16. Their times equal those of 4."""
LEAN = {"usable_share": 0.98, "batched_tokens": 1024, "runtime_mib": 512}
"""What an engine keeps at the very least: for runs that took place although less was left."""
OLD_ENGINES: dict[str, dict[str, object]] = {
    "vllm-2023": {"max_sequences": 256},
    "vllm-2024": {"max_sequences": 256},
    "tensorrt-llm-2024": {"usable_share": 0.95, "batched_tokens": 2048, "runtime_mib": 1024},
}
"""What releases of another era kept otherwise."""
HELD: dict[str, float] = {"vllm": 0.5, "vllm-2023": 0.5, "vllm-2024": 0.5, "sglang": 0.75}
"""Share of its output for which a sequence holds KV cache on average while many run.

vLLM gives blocks out as sequences grow, so that half of an output is held on average; SGLang
reserves some ahead; the others reserve all of it.
"""
FP8_KV = ("aic-silicon-InferenceX", "vllm", ("h200", "b200", "b300", "gb200", "gb300"))
"""A source, engine and accelerators whose ``auto`` KV cache has 8 bits: as many sequences were in
flight there as fit with 8 bits, and twice as many as fit with 16."""
INT4_KV_SHARE = 0.53
"""Bytes of a 4-bit KV cache with its scales, over those of ``int8``."""


class Layout(NamedTuple):
    """Degrees of one replica, how many replicas there are, and all accelerators together.

    ``expert``: over how many groups of the replica's accelerators the experts are dealt whole.
    """

    tensor: int
    pipeline: int
    data: int
    replicas: int
    cards: int
    expert: int = 1


@dataclass(frozen=True, slots=True)
class Subject:
    """The records that a case is about. ``room`` needs the mean length of a sequence."""

    llm: Llm
    card: Accelerator
    engine: Engine
    family: str
    weights: WeightFormat
    kv: KvFormat
    serving: Serving
    layout: Layout

    def __hash__(self) -> int:
        """By what names it; the serving follows from that."""
        return hash((self.llm.id, self.card.id, self.family, self.weights, self.kv, self.layout))


def family_of(engine: str) -> str:
    """The engine without its era."""
    return engine.removesuffix("-2023").removesuffix("-2024")


@dataclass
class Subjects:
    """Finds the subject of a case; equal ones are made once."""

    catalog: Catalog
    names: Names = field(init=False)
    _held: dict[object, Subject] = field(default_factory=dict)
    _room: dict[object, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.names = Names(self.catalog)

    def llm(self, case: Case) -> Llm:
        """The LLM of a case. Raises Refused."""
        found = self.names.llm(case.llm)
        if found is None:
            raise Refused(f"LLM not in the catalog: {shown(case.llm)}")
        return self.catalog.llms[found]

    def card(self, case: Case) -> tuple[Accelerator, bool]:
        """The accelerator of a case, and whether it stands in for another. Raises Refused."""
        if "," in case.card:
            raise Refused("accelerators of several kinds")
        found = self.names.card(case.card)
        if found is None:
            raise Refused(f"accelerator not in the catalog: {shown(case.card)}")
        record = self.catalog.components[found[0]]
        assert isinstance(record, Accelerator)
        if record.bandwidth_gb_s is None or record.fp16_tflops is None or record.vram_mib is None:
            raise Refused(f"figures missing in the catalog: {record.id}")
        return record, found[1]

    def find(self, case: Case, layout: Layout, fabric: str | None = None) -> Subject:
        """The subject of a case in a layout. Raises Refused."""
        kv = _source_kv(case)
        key = (case.llm, case.card, case.engine, case.weights, kv, layout, fabric)
        held = self._held.get(key)
        if held is None:
            held = self._held[key] = self._make(case, kv, layout, fabric)
        return held

    def _make(self, case: Case, kv_word: str, layout: Layout, fabric: str | None) -> Subject:
        llm, (card, _) = self.llm(case), self.card(case)
        family = case.engine or ("tensorrt-llm" if card.vendor == "nvidia" else "vllm")
        engine = self.engine(family)
        stored = _stored(case.weights, llm)
        kv, kv_share = _kv(kv_word, stored.weights, family)
        link = link_of(card, layout.tensor, fabric)
        serving = serving_of(llm, card, engine, family, stored, kv, kv_share, layout, link)
        weights: WeightFormat = serving.weight_format
        return Subject(llm, card, engine, family, weights, kv, serving, layout)

    def engine(self, family: str) -> Engine:
        """The catalog's record of an engine, of its era; vLLM's for one that it lacks."""
        record = self.catalog.engines.get(family_of(family))
        if record is None:
            record = self.catalog.engines.get("vllm") or next(iter(self.catalog.engines.values()))
        changes = OLD_ENGINES.get(family)
        return record.model_copy(update=changes) if changes else record

    def room(self, subject: Subject, inputs: float, outputs: float) -> tuple[int, bool]:
        """Sequences that fit in one replica at a time, and whether the memory model says so.

        Where it leaves room for none, the count is what fits beside the least that an engine keeps.
        """
        tokens = round(inputs + HELD.get(subject.family, 1.0) * outputs)
        key = (subject, tokens)
        if key in self._room:
            count = self._room[key]
            return abs(count), count > 0
        count = _room(subject, subject.engine, tokens)
        if count == 0:
            count = -max(1, _room(subject, subject.engine.model_copy(update=LEAN), tokens))
        self._room[key] = count
        return abs(count), count > 0


def _room(s: Subject, engine: Engine, tokens: int) -> int:
    """Sequences in one replica; with data-parallel attention, those of all groups."""
    groups = s.layout.data
    tensor = s.layout.tensor // groups
    kept = 0.0
    if groups > 1:  # a group keeps its share of the experts, and all else by itself
        experts = expert_bytes(s.llm, s.weights)
        kept = experts / s.layout.tensor - experts / tensor
    card_mib = (s.card.vram_mib or 0) - kept / memory.MIB / engine.usable_share
    found = memory.max_sequences(
        s.llm,
        engine,
        s.weights,
        s.kv,
        tokens=max(1, tokens),
        tensor=tensor,
        pipeline=s.layout.pipeline,
        vram_mib=int(card_mib),
    )
    return groups * found


def layout_of(case: Case, moe: bool) -> Layout | None:
    """Degrees and replicas of a case; None where the row does not say.

    Data parallelism of a mixture of experts is that of its attention, over the accelerators that
    share the experts; of a dense LLM it means replicas.
    """
    if case.tensor is None:
        return None
    tensor, pipeline, data, cards = case.tensor, case.pipeline, case.data, case.cards
    if case.source.startswith(SQUARING_SOURCES) and case.expert > 1:
        side = isqrt(max(tensor, data))
        if tensor == data and case.expert == tensor * data:
            tensor, cards = 1, data
        elif side * side == max(tensor, data) and side == case.expert:
            tensor, data, cards = (side, 1, side) if data == 1 else (1, side, side)
    if ATTENTION_DP in case.remarks and moe:
        tensor, data = 1, tensor
    if data > 1 and moe:
        tensor *= data
    elif data > 1:
        data = 1
    whole = tensor * pipeline
    cards = max(cards or whole, whole)
    expert = min(case.expert, tensor) if moe else 1
    return Layout(tensor, pipeline, data, cards // whole, cards, expert)


def link_of(card: Accelerator, tensor: int, fabric: str | None = None) -> Link:
    """What joins the accelerators: NVLink or Infinity Fabric on modules, else bridges or PCIe.

    Cards that are made for bridges (``NVL``) have them, up to as many cards as one bridge joins.
    """
    nvlink = (card.nvlink_gb_s or 0.0) / 2
    if card.interface != "pcie" and nvlink:
        own = {"amd": "xgmi", "intel": "mesh"}.get(card.vendor, "nvswitch")
        return Link(fabric or own, nvlink)
    joined = 0
    if "nvl" in card.id:
        joined = 4 if card.generation == "hopper" and card.bridges_per_pair == 1 else 2
    if nvlink and (fabric == "bridge" or (fabric is None and 1 < tensor <= joined)):
        return Link("bridge", nvlink)
    return Link("pcie", pcie_gb_s(card.pcie_generation or 4, 16))


def _stored(word: str, llm: Llm) -> Format:
    """How the weights are stored; as published where the row does not say. Raises Refused."""
    found = weight_format(word)
    if found is None:
        if word.lower().strip() not in ("", "auto", "default", "native", "nan", "none"):
            raise Refused(f"no weight format like {shown(word)}")
        return Format(llm.published_format)
    small = found.weights in ("nvfp4", "int4", "fp8") and found.bits is None
    return Format("mxfp4") if small and llm.published_format == "mxfp4" else found


def _source_kv(case: Case) -> str:
    """The KV format of the row, or of its source where that is known better."""
    source, engine, cards = FP8_KV
    unsaid = kv_format(case.kv) == "auto"
    if unsaid and case.source == source and case.engine == engine:
        return "fp8" if plain_card(case.card).startswith(cards) else case.kv
    return case.kv


def _kv(word: str, weights: str, family: str) -> tuple[KvFormat, float]:
    """The KV format, and the share of its bytes; ``auto`` is 16 bits.

    TensorRT-LLM's 8- and 4-bit checkpoints set an 8-bit cache.
    """
    named = kv_format(word)
    if named == "auto":
        low = weights in ("fp8", "nvfp4", "mxfp4")
        named = "fp8" if low and family.startswith("tensorrt-llm") else "bf16"
    if named == "int4":
        return "int8", INT4_KV_SHARE
    (known,) = [k for k in get_args(KvFormat) if k == named]
    return known, 1.0


def _compute(stored: Format, card: Accelerator, engine: Engine) -> ComputeFormat:
    """In what GEMMs compute: as the engine says, else in the weights' format where the card can."""
    if stored.compute in get_args(ComputeFormat):
        return stored.compute  # type: ignore[return-value]
    for support in engine.weights:
        if support.format == stored.weights and card.generation in support.generations:
            return support.compute
    if stored.weights == "fp8" and card.fp8_tflops:
        return "fp8"
    if stored.weights in ("nvfp4", "mxfp4") and card.fp4_tflops:
        return "fp4"
    return "int8" if stored.weights == "int8" and card.int8_tops else "fp16"


def serving_of(
    llm: Llm,
    card: Accelerator,
    engine: Engine,
    family: str,
    stored: Format,
    kv: KvFormat,
    kv_share: float,
    layout: Layout,
    link: Link,
) -> Serving:
    """The physics' view of one replica. Raises Refused."""
    try:
        shape: LlmShape = shape_of(llm)
        (weights,) = [w for w in get_args(WeightFormat) if w == stored.weights]
        weight_bytes = memory.weights_bytes(llm, weights)
    except (MissingWidth, OptimizerError) as why:
        raise Refused(str(why)) from why
    experts, table = expert_bytes(llm, weights), 2.0 * shape.embedding_parameters
    if stored.bits is not None:
        share = stored.bits * shape.parameters_total / 8 / weight_bytes
        weight_bytes, experts = weight_bytes * share, experts * share
        table = min(table, weight_bytes * shape.embedding_parameters / shape.parameters_total)
    assert card.bandwidth_gb_s is not None
    assert card.fp16_tflops is not None
    group = layout.tensor // layout.data
    return Serving(
        shape=shape,
        weight_bytes=weight_bytes,
        expert_weight_bytes=experts,
        embedding_bytes=table,
        kv_bytes_per_token=kv_share * memory.kv_full_bytes_per_token(llm, kv),
        kv_fixed_bytes=memory.kv_fixed_bytes(llm, kv),
        kv_window_bytes_per_token=kv_share * memory.kv_window_bytes_per_token(llm, kv),
        kv_split=layout.data * min(group, shape.kv_heads),
        compute=_compute(stored, card, engine),
        weight_format=weights,
        engine_family=family,
        generation=card.generation,
        bandwidth_gb_s=card.bandwidth_gb_s,
        fp16_tflops=card.fp16_tflops,
        fp8_tflops=card.fp8_tflops,
        int8_tops=card.int8_tops,
        fp4_tflops=card.fp4_tflops,
        memory_class="hbm" if card.memory_type.lower().startswith("hbm") else "gddr",
        tensor=layout.tensor,
        pipeline=layout.pipeline,
        link=link,
        stage_link=None,
        sparse_attention=llm.mla is not None and llm.mla.indexer is not None,
        data=layout.data,
        expert=layout.expert,
    )
