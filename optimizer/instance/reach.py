"""The most that any layout on a way to carry accelerators can give, without scoring each card.

Cards of one kind (the same memory and formats, one generation) are bounded together, by a card that
has the best figures of them all: no prediction gets worse with bandwidth or compute.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil

from optimizer.instance.deployments import NETWORK_SHARE, Scorer
from optimizer.instance.hosting import HostKey
from optimizer.instance.layouts import crosses_nodes
from optimizer.instance.replica import Spread
from optimizer.instance.scored import Fit
from optimizer.physics.throughput import Link
from optimizer.schema.components import Accelerator

PERFECT_GB_S = 1e9
FIGURES = ("bandwidth_gb_s", "fp16_tflops", "fp8_tflops", "int8_tops", "fp4_tflops")


@dataclass
class Reach:
    """Upper bounds of rates in milli-tokens per second; 0 where no layout fits."""

    scorer: Scorer
    _known: dict[Hashable, int] = field(default_factory=dict)
    _perfect: dict[tuple[str, int, int], int] = field(default_factory=dict)

    @cached_property
    def _kinds(self) -> tuple[dict[str, Accelerator], dict[str, Accelerator]]:
        """Card -> the best of its kind, and one of its kind."""
        kinds: dict[Hashable, list[Accelerator]] = {}
        for card in self.scorer.cards.values():
            kinds.setdefault(self._kind(card), []).append(card)
        best: dict[str, Accelerator] = {}
        like: dict[str, Accelerator] = {}
        for number, alike in enumerate(kinds.values()):
            made = alike[0] if len(alike) == 1 else _best(alike, number)
            best |= dict.fromkeys((c.id for c in alike), made)
            like |= dict.fromkeys((c.id for c in alike), alike[0])
        return best, like

    def _kind(self, card: Accelerator) -> Hashable:
        return (
            card.vendor,
            card.generation,
            card.vram_mib,
            card.memory_type.lower().startswith("hbm"),
            tuple(getattr(card, name) is None for name in FIGURES),
            card.id in self.scorer.policy.accelerators,
        )

    def output(self, way: HostKey, nodes: int, network_gbps: int) -> int:
        """Output of the whole build at saturation.

        Where less than the ``least_output`` of the scorer is reached with the memory full, that.
        """
        return self._most(way, nodes, network_gbps, "output")

    def user(self, way: HostKey, nodes: int, network_gbps: int) -> int:
        """Output of one user at the stated concurrency."""
        return self._most(way, nodes, network_gbps, "user")

    def _most(self, way: HostKey, nodes: int, network_gbps: int, rate: str) -> int:
        best, like = self._kinds
        card = best[way.accelerator]
        key = (card.id, way.count, way.fabric, way.link_gb_s, nodes, network_gbps, rate)
        if key not in self._known:
            fits = self.scorer.fits_of(card, way.count, nodes, like[way.accelerator])
            least = self.scorer.least_output() if rate == "output" else 0
            most = self._over_any_link(card.id, way.count, nodes, fits) if least else least
            if most >= least:
                rates = [self._rate(f, way, network_gbps, rate) for f in fits if _runs(f, way)]
                most = max(rates, default=0)
            self._known[key] = most
        return self._known[key]

    def _over_any_link(self, card: str, count: int, nodes: int, fits: list[Fit]) -> int:
        """Output with the memory full, were all links perfect."""
        key = (card, count, nodes)
        if key not in self._perfect:
            fabrics = self.scorer.replicas.calibration.fabrics
            link = Link(min(sorted(fabrics), key=lambda f: fabrics[f].latency_us), PERFECT_GB_S)
            rates = (self._filled(fit, link, link) for fit in fits)
            self._perfect[key] = max(rates, default=0)
        return self._perfect[key]

    def _filled(self, fit: Fit, link: Link, stage: Link | None) -> int:
        """Output with the memory full, whatever each user gets."""
        layout = fit.layout
        spread = Spread(layout.tensor_parallel, layout.pipeline_parallel, link, stage)
        most = self.scorer.replicas.most_output(fit.variant, spread, fit.sequences)
        return ceil(most * 1000) * layout.replicas

    def _rate(self, fit: Fit, way: HostKey, network_gbps: int, rate: str) -> int:
        layout = fit.layout
        stage = None
        if crosses_nodes(layout, way.count):
            stage = Link("network", network_gbps * NETWORK_SHARE)
        link = Link(way.fabric, way.link_gb_s)
        least = self.scorer.least_output() if rate == "output" else 0
        if least and (most := self._filled(fit, link, stage)) < least:
            return most
        spread = Spread(layout.tensor_parallel, layout.pipeline_parallel, link, stage)
        speed = self.scorer.replicas.speed(fit.variant, spread, fit.sequences)
        if rate == "user":
            return ceil(speed.stated.user_tok_s * 1000)
        return ceil(speed.saturated.output_tok_s * 1000) * layout.replicas


def _runs(fit: Fit, way: HostKey) -> bool:
    return way.fabric != "bridge" or fit.layout.tensor_parallel == 2


def _best(alike: list[Accelerator], number: int) -> Accelerator:
    """A card with the best figures of several."""
    best: Mapping[str, float] = {
        name: max(figures)
        for name in FIGURES
        if (figures := [f for c in alike if (f := getattr(c, name)) is not None])
    }
    return alike[0].model_copy(update={**best, "id": f"best-of-kind-{number}"})
