"""One replica of an LLM on some accelerators: does it fit, and how fast is it?

Figures come from ``physics/``. They are cached per replica shape, because hosts that differ only in
their board, their price or their number of replicas share them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from optimizer.physics import loads, memory, steps, throughput
from optimizer.physics.formats import expert_bytes
from optimizer.physics.parameters import LlmShape, shape_of
from optimizer.physics.steps import Step
from optimizer.schema.build import Basis
from optimizer.schema.calibration import Calibration
from optimizer.schema.components import Accelerator
from optimizer.schema.engine import Engine
from optimizer.schema.formats import ComputeFormat, KvFormat, WeightFormat
from optimizer.schema.llm import Llm
from optimizer.schema.request import Workload


@dataclass(frozen=True, slots=True)
class Variant:
    """An engine with a weight format and a KV format on one accelerator."""

    engine: Engine
    weight_format: WeightFormat
    kv_format: KvFormat
    compute: ComputeFormat
    accelerator: Accelerator


@dataclass(frozen=True, slots=True)
class Spread:
    """How one replica is laid out, and over which links."""

    tensor: int
    pipeline: int
    link: throughput.Link
    stage_link: throughput.Link | None


@dataclass(frozen=True, slots=True)
class ReplicaSpeed:
    """Rates of one replica: at saturation, at the stated concurrency, alone."""

    sequences: int
    saturated: throughput.Rates
    stated: throughput.Rates
    batch1_tok_s: float
    ttft_s: float
    basis: Basis
    band: tuple[float, float]


@dataclass
class Replicas:
    """Evaluates replicas of one workload. ``min_user_tok_s`` bounds saturation."""

    llm: Llm
    workload: Workload
    calibration: Calibration
    _fit: dict[object, memory.AcceleratorMemory] = field(default_factory=dict)
    _room: dict[object, int] = field(default_factory=dict)
    _speed: dict[object, ReplicaSpeed] = field(default_factory=dict)
    _most: dict[object, float] = field(default_factory=dict)
    """Output with the memory full."""
    _steps: dict[object, Step] = field(default_factory=dict)
    _shape: LlmShape | None = None

    def serving_also(self, workload: Workload) -> Replicas:
        """Replicas of another workload of the same LLM; figures that stay the same are shared."""
        mine, other = self.workload, Replicas(self.llm, workload, self.calibration)
        other._shape, other._steps = self._shape, self._steps
        if mine.llm != workload.llm:
            raise ValueError("replicas of another LLM")
        if (mine.input_tokens, mine.output_tokens) == (
            workload.input_tokens,
            workload.output_tokens,
        ):
            other._room, other._most = self._room, self._most
            if mine.targets.min_tok_s_per_user == workload.targets.min_tok_s_per_user:
                other._speed = self._speed
        if mine.context == workload.context:
            other._fit = self._fit
        return other

    @property
    def shape(self) -> LlmShape:
        """Parameter counts of the LLM."""
        if self._shape is None:
            self._shape = shape_of(self.llm)
        return self._shape

    def has_room(self, variant: Variant, tensor: int, pipeline: int) -> bool:
        """Whether anything fits beside the weights."""
        return memory.has_room(
            self.llm,
            variant.engine,
            variant.weight_format,
            tensor=tensor,
            pipeline=pipeline,
            vram_mib=variant.accelerator.vram_mib or 0,
        )

    def memory(
        self, variant: Variant, tensor: int, pipeline: int, sequences: int
    ) -> memory.AcceleratorMemory:
        """Need and usable memory of the fullest accelerator, KV at the full context."""
        vram = variant.accelerator.vram_mib or 0
        key = (
            variant.engine.id,
            variant.weight_format,
            variant.kv_format,
            tensor,
            pipeline,
            sequences,
            vram,
        )
        held = self._fit.get(key)
        if held is None:
            held = self._fit[key] = memory.accelerator_memory(
                self.llm,
                variant.engine,
                variant.weight_format,
                variant.kv_format,
                context=self.workload.context,
                sequences=sequences,
                tensor=tensor,
                pipeline=pipeline,
                vram_mib=vram,
            )
        return held

    def room(self, variant: Variant, tensor: int, pipeline: int) -> int:
        """Sequences of the mean length that fit in one replica, at most the engine's cap."""
        vram = variant.accelerator.vram_mib or 0
        key = (variant.engine.id, variant.weight_format, variant.kv_format, tensor, pipeline, vram)
        held = self._room.get(key)
        if held is None:
            tokens = self.workload.input_tokens + self.workload.output_tokens
            held = self._room[key] = memory.max_sequences(
                self.llm,
                variant.engine,
                variant.weight_format,
                variant.kv_format,
                tokens=tokens,
                tensor=tensor,
                pipeline=pipeline,
                vram_mib=vram,
            )
        return held

    def speed(self, variant: Variant, spread: Spread, sequences: int) -> ReplicaSpeed:
        """Rates with ``sequences`` at the stated concurrency; saturation is searched for."""
        key = (_names(variant), spread, sequences)
        held = self._speed.get(key)
        if held is None:
            held = self._speed[key] = self._evaluate(variant, spread, sequences)
        return held

    def capped(
        self, variant: Variant, spread: Spread, sequences: int, share: float
    ) -> ReplicaSpeed:
        """The same on accelerators that keep ``share`` of their speed under a power cap.

        Prefill and decode slow down alike. Where users then get less than the least rate, fewer
        sequences run at once.
        """
        full = self.speed(variant, spread, sequences)
        if share >= 1:
            return full
        key = _names(variant)
        held = self._speed.get((key, spread, sequences, share))
        if held is None:
            held = self._slowed(full, self.step(variant, spread), sequences, share)
            self._speed[key, spread, sequences, share] = held
        return held

    def _slowed(self, full: ReplicaSpeed, step: Step, sequences: int, share: float) -> ReplicaSpeed:
        least = self.workload.targets.min_tok_s_per_user / share
        count, saturated = full.sequences, full.saturated
        if full.stated.user_tok_s < least:
            count, saturated = sequences, full.stated
        elif saturated.user_tok_s < least:
            count, saturated = self._saturate(step, sequences, count, full.stated, least)
        return replace(
            full,
            sequences=count,
            saturated=_slower(saturated, share),
            stated=_slower(full.stated, share),
            batch1_tok_s=full.batch1_tok_s * share,
            ttft_s=full.ttft_s / share,
        )

    def most_output(self, variant: Variant, spread: Spread, sequences: int) -> float:
        """Output tok/s with the memory full, whatever each user gets: no load gives more.

        One evaluation instead of a search, to see whether a layout can matter at all.
        """
        key = (_names(variant), spread, sequences)
        held = self._most.get(key)
        if held is None:
            room = max(sequences, self.room(variant, spread.tensor, spread.pipeline))
            held = self._most[key] = self._rates(self.step(variant, spread), room).output_tok_s
        return held

    def first_token_s(self, variant: Variant, spread: Spread) -> float:
        """Seconds to the first token of one prompt alone."""
        return loads.lone_ttft_s(self.step(variant, spread), self.workload.input_tokens)

    def user_rate(self, variant: Variant, spread: Spread, sequences: int) -> float:
        """Tokens per second of one user with ``sequences`` at once."""
        return self._rates(self.step(variant, spread), sequences).user_tok_s

    def step(self, variant: Variant, spread: Spread) -> Step:
        """Coefficients of a replica."""
        key = (_names(variant), spread)
        held = self._steps.get(key)
        if held is None:
            serving = self.serving(variant, spread)
            held = self._steps[key] = steps.fresh_step(serving, self.calibration)
        return held

    def _rates(self, step: Step, sequences: int) -> throughput.Rates:
        """Continuous batching with so many sequences at once."""
        work = self.workload
        return loads.closed_loop(step, sequences, work.input_tokens, work.output_tokens)

    def _evaluate(self, variant: Variant, spread: Spread, sequences: int) -> ReplicaSpeed:
        work, step = self.workload, self.step(variant, spread)
        isl, osl = work.input_tokens, work.output_tokens
        stated = self._rates(step, sequences)
        room = max(sequences, self.room(variant, spread.tensor, spread.pipeline))
        count, saturated = sequences, stated
        if stated.user_tok_s >= work.targets.min_tok_s_per_user:
            least = work.targets.min_tok_s_per_user
            count, saturated = self._saturate(step, sequences, room, stated, least)
        serving = self.serving(variant, spread)
        basis, low, high = throughput.error_band(serving, self.calibration)
        return ReplicaSpeed(
            sequences=count,
            saturated=saturated,
            stated=stated,
            batch1_tok_s=1.0 / step.decode_s(1.0, isl + osl / 2),
            ttft_s=loads.lone_ttft_s(step, isl),
            basis=basis,
            band=(low, high),
        )

    def _saturate(
        self, step: Step, low: int, high: int, at_low: throughput.Rates, least: float
    ) -> tuple[int, throughput.Rates]:
        """The most sequences at which each user keeps the least rate: rates fall with load."""
        full = self._rates(step, high)
        if full.user_tok_s >= least:
            return high, full
        best = at_low
        while high - low > 1:
            middle = (low + high) // 2
            found = self._rates(step, middle)
            if found.user_tok_s >= least:
                low, best = middle, found
            else:
                high = middle
        return low, best

    def serving(self, variant: Variant, spread: Spread) -> throughput.Serving:
        """The physics' view of one replica."""
        card, llm = variant.accelerator, self.llm
        assert card.bandwidth_gb_s is not None
        assert card.fp16_tflops is not None
        kv = variant.kv_format
        return throughput.Serving(
            shape=self.shape,
            weight_bytes=memory.weights_bytes(llm, variant.weight_format),
            expert_weight_bytes=expert_bytes(llm, variant.weight_format),
            embedding_bytes=2.0 * self.shape.embedding_parameters,
            kv_bytes_per_token=memory.kv_full_bytes_per_token(llm, kv),
            kv_fixed_bytes=memory.kv_fixed_bytes(llm, kv),
            kv_window_bytes_per_token=memory.kv_window_bytes_per_token(llm, kv),
            kv_split=min(spread.tensor, self.shape.kv_heads),
            compute=variant.compute,
            weight_format=variant.weight_format,
            engine_family=variant.engine.family,
            generation=card.generation,
            bandwidth_gb_s=card.bandwidth_gb_s,
            fp16_tflops=card.fp16_tflops,
            fp8_tflops=card.fp8_tflops,
            int8_tops=card.int8_tops,
            fp4_tflops=card.fp4_tflops,
            memory_class="hbm" if card.memory_type.lower().startswith("hbm") else "gddr",
            tensor=spread.tensor,
            pipeline=spread.pipeline,
            link=spread.link,
            stage_link=spread.stage_link,
            sparse_attention=llm.mla is not None and llm.mla.indexer is not None,
        )


def _names(variant: Variant) -> tuple[str, str, str, str]:
    """What tells variants apart."""
    return (variant.engine.id, variant.weight_format, variant.kv_format, variant.accelerator.id)


def _slower(rates: throughput.Rates, share: float) -> throughput.Rates:
    """Rates of which a share is kept."""
    return throughput.Rates(
        output_tok_s=rates.output_tok_s * share,
        user_tok_s=rates.user_tok_s * share,
        tpot_s=rates.tpot_s / share,
    )
