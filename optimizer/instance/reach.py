"""The most that any layout on a way to carry accelerators can give, without scoring each card.

Cards of one kind (the same memory and formats, one generation) are bounded together, by a card that
has the best figures of them all: no prediction gets worse with bandwidth or compute.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import Literal

from optimizer.instance.deployments import NETWORK_SHARE, Scorer
from optimizer.instance.hosting import HostKey
from optimizer.instance.layouts import crosses_nodes
from optimizer.instance.replica import Spread
from optimizer.instance.scored import Fit
from optimizer.physics.throughput import Link
from optimizer.schema.components import Accelerator

PERFECT_GB_S = 1e9
MILLION = 10**6
FIGURES = ("bandwidth_gb_s", "fp16_tflops", "fp8_tflops", "int8_tops", "fp4_tflops")


Key = tuple[str, int, str, float]
"""(Best card of a kind, cards per node, fabric, GB/s of a link): ways alike in all bounds."""
Rate = Literal["output", "user", "prompt"]
"""Milli-tokens a second of the whole build or of one user; prompts in a million seconds, of which
one alone gets its first token after the other."""


@dataclass
class Reach:
    """Upper bounds of rates; 0 where no layout fits."""

    scorer: Scorer
    ways: Iterable[HostKey]

    def __post_init__(self) -> None:
        self._known = self.scorer.reached
        self._ranked: dict[Hashable, list[tuple[int, Fit, Link | None]]] = {}

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

    @cached_property
    def keys(self) -> dict[Key, list[HostKey]]:
        """The ways behind every key, in their order."""
        found: dict[Key, list[HostKey]] = {}
        for way in self.ways:
            found.setdefault(self.key(way), []).append(way)
        return found

    def key(self, way: HostKey) -> Key:
        """What a way is known by: those of one key have the same bounds."""
        best, _ = self._kinds
        return (best[way.accelerator].id, way.count, way.fabric, way.link_gb_s)

    def has_fit(self, way: HostKey, nodes: int) -> bool:
        """Whether some layout fits on a way."""
        return bool(self.fits(self.key(way), nodes))

    def ceiling(self, key: Key, nodes: int, rate: Rate) -> int:
        """What no layout behind a key exceeds, were all links perfect; quickly told."""
        known = ("ceiling", key[0], key[1], nodes, rate)
        if known not in self._known:
            self._known[known] = self._ceiling(key, nodes, rate)
        return self._known[known]

    def _ceiling(self, key: Key, nodes: int, rate: Rate) -> int:
        fabrics = self.scorer.replicas.calibration.fabrics
        fastest = min(sorted(fabrics), key=lambda f: fabrics[f].latency_us)
        link, fits = Link(fastest, PERFECT_GB_S), self.fits(key, nodes)
        found = self._bound(rate)
        return max((found(fit, link, link) for fit in fits), default=0)

    def _bound(self, rate: Rate) -> Callable[[Fit, Link, Link | None], int]:
        return {"output": self._filled, "user": self._alone, "prompt": self._prompts}[rate]

    def filled(self, key: Key, nodes: int, network_gbps: int, rate: Rate) -> int:
        """What no layout exceeds over the links that there are, with the memory full."""
        options = self._options(key, nodes, network_gbps, rate)
        return options[0][0] if options else 0

    def most(self, key: Key, nodes: int, network_gbps: int, rate: Rate) -> int:
        """Output of the whole build at saturation, or of one user at the stated concurrency."""
        known = (key, nodes, network_gbps, rate)
        if known not in self._known:
            self._known[known] = self._most(key, nodes, network_gbps, rate)
        return self._known[known]

    def _most(self, key: Key, nodes: int, network_gbps: int, rate: Rate) -> int:
        options = self._options(key, nodes, network_gbps, rate)
        if rate != "output":
            return options[0][0] if options else 0
        found, link = 0, Link(key[2], key[3])
        for most, fit, stage in options:
            if most <= found:
                break
            found = max(found, self._saturated(fit, link, stage))
        return found

    def _options(
        self, key: Key, nodes: int, network_gbps: int, rate: Rate
    ) -> list[tuple[int, Fit, Link | None]]:
        """(Bound, layout, link between its nodes), the best bound first."""
        known = (key, nodes, network_gbps, rate)
        if known not in self._ranked:
            _, count, fabric, gb_s = key
            link, network = Link(fabric, gb_s), Link("network", network_gbps * NETWORK_SHARE)
            bound = self._bound(rate)
            found: list[tuple[int, Fit, Link | None]] = []
            for fit in self.fits(key, nodes):
                if fabric != "bridge" or fit.layout.tensor_parallel == 2:
                    stage = network if crosses_nodes(fit.layout, count) else None
                    found.append((bound(fit, link, stage), fit, stage))
            self._ranked[known] = sorted(found, key=lambda option: -option[0])
        return self._ranked[known]

    def fits(self, key: Key, nodes: int) -> list[Fit]:
        """Layouts whose memory suffices behind a key; bandwidth and compute play no part in it."""
        card, like = self._cards[key[0]]
        return self.scorer.fits_of(card, key[1], nodes, like)

    @cached_property
    def _cards(self) -> dict[str, tuple[Accelerator, Accelerator]]:
        """Best card of a kind -> itself, and one of its kind."""
        best, like = self._kinds
        return {card.id: (card, like[i]) for i, card in best.items()}

    def _filled(self, fit: Fit, link: Link, stage: Link | None) -> int:
        """Output with the memory full, whatever each user gets."""
        layout = fit.layout
        spread = Spread(layout.tensor_parallel, layout.pipeline_parallel, link, stage)
        most = self.scorer.replicas.most_output(fit.variant, spread, fit.sequences)
        return ceil(most * 1000) * layout.replicas

    def _alone(self, fit: Fit, link: Link, stage: Link | None) -> int:
        """Output of one user at the stated concurrency."""
        spread = Spread(fit.layout.tensor_parallel, fit.layout.pipeline_parallel, link, stage)
        return ceil(self.scorer.replicas.user_rate(fit.variant, spread, fit.sequences) * 1000)

    def _prompts(self, fit: Fit, link: Link, stage: Link | None) -> int:
        spread = Spread(fit.layout.tensor_parallel, fit.layout.pipeline_parallel, link, stage)
        return ceil(MILLION / self.scorer.replicas.first_token_s(fit.variant, spread))

    def _saturated(self, fit: Fit, link: Link, stage: Link | None) -> int:
        layout = fit.layout
        spread = Spread(layout.tensor_parallel, layout.pipeline_parallel, link, stage)
        speed = self.scorer.replicas.speed(fit.variant, spread, fit.sequences)
        return ceil(speed.saturated.output_tok_s * 1000) * layout.replicas


def _best(alike: list[Accelerator], number: int) -> Accelerator:
    """A card with the best figures of several."""
    best: Mapping[str, float] = {
        name: max(figures)
        for name in FIGURES
        if (figures := [f for c in alike if (f := getattr(c, name)) is not None])
    }
    return alike[0].model_copy(update={**best, "id": f"best-of-kind-{number}"})
