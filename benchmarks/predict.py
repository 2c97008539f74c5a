"""Predict what a measurement measured, from the catalog and the shipped constants."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import get_args

from benchmarks.measurements import Case, Refused
from optimizer.catalog.catalog import Catalog
from optimizer.errors import OptimizerError
from optimizer.physics import memory, throughput
from optimizer.physics.formats import expert_bytes
from optimizer.physics.parameters import shape_of
from optimizer.physics.throughput import Link, Serving
from optimizer.schema.calibration import Calibration
from optimizer.schema.components import Accelerator
from optimizer.schema.engine import Engine
from optimizer.schema.formats import ComputeFormat, KvFormat, WeightFormat
from optimizer.schema.llm import Llm

PCIE_GB_S = {3: 15.76, 4: 31.5, 5: 63.0, 6: 121.0}
"""16 lanes, one direction."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A case with the catalog's records, and the replica that it runs on."""

    case: Case
    llm: Llm
    accelerator: Accelerator
    engine: Engine | None
    kv: KvFormat
    serving: Serving
    sequences: int


@dataclass
class Predictor:
    """Turns cases into predictions. Raises Refused where the catalog lacks something."""

    catalog: Catalog
    calibration: Calibration
    _names: dict[str, dict[str, str]] = field(default_factory=dict)

    def _find(self, kind: str, name: str) -> str:
        if kind not in self._names:
            self._names[kind] = self.catalog.names(kind)
        found = self._names[kind].get(name.lower())
        if found is None:
            raise Refused(f"{kind} not in the catalog: {name}")
        return found

    def subject(self, case: Case) -> Subject:
        """The replica that a case was measured on. Raises Refused."""
        llm = self.catalog.llms[self._find("llm", case.llm)]
        card = self.catalog.components[self._find("accelerator", case.accelerator)]
        assert isinstance(card, Accelerator)
        engine = self.catalog.engines.get(family_of(case.engine))
        weights = _weight_format(case.precision, llm)
        kv = _kv_format(case, weights)
        serving = _serving(case, llm, card, engine, weights, kv)
        sequences = self._sequences(case, llm, card, engine, weights, kv)
        return Subject(case, llm, card, engine, kv, serving, sequences)

    def _sequences(
        self,
        case: Case,
        llm: Llm,
        card: Accelerator,
        engine: Engine | None,
        weights: WeightFormat,
        kv: KvFormat,
    ) -> int:
        """Sequences in flight: those given, or as many as memory holds."""
        loaded = case.sequences is None or case.measure.startswith("closed-loop")
        if not loaded:
            assert case.sequences is not None
            return case.sequences
        if engine is None:
            raise Refused("maximum load on an engine that the catalog lacks")
        room = memory.max_sequences(
            llm,
            engine,
            weights,
            kv,
            tokens=case.input_tokens + case.output_tokens,
            tensor=case.tensor,
            pipeline=case.pipeline,
            vram_mib=card.vram_mib or 0,
        )
        if room == 0:
            raise Refused("does not fit by the memory model")
        if case.sequences is None:
            return room
        if case.sequences > room and case.measure == "closed-loop TTFT":
            raise Refused("more sequences than fit by the memory model: requests queue")
        return min(case.sequences, room)

    def predict(self, subject: Subject) -> float:
        """Tok/s, or seconds, as the case measures."""
        return predict(subject, self.calibration)


def family_of(engine: str) -> str:
    """The engine without its era."""
    return engine.removesuffix("-2023").removesuffix("-2024")


def predict(subject: Subject, cal: Calibration) -> float:
    """Tok/s, or seconds, as the case measures."""
    s, case, count = subject.serving, subject.case, subject.sequences
    isl, osl = case.input_tokens, case.output_tokens
    mean = isl + osl / 2
    match case.measure:
        case "offline throughput":
            return throughput.closed_loop(s, count, isl, osl, cal).output_tok_s
        case "closed-loop TPOT":
            return throughput.closed_loop(s, count, isl, osl, cal).tpot_s
        case "closed-loop TTFT":
            return throughput.loaded_ttft_s(s, count, isl, osl, cal)
        case "static TPOT":
            return throughput.decode_step_s(s, count, mean, cal)
        case "static TTFT":
            return throughput.prefill_s(s, isl, count, cal)
        case "batch-1 decode":
            return throughput.batch1_tok_s(s, isl, osl, cal)
        case "static throughput":
            whole = throughput.prefill_s(s, isl, count, cal)
            whole += osl * throughput.decode_step_s(s, count, mean, cal)
            return count * osl / whole


def _weight_format(precision: str, llm: Llm) -> WeightFormat:
    if precision == "nvfp4" and llm.published_format == "mxfp4":
        return "mxfp4"
    for known in get_args(WeightFormat):
        if known == precision:
            return known  # type: ignore[no-any-return]
    raise Refused(f"no weight format like {precision}")


def _kv_format(case: Case, weights: WeightFormat) -> KvFormat:
    """The format given; ``auto`` is 16 bits, but 8 in TensorRT-LLM's 8- and 4-bit checkpoints."""
    if case.kv_precision in ("fp8", "int8"):
        return "fp8"
    if case.kv_precision in ("fp16", "bf16"):
        return "bf16"
    if case.kv_precision in ("auto", "nan"):
        low = weights in ("fp8", "nvfp4", "mxfp4")
        return "fp8" if low and case.engine.startswith("tensorrt-llm") else "bf16"
    raise Refused(f"no KV format like {case.kv_precision}")


def _compute(weights: WeightFormat, card: Accelerator, engine: Engine | None) -> ComputeFormat:
    """In what GEMMs compute: as the engine says, else in the weights' format where the card can."""
    for support in engine.weights if engine else ():
        if support.format == weights and card.generation in support.generations:
            return support.compute
    if weights == "fp8" and card.fp8_tflops:
        return "fp8"
    if weights in ("nvfp4", "mxfp4") and card.fp4_tflops:
        return "fp4"
    return "int8" if weights == "int8" and card.int8_tops else "fp16"


def _link(card: Accelerator) -> Link:
    """NVLink or Infinity Fabric where the modules have it; PCIe on cards."""
    if card.interface != "pcie" and card.nvlink_gb_s:
        fabric = "xgmi" if card.vendor == "amd" else "nvswitch"
        return Link(fabric, card.nvlink_gb_s / 2)
    return Link("pcie", PCIE_GB_S[card.pcie_generation])


def _serving(
    case: Case,
    llm: Llm,
    card: Accelerator,
    engine: Engine | None,
    weights: WeightFormat,
    kv: KvFormat,
) -> Serving:
    """The physics' view of the replica."""
    try:
        shape = shape_of(llm)
        weight_bytes = memory.weights_bytes(llm, weights)
    except (OptimizerError, ValueError) as why:
        raise Refused(str(why)) from why
    if card.bandwidth_gb_s is None or card.fp16_tflops is None:
        raise Refused(f"figures missing in the catalog: {card.id}")
    return Serving(
        shape=shape,
        weight_bytes=weight_bytes,
        expert_weight_bytes=expert_bytes(llm, weights),
        embedding_bytes=2.0 * shape.embedding_parameters,
        kv_bytes_per_token=memory.kv_full_bytes_per_token(llm, kv),
        kv_fixed_bytes=memory.kv_fixed_bytes(llm, kv),
        kv_window_bytes_per_token=memory.kv_window_bytes_per_token(llm, kv),
        kv_split=min(case.tensor, shape.kv_heads),
        compute=_compute(weights, card, engine),
        weight_format=weights,
        engine_family=case.engine,
        generation=card.generation,
        bandwidth_gb_s=card.bandwidth_gb_s,
        fp16_tflops=card.fp16_tflops,
        fp8_tflops=card.fp8_tflops,
        int8_tops=card.int8_tops,
        fp4_tflops=card.fp4_tflops,
        memory_class="hbm" if card.memory_type.lower().startswith("hbm") else "gddr",
        tensor=case.tensor,
        pipeline=case.pipeline,
        link=_link(card),
        stage_link=None,
        sparse_attention=llm.mla is not None and llm.mla.indexer is not None,
    )
