"""Enumerate serving layouts on a way to carry accelerators, and score them with ``physics/``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil, floor

from optimizer.instance.dominance import undominated
from optimizer.instance.facts import known
from optimizer.instance.hosting import HostKey
from optimizer.instance.items import Deployment, Power
from optimizer.instance.layouts import Layout, crosses_nodes, layouts
from optimizer.instance.parts import name_weight
from optimizer.instance.replica import Replicas, ReplicaSpeed, Spread, Variant
from optimizer.physics import memory
from optimizer.physics.calibration import is_seen
from optimizer.physics.power import BUSY_UTILISATION, average_w
from optimizer.physics.throughput import Link
from optimizer.schema.calibration import Calibration
from optimizer.schema.components import Accelerator
from optimizer.schema.engine import Engine
from optimizer.schema.formats import default_weights
from optimizer.schema.llm import Llm
from optimizer.schema.request import Policy, Workload

MAX_PIPELINE = 16
AS_PUBLISHED_ONLY = ("mxfp4",)
"""Formats that checkpoints are trained in; nobody converts others to them for these engines."""
NETWORK_SHARE = 1 / 8
"""Gbit/s to GB/s."""


def admitted_weights(workload: Workload, llm: Llm) -> tuple[str, ...]:
    """Formats named by the request, else 8 bits or better and the one the LLM is published in."""
    if workload.weights:
        return workload.weights
    return default_weights(llm.published_format)


def variants(
    workload: Workload, llm: Llm, engines: tuple[Engine, ...], card: Accelerator
) -> list[Variant]:
    """Every engine, weight format and KV format that runs on this accelerator."""
    admitted = admitted_weights(workload, llm)
    found = []
    for engine in engines:
        if card.vendor not in engine.vendors:
            continue
        for weights in engine.weights:
            if weights.format not in admitted or card.generation not in weights.generations:
                continue
            if weights.format in AS_PUBLISHED_ONLY and weights.format != llm.published_format:
                continue
            for kv in engine.kv:
                if kv.format in workload.kv and card.generation in kv.generations:
                    found.append(Variant(engine, weights.format, kv.format, weights.compute, card))
    return found


@dataclass(frozen=True, slots=True)
class Fit:
    """A layout with the memory it needs on the fullest accelerator."""

    variant: Variant
    layout: Layout
    sequences: int
    """Of one replica, at the stated concurrency."""
    use: memory.AcceleratorMemory
    need_mib: int

    @property
    def label(self) -> str:
        """What tells this layout from the others on its host, for tie-breaks."""
        v, y = self.variant, self.layout
        shape = f"{y.tensor_parallel}x{y.pipeline_parallel}x{y.replicas}"
        return f"{v.engine.id}/{v.weight_format}/{v.kv_format}/{v.accelerator.id}/{shape}"


@dataclass(frozen=True, slots=True, order=True)
class Way:
    """A way to carry accelerators, as far as speed is concerned."""

    accelerator: str
    count: int
    fabric: str
    link_gb_s: float
    nodes: int


@dataclass(frozen=True, slots=True)
class Scored:
    """A layout with its speed; rates of the whole build, rounded down, times up."""

    fit: Fit
    speed: ReplicaSpeed

    @property
    def output(self) -> int:
        """Milli-tokens per second at saturation."""
        return _milli(self.speed.saturated.output_tok_s) * self.fit.layout.replicas

    @property
    def user(self) -> int:
        """Milli-tokens per second of one user at the stated concurrency."""
        return _milli(self.speed.stated.user_tok_s)

    @property
    def ttft(self) -> int:
        """Microseconds to the first token."""
        return ceil(self.speed.ttft_s * 1e6)


@dataclass(frozen=True, slots=True)
class Scorer:
    """Deployments of one workload. ``unfit`` keeps layouts that do not fit the memory.

    They can never be in an answer; explanations need them, to show what the rule ``vram`` costs.
    """

    replicas: Replicas
    engines: tuple[Engine, ...]
    policy: Policy
    duty: float
    cards: Mapping[str, Accelerator]
    unfit: bool = False
    prune: bool = True
    least_output: Callable[[], int] = lambda: 0
    """Milli-tokens per second that a layout must be able to reach to matter; it only rises."""
    counts: list[int] = field(default_factory=list)
    """Layouts scored, one entry per way."""
    fits: dict[tuple[str, int, int], list[Fit]] = field(default_factory=dict)
    speeds: dict[tuple[Way, int | None], list[Scored]] = field(default_factory=dict)
    open: dict[tuple[Way, bool], list[Fit]] = field(default_factory=dict)
    made: dict[tuple[Way, int], list[Deployment]] = field(default_factory=dict)

    def on_host(self, host: HostKey, nodes: int, network_gbps: int) -> list[Deployment]:
        """Deployments on ``nodes`` nodes that carry accelerators this way (host index not set).

        Hosts that differ only in their board or lanes share them.
        """
        way = Way(host.accelerator, host.count, host.fabric, host.link_gb_s, nodes)
        key = (way, network_gbps)
        if key not in self.made:
            scored = self._scored(way, None) + self._scored(way, network_gbps)
            self.counts.append(len(scored))
            kept = self._undominated(scored) if self.prune else scored
            self.made[key] = [self._deployment(s, way) for s in kept]
        return self.made[key]

    def _scored(self, way: Way, network_gbps: int | None) -> list[Scored]:
        """Layouts with their speeds: those that stay inside nodes (None), or those that cross.

        A layout that cannot reach what is already had is dropped for good: the value to reach only
        rises, and networks are tried from fast to slow.
        """
        key = (way, network_gbps)
        if key not in self.speeds:
            stage = None if network_gbps is None else Link("network", network_gbps * NETWORK_SHARE)
            link = Link(way.fabric, way.link_gb_s)
            group = (way, stage is not None)
            if group not in self.open:
                self.open[group] = self._on_way(way, stage is not None)
            pairs = [(fit, self._score(fit, link, stage)) for fit in self.open[group]]
            self.speeds[key] = [scored for _, scored in pairs if scored is not None]
            self.open[group] = [fit for fit, scored in pairs if scored is not None]
        return self.speeds[key]

    def _on_way(self, way: Way, crossing: bool) -> list[Fit]:
        """Layouts that fit, inside nodes or across them.

        A bridge joins a pair; wider groups run at the speed of PCIe, and are listed there.
        """
        card = self.cards[way.accelerator]
        fits = self.fits_of(card, way.count, way.nodes, card)
        return [
            fit
            for fit in fits
            if crosses_nodes(fit.layout, way.count) == crossing
            and (way.fabric != "bridge" or fit.layout.tensor_parallel == 2)
        ]

    def _score(self, fit: Fit, link: Link, stage: Link | None) -> Scored | None:
        """A layout with its speed; None when its throughput cannot reach what is already had."""
        layout = fit.layout
        spread = Spread(layout.tensor_parallel, layout.pipeline_parallel, link, stage)
        least = self.least_output()
        if least > 0:
            most = self.replicas.most_output(fit.variant, spread, fit.sequences)
            if ceil(most * 1000) * layout.replicas < least:
                return None
        return Scored(fit, self.replicas.speed(fit.variant, spread, fit.sequences))

    def _undominated(self, scored: list[Scored]) -> list[Scored]:
        """What :func:`optimizer.instance.prune.prune_deployments` would keep, before it is built.

        On one way to carry accelerators, system memory, bridges and power are the same for all.
        """

        def columns(s: Scored) -> tuple[int, ...]:
            over = max(0, s.fit.need_mib - s.fit.use.usable_mib)
            return (over, self._storage_gb(s.fit.variant), -s.output, -s.user, s.ttft)

        return undominated(
            scored,
            lambda _s: 0,
            columns,
            lambda s: (-s.output, -s.user, name_weight(s.fit.label)),
        )

    def fits_of(self, card: Accelerator, count: int, nodes: int, like: Accelerator) -> list[Fit]:
        """Layouts whose memory suffices (all, with ``unfit``), whatever the link.

        What the request accepts is asked of ``like``: the card itself, or one that it stands for.
        """
        key = (card.id, count, nodes)
        if key not in self.fits:
            check_facts(card)
            self.fits[key] = [
                fit
                for variant in variants(
                    self.replicas.workload, self.replicas.llm, self.engines, card
                )
                if accepts(self.policy, self.replicas.calibration, variant.engine, like)
                for layout in self._layouts(variant.engine, count, nodes)
                if (fit := self._fit(variant, layout)) is not None
            ]
        return self.fits[key]

    def _layouts(self, engine: Engine, count: int, nodes: int) -> Iterator[Layout]:
        """Layouts that the engine can run; the tensor-parallel degree divides the heads."""
        shape = self.replicas.shape
        tensor_ok = {
            t
            for t in range(1, count + 1)
            if (t == 1 or engine.tensor_parallel) and shape.attention_heads % t == 0
        }
        pipeline = min(MAX_PIPELINE if engine.pipeline_parallel else 1, shape.layers)
        for layout in layouts(count, nodes, pipeline, tensor_ok.__contains__):
            if engine.across_nodes or not crosses_nodes(layout, count):
                yield layout

    def _fit(self, variant: Variant, layout: Layout) -> Fit | None:
        sequences = -(-self.replicas.workload.concurrency // layout.replicas)
        tensor, pipeline = layout.tensor_parallel, layout.pipeline_parallel
        use = self.replicas.memory(variant, tensor, pipeline, sequences)
        need = use.weights_mib + use.kv_cache_mib + use.activations_mib + use.runtime_mib
        if need > use.usable_mib and not self.unfit:
            return None
        return Fit(variant, layout, sequences, use, need)

    def _deployment(self, scored: Scored, way: Way) -> Deployment:
        fit, speed = scored.fit, scored.speed
        layout, use, card = fit.layout, fit.use, fit.variant.accelerator
        vram = known(card.vram_mib, "vram_mib") * way.count
        return Deployment(
            index=-1,
            host=-1,
            engine=fit.variant.engine.id,
            weight_format=fit.variant.weight_format,
            kv_format=fit.variant.kv_format,
            tensor_parallel=layout.tensor_parallel,
            pipeline_parallel=layout.pipeline_parallel,
            replicas=layout.replicas,
            sequences=speed.sequences * layout.replicas,
            vram_need_mib=fit.need_mib,
            vram_usable_mib=use.usable_mib,
            memory_parts_mib=(
                use.weights_mib,
                use.kv_cache_mib,
                use.activations_mib,
                use.runtime_mib,
            ),
            system_memory_gib=ceil(round(self.policy.memory_per_vram * vram / 1024, 6)),
            storage_gb=self._storage_gb(fit.variant),
            bridges=_bridges(way, card),
            power=_power(card, way.count, self.duty),
            name_weight=name_weight(fit.label),
            output_milli=scored.output,
            user_milli=scored.user,
            saturated_user_milli=_milli(speed.saturated.user_tok_s),
            batch1_milli=_milli(speed.batch1_tok_s),
            ttft_us=scored.ttft,
            tpot_us=ceil(speed.stated.tpot_s * 1e6),
            band_permille=(round(speed.band[0] * 1000), round(speed.band[1] * 1000)),
            basis=speed.basis,
        )

    def _storage_gb(self, variant: Variant) -> int:
        weights = memory.weights_bytes(self.replicas.llm, variant.weight_format) / 1e9
        room = ceil(round(self.policy.storage_per_weights * weights, 6))
        return self.policy.storage_base_gb + room


def accepts(policy: Policy, calibration: Calibration, engine: Engine, card: Accelerator) -> bool:
    """Whether an engine's speed on an accelerator rests on what the request accepts."""
    if policy.speed_basis == "roofline" or card.id in policy.accelerators:
        return True
    return all(is_seen(calibration, engine.family, card.generation))


def check_facts(card: Accelerator) -> None:
    """Raise MissingFact unless every figure that a prediction needs is known."""
    known(card.vram_mib, "vram_mib")
    known(card.bandwidth_gb_s, "bandwidth_gb_s")
    known(card.fp16_tflops, "fp16_tflops")
    known(card.tdp_w, "tdp_w")
    known(card.idle_w, "idle_w")


def _bridges(way: Way, card: Accelerator) -> int:
    return way.count // 2 * card.bridges_per_pair if way.fabric == "bridge" else 0


def _power(card: Accelerator, count: int, duty: float) -> Power:
    peak, idle = known(card.tdp_w, "tdp_w"), known(card.idle_w, "idle_w")
    return Power(peak * count, average_w(idle, peak, duty, BUSY_UTILISATION) * count, idle * count)


def _milli(tok_s: float) -> int:
    """Rates are rounded down."""
    return floor(tok_s * 1000)
