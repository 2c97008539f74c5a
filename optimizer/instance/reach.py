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

FIGURES = ("bandwidth_gb_s", "fp16_tflops", "fp8_tflops", "int8_tops", "fp4_tflops")


@dataclass
class Reach:
    """Upper bounds of rates in milli-tokens per second; 0 where no layout fits."""

    scorer: Scorer
    _known: dict[Hashable, tuple[int, int]] = field(default_factory=dict)

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
        """Output of the whole build at saturation."""
        return self._most(way, nodes, network_gbps)[0]

    def user(self, way: HostKey, nodes: int, network_gbps: int) -> int:
        """Output of one user at the stated concurrency."""
        return self._most(way, nodes, network_gbps)[1]

    def _most(self, way: HostKey, nodes: int, network_gbps: int) -> tuple[int, int]:
        best, like = self._kinds
        card = best[way.accelerator]
        key = (card.id, way.count, way.fabric, way.link_gb_s, nodes, network_gbps)
        if key not in self._known:
            fits = self.scorer.fits_of(card, way.count, nodes, like[way.accelerator])
            rates = [self._rates(fit, way, network_gbps) for fit in fits if _runs(fit, way)]
            outputs, users = zip(*rates, strict=True) if rates else ((0,), (0,))
            self._known[key] = (max(outputs), max(users))
        return self._known[key]

    def _rates(self, fit: Fit, way: HostKey, network_gbps: int) -> tuple[int, int]:
        layout = fit.layout
        stage = None
        if crosses_nodes(layout, way.count):
            stage = Link("network", network_gbps * NETWORK_SHARE)
        link = Link(way.fabric, way.link_gb_s)
        spread = Spread(layout.tensor_parallel, layout.pipeline_parallel, link, stage)
        speed = self.scorer.replicas.speed(fit.variant, spread, fit.sequences)
        output = ceil(speed.saturated.output_tok_s * 1000) * layout.replicas
        return output, ceil(speed.stated.user_tok_s * 1000)


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
