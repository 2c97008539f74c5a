"""Enumerate serving layouts on a way to carry accelerators, and score them with ``physics/``."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from math import ceil, floor

from optimizer.instance.caps import Cap, Caps, Figures, cap_at, ladder
from optimizer.instance.dominance import Row, undominated
from optimizer.instance.facts import known
from optimizer.instance.hosting import HostKey
from optimizer.instance.items import Deployment, Power
from optimizer.instance.layouts import Layout, crosses_nodes, layouts
from optimizer.instance.parts import name_weight
from optimizer.instance.replica import Replicas, Spread, Variant
from optimizer.instance.scored import Fit, Scored, Way, best_of, milli
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


def _rates(output_milli: int, user_milli: int, ttft_us: int) -> Row:
    """Figures in which less is better."""
    return (-output_milli, -user_milli, ttft_us)


@dataclass(slots=True)
class Sought:
    """What the question asked last looks for: layouts by way, network and power."""

    _asked: object = None
    _found: dict[Hashable, list[Deployment]] = field(default_factory=dict)

    def by(self, question: object) -> dict[Hashable, list[Deployment]]:
        """What was found for a question; nothing, where another was asked meanwhile."""
        if self._asked is not question:
            self._asked, self._found = question, {}
        return self._found


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
    reached: dict[Hashable, int] = field(default_factory=dict)
    """Bounds of rates that are known; see ``reach``."""
    speeds: dict[tuple[Way, int | None], list[Scored]] = field(default_factory=dict)
    made: dict[tuple[Way, int], list[Deployment]] = field(default_factory=dict)
    capped: dict[object, list[Deployment]] = field(default_factory=dict)
    sought: Sought = field(default_factory=Sought)

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

        A layout that cannot reach what is already had is dropped for good: that only rises.
        """
        key = (way, network_gbps)
        if key not in self.speeds:
            stage = None if network_gbps is None else Link("network", network_gbps * NETWORK_SHARE)
            link = Link(way.fabric, way.link_gb_s)
            made = (self._score(fit, link, stage) for fit in self._on_way(way, stage is not None))
            self.speeds[key] = [scored for scored in made if scored is not None]
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

    def with_caps(
        self, host: HostKey, nodes: int, network_gbps: int, caps: Caps, below_tdp: bool
    ) -> list[Deployment]:
        """The same under the power caps that ``caps`` keeps; ``below_tdp`` leaves out the TDP."""
        way = Way(host.accelerator, host.count, host.fabric, host.link_gb_s, nodes)
        if caps.pays is not None:
            return self._with_caps(way, network_gbps, caps, below_tdp, host)
        if caps.worth is not None:
            return self._sought(way, network_gbps, caps, below_tdp, host)
        key = (way, network_gbps, caps, below_tdp)
        if key not in self.capped:
            self.capped[key] = self._with_caps(way, network_gbps, caps, below_tdp, host)
        return self.capped[key]

    def _sought(
        self, way: Way, network_gbps: int, caps: Caps, below_tdp: bool, host: HostKey
    ) -> list[Deployment]:
        """What one question looks for, case by case: that only gets less as it goes on."""
        found = self.sought.by(caps.worth)
        key = (way, network_gbps, below_tdp)
        if key not in found:
            found[key] = self._with_caps(way, network_gbps, caps, below_tdp, host)
        return found[key]

    def _with_caps(
        self, way: Way, network_gbps: int, caps: Caps, below_tdp: bool, host: HostKey
    ) -> list[Deployment]:
        scored = self._scored(way, None) + self._scored(way, network_gbps)
        if not scored:
            return []
        if caps.worth is not None and not caps.worth(best_of(scored)):
            return []
        card = self.cards[way.accelerator]
        steps = ladder(card) + (() if below_tdp else (cap_at(card, card.tdp_w or 0),))
        kept: list[Scored] = []
        for one in scored:
            possible = self._open_steps(one, host, way, caps, steps)
            if possible:
                build = partial(self._under, one)
                kept += caps.kept(possible, build, partial(self._figures, way))
        self.counts.append(len(kept))
        chosen = self._undominated(kept, caps.served) if self.prune else kept
        return [self._deployment(s, way) for s in chosen]

    def _open_steps(
        self, scored: Scored, host: HostKey, way: Way, caps: Caps, steps: tuple[Cap, ...]
    ) -> tuple[Cap, ...]:
        """Caps under which a layout can matter, by bounds that need no search for saturation.

        Under a cap each user gets less, so no more sequences run at once than without, and each
        rate is at most its share of the one without: more sequences never make less output.
        """
        if not steps or (caps.pays is None and not caps.filters):
            return steps
        found = []
        for cap in reversed(steps):
            if not caps.admits(self._most(scored, cap.share)):
                break
            found.append(cap)
        if caps.pays is None or not found:
            return tuple(reversed(found))
        needs = (self._memory_gib(way), self._storage_gb(scored.fit.variant))

        def may_pay(share: float, cap: Cap) -> bool:
            assert caps.pays is not None
            mean = self._mean_w(scored, way, cap)
            return caps.pays(host, replace(self._most(scored, share), average_w=mean), *needs)

        if not may_pay(found[0].share, steps[0]):
            return ()  # not even at the lowest power and the full speed
        return tuple(cap for cap in reversed(found) if may_pay(cap.share, cap))

    def _memory_gib(self, way: Way) -> int:
        vram = known(self.cards[way.accelerator].vram_mib, "vram_mib") * way.count
        return ceil(round(self.policy.memory_per_vram * vram / 1024, 6))

    @staticmethod
    def _most(scored: Scored, share: float) -> Figures:
        """Rates that no cap of this share exceeds, and a time that none stays under."""
        replicas = scored.fit.layout.replicas
        output = ceil((scored.output + replicas) * share) + 1
        user, ttft = ceil((scored.user + 1) * share) + 1, floor((scored.ttft - 1) / share) - 1
        return Figures(output, user, ttft, 0)

    def _mean_w(self, scored: Scored, way: Way, cap: Cap) -> int:
        idle = known(scored.fit.variant.accelerator.idle_w, "idle_w")
        return average_w(idle, cap.watts, self.duty, BUSY_UTILISATION) * way.count

    def _under(self, scored: Scored, cap: Cap) -> Scored:
        fit = scored.fit
        speed = self.replicas.capped(fit.variant, scored.spread, fit.sequences, cap.share)
        return replace(scored, speed=speed, cap=cap)

    def _figures(self, way: Way, s: Scored) -> Figures:
        return Figures(s.output, s.user, s.ttft, self._power(s, way).average_w)

    def _power(self, scored: Scored, way: Way) -> Power:
        idle = known(scored.fit.variant.accelerator.idle_w, "idle_w")
        mean = self._mean_w(scored, way, scored.cap)
        return Power(scored.cap.watts * way.count, mean, idle * way.count)

    def _score(self, fit: Fit, link: Link, stage: Link | None) -> Scored | None:
        """A layout with its speed; None when its throughput cannot reach what is already had."""
        layout = fit.layout
        spread = Spread(layout.tensor_parallel, layout.pipeline_parallel, link, stage)
        least = self.least_output()
        if least > 0:
            most = self.replicas.most_output(fit.variant, spread, fit.sequences)
            if ceil(most * 1000) * layout.replicas < least:
                return None
        card, fixed = fit.variant.accelerator, self.policy.power_cap
        cap = cap_at(card, fixed if isinstance(fixed, int) else known(card.tdp_w, "tdp_w"))
        speed = self.replicas.capped(fit.variant, spread, fit.sequences, cap.share)
        return Scored(fit, spread, cap, speed)

    def _undominated(
        self, scored: list[Scored], served: Callable[[int, int, int], Row] = _rates
    ) -> list[Scored]:
        """What :func:`optimizer.instance.prune.prune_deployments` would keep, before it is built.

        On one way to carry accelerators, system memory and bridges are the same for all, and power
        follows from the cap.
        """

        def columns(s: Scored) -> tuple[int, ...]:
            over = max(0, s.fit.need_mib - s.fit.use.usable_mib)
            storage = self._storage_gb(s.fit.variant)
            return (over, storage, s.cap.watts, *served(s.output, s.user, s.ttft))

        return undominated(
            scored,
            lambda _s: 0,
            columns,
            lambda s: (-s.output, -s.user, name_weight(s.label)),
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
        if not self.unfit and not self.replicas.has_room(variant, tensor, pipeline):
            return None
        use = self.replicas.memory(variant, tensor, pipeline, sequences)
        need = use.weights_mib + use.kv_cache_mib + use.activations_mib + use.runtime_mib
        if need > use.usable_mib and not self.unfit:
            return None
        return Fit(variant, layout, sequences, use, need)

    def _deployment(self, scored: Scored, way: Way) -> Deployment:
        fit, speed = scored.fit, scored.speed
        layout, use, card = fit.layout, fit.use, fit.variant.accelerator
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
            system_memory_gib=self._memory_gib(way),
            storage_gb=self._storage_gb(fit.variant),
            bridges=_bridges(way, card),
            power=self._power(scored, way),
            cap_w=scored.cap.watts,
            kept_permille=round(scored.cap.share * 1000),
            name_weight=name_weight(scored.label),
            output_milli=scored.output,
            user_milli=scored.user,
            saturated_user_milli=milli(speed.saturated.user_tok_s),
            batch1_milli=milli(speed.batch1_tok_s),
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
