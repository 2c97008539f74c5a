"""Enumerate serving layouts on a way to carry accelerators, and score them with ``physics/``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

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
from optimizer.schema.components import Accelerator
from optimizer.schema.engine import Engine
from optimizer.schema.formats import EIGHT_BITS_OR_BETTER
from optimizer.schema.llm import Llm
from optimizer.schema.request import Policy, Workload

MAX_PIPELINE = 16
NETWORK_SHARE = 1 / 8
"""Gbit/s to GB/s."""


def admitted_weights(workload: Workload, llm: Llm) -> tuple[str, ...]:
    """Formats named by the request, else 8 bits or better and the one the LLM is published in."""
    if workload.weights:
        return workload.weights
    return tuple(dict.fromkeys((*EIGHT_BITS_OR_BETTER, llm.published_format)))


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
            for kv in engine.kv:
                if kv.format in workload.kv and card.generation in kv.generations:
                    found.append(Variant(engine, weights.format, kv.format, weights.compute, card))
    return found


@dataclass(frozen=True, slots=True)
class Scorer:
    """Deployments of one workload. ``unfit`` keeps layouts that do not fit the memory.

    They can never be in an answer; explanations need them, to show what the rule ``vram`` costs.
    """

    replicas: Replicas
    engines: tuple[Engine, ...]
    policy: Policy
    duty: float
    unfit: bool = False

    def trusts(self, card: Accelerator) -> bool:
        """Whether some engine's speeds on this accelerator rest on what the request accepts."""
        return any(card.vendor in e.vendors and self._accepts(e, card) for e in self.engines)

    def _accepts(self, engine: Engine, card: Accelerator) -> bool:
        if self.policy.speed_basis == "roofline" or card.id in self.policy.accelerators:
            return True
        return all(is_seen(self.replicas.calibration, engine.family, card.generation))

    def on_host(
        self, host: HostKey, index: int, card: Accelerator, nodes: int, network_gbps: int
    ) -> Iterator[Deployment]:
        """Every deployment on ``nodes`` nodes that carry accelerators this way."""
        check_facts(card)
        workload, llm = self.replicas.workload, self.replicas.llm
        heads = self.replicas.shape.attention_heads
        for variant in variants(workload, llm, self.engines, card):
            engine = variant.engine
            if not self._accepts(engine, card):
                continue
            tensor_ok = [
                t
                for t in range(1, host.count + 1)
                if (t == 1 or engine.tensor_parallel) and heads % t == 0
            ]
            pipeline = MAX_PIPELINE if engine.pipeline_parallel else 1
            pipeline = min(pipeline, self.replicas.shape.layers)
            for layout in layouts(host.count, nodes, pipeline, tensor_ok.__contains__):
                if crosses_nodes(layout, host.count) and not engine.across_nodes:
                    continue
                if host.fabric == "bridge" and layout.tensor_parallel != 2:
                    continue  # a bridge joins a pair; wider groups run at the speed of PCIe
                made = self._deployment(variant, layout, host, index, nodes, network_gbps)
                if made is not None:
                    yield made

    def _deployment(
        self,
        variant: Variant,
        layout: Layout,
        host: HostKey,
        index: int,
        nodes: int,
        network_gbps: int,
    ) -> Deployment | None:
        workload, card = self.replicas.workload, variant.accelerator
        tensor, pipeline = layout.tensor_parallel, layout.pipeline_parallel
        sequences = -(-workload.concurrency // layout.replicas)
        use = self.replicas.memory(variant, tensor, pipeline, sequences)
        need = use.weights_mib + use.kv_cache_mib + use.activations_mib + use.runtime_mib
        if need > use.usable_mib and not self.unfit:
            return None
        stage = None
        if crosses_nodes(layout, host.count):
            stage = Link("network", network_gbps * NETWORK_SHARE)
        spread = Spread(tensor, pipeline, Link(host.fabric, host.link_gb_s), stage)
        speed = self.replicas.speed(variant, spread, sequences)
        vram = known(card.vram_mib, "vram_mib") * host.count
        weights_gb = self._weights_gb(variant)
        label = f"{variant.engine.id}/{variant.weight_format}/{variant.kv_format}/{layout}/{host}"
        return Deployment(
            index=-1,
            host=index,
            engine=variant.engine.id,
            weight_format=variant.weight_format,
            kv_format=variant.kv_format,
            tensor_parallel=tensor,
            pipeline_parallel=pipeline,
            replicas=layout.replicas,
            sequences=speed.sequences * layout.replicas,
            vram_need_mib=need,
            vram_usable_mib=use.usable_mib,
            memory_parts_mib=(
                use.weights_mib,
                use.kv_cache_mib,
                use.activations_mib,
                use.runtime_mib,
            ),
            system_memory_gib=ceil(round(self.policy.memory_per_vram * vram / 1024, 6)),
            storage_gb=self.policy.storage_base_gb
            + ceil(round(self.policy.storage_per_weights * weights_gb, 6)),
            bridges=_bridges(host, card),
            power=_power(card, host.count, self.duty),
            name_weight=name_weight(label),
            **_rates(speed, layout.replicas),
        )

    def _weights_gb(self, variant: Variant) -> float:
        return memory.weights_bytes(self.replicas.llm, variant.weight_format) / 1e9


def check_facts(card: Accelerator) -> None:
    """Raise MissingFact unless every figure that a prediction needs is known."""
    known(card.vram_mib, "vram_mib")
    known(card.bandwidth_gb_s, "bandwidth_gb_s")
    known(card.fp16_tflops, "fp16_tflops")
    known(card.tdp_w, "tdp_w")
    known(card.idle_w, "idle_w")


def _bridges(host: HostKey, card: Accelerator) -> int:
    return host.count // 2 * card.bridges_per_pair if host.fabric == "bridge" else 0


def _power(card: Accelerator, count: int, duty: float) -> Power:
    peak, idle = known(card.tdp_w, "tdp_w"), known(card.idle_w, "idle_w")
    return Power(peak * count, average_w(idle, peak, duty, BUSY_UTILISATION) * count, idle * count)


def _milli(tok_s: float) -> int:
    return floor(tok_s * 1000)


def _rates(speed: ReplicaSpeed, replicas: int) -> dict[str, Any]:
    """Speeds as integers: rates rounded down, times up."""
    low, high = speed.band
    return {
        "output_milli": _milli(speed.saturated.output_tok_s) * replicas,
        "user_milli": _milli(speed.stated.user_tok_s),
        "saturated_user_milli": _milli(speed.saturated.user_tok_s),
        "batch1_milli": _milli(speed.batch1_tok_s),
        "ttft_us": ceil(speed.ttft_s * 1e6),
        "tpot_us": ceil(speed.stated.tpot_s * 1e6),
        "band_permille": (round(low * 1000), round(high * 1000)),
        "basis": speed.basis,
    }
