"""The fewest rented accelerators of one kind that serve a workload.

A rented instance is taken as a node with 1, 2, 4 or 8 accelerators, joined by NVLink on modules and
by PCIe on cards. Replicas stay inside instances: nothing is assumed about networks between them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from optimizer.catalog.catalog import Catalog
from optimizer.instance.deployments import Scorer
from optimizer.instance.facts import MissingFact
from optimizer.instance.hosting import HostKey, pcie_gb_s
from optimizer.instance.items import Deployment
from optimizer.instance.replica import Replicas
from optimizer.schema.components import Accelerator
from optimizer.schema.request import Request

PER_INSTANCE = (1, 2, 4, 8)
MOST_INSTANCES = 64
LANES = 16
OWN_FABRIC = {"amd": "xgmi", "intel": "mesh"}


@dataclass(frozen=True, slots=True)
class Need:
    """What capacity must reach: milli-tokens/s, and microseconds to the first token."""

    output_milli: int = 0
    user_milli: int = 0
    ttft_us: int | None = None

    def met_by(self, deployment: Deployment) -> bool:
        """Whether a deployment serves the workload."""
        if self.ttft_us is not None and deployment.ttft_us > self.ttft_us:
            return False
        enough = deployment.output_milli >= self.output_milli
        return enough and deployment.user_milli >= self.user_milli


@dataclass(frozen=True, slots=True)
class Capacity:
    """So many instances with so many accelerators each, and how they serve."""

    accelerator: str
    per_instance: int
    instances: int
    deployment: Deployment

    @property
    def accelerators(self) -> int:
        """All accelerators rented."""
        return self.per_instance * self.instances


def capacity_scorer(request: Request, catalog: Catalog, cards: Mapping[str, Accelerator]) -> Scorer:
    """Scores layouts of the request's workload on ``cards``; no price, room or budget counts."""
    workload = request.workloads[0]
    replicas = Replicas(catalog.llms[workload.llm], workload, catalog.calibration())
    engines = tuple(
        catalog.engines[e].model_copy(update={"across_nodes": False})
        for e in request.policy.engines
    )
    return Scorer(replicas, engines, request.policy, workload.duty, cards)


def least_capacity(scorer: Scorer, card: Accelerator, need: Need) -> Capacity | None:
    """The fewest accelerators that meet the need; of equal counts the highest throughput.

    More instances never serve less, so that their number is found by bisection. ``None`` when no
    layout fits, or none reaches the need on ``MOST_INSTANCES`` instances.
    """
    found: list[Capacity] = []
    for count in PER_INSTANCE:
        instances = _fewest(scorer, card, count, need)
        if instances is not None:
            served = _best(scorer, card, count, instances, need)
            assert served is not None
            found.append(Capacity(card.id, count, instances, served))
    return min(found, key=lambda c: (c.accelerators, -c.deployment.output_milli), default=None)


def _fewest(scorer: Scorer, card: Accelerator, count: int, need: Need) -> int | None:
    most = 1
    while _best(scorer, card, count, most, need) is None:
        most *= 2
        if most > MOST_INSTANCES:
            return None
    least = most // 2
    while most - least > 1:
        middle = (least + most) // 2
        if _best(scorer, card, count, middle, need) is None:
            least = middle
        else:
            most = middle
    return most


def _best(
    scorer: Scorer, card: Accelerator, count: int, instances: int, need: Need
) -> Deployment | None:
    """The fastest deployment that meets the need. None where there is none, or facts lack."""
    try:
        made = scorer.on_host(host_of(card, count), instances, 0)
    except MissingFact:
        return None
    enough = [d for d in made if need.met_by(d)]
    return max(enough, key=lambda d: (d.output_milli, d.user_milli, -d.name_weight), default=None)


def host_of(card: Accelerator, count: int) -> HostKey:
    """An instance with ``count`` accelerators."""
    pcie = pcie_gb_s(card.pcie_generation, min(LANES, card.pcie_lanes))
    if count > 1 and card.interface != "pcie" and card.nvlink_gb_s:
        fabric = OWN_FABRIC.get(card.vendor, "nvswitch")
        return HostKey(card.id, count, fabric, card.nvlink_gb_s / 2, LANES, False)
    return HostKey(card.id, count, "pcie", pcie, LANES, False)
