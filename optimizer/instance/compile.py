"""Catalog and request to instances: integers only, filtered by policy, pruned exactly.

This floor is the only place that rounds; what is left out stands in ``excluded`` with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from optimizer.catalog.catalog import Catalog
from optimizer.errors import InputError
from optimizer.instance.admitted import Admitted
from optimizer.instance.bounds import HostBounds, Needs
from optimizer.instance.caps import Caps, Mode, peak_at_least_w
from optimizer.instance.cases import cases, limits_of
from optimizer.instance.deployments import Scorer
from optimizer.instance.facts import Facts
from optimizer.instance.filters import Open
from optimizer.instance.hosting import HostKey
from optimizer.instance.items import (
    Case,
    CoolingItem,
    Deployment,
    Instance,
    Item,
    Limits,
    Money,
    NicItem,
    PlatformItem,
    Purchase,
    SwitchItem,
)
from optimizer.instance.money import money_of
from optimizer.instance.parts_key import parts_key
from optimizer.instance.prune import prune_items
from optimizer.instance.reach import Reach
from optimizer.instance.replica import Replicas
from optimizer.instance.shelves import Shelves, assemble, joins
from optimizer.instance.strips import hangs
from optimizer.schema.calibration import Calibration
from optimizer.schema.components import NewCircuit, Pdu
from optimizer.schema.llm import Llm
from optimizer.schema.request import Request, Workload

CASE_KINDS = ("switch", "nic", "cable", "pdu", "circuit")
"""Parts that a case brings along."""
BestSoFar = Callable[[], int | None]


@dataclass(slots=True)
class Ground:
    """What cases of one voltage and number of nodes share."""

    bounds: HostBounds
    shelves: Shelves
    ways: dict[frozenset[str], list[Open]] = field(default_factory=dict)
    """Rules that ask for nothing -> every way that some platform offers."""


@dataclass(slots=True)
class Kept:
    """What is worked out once, also for requests that differ in their limits."""

    shelves: dict[tuple[int, bool], Shelves] = field(default_factory=dict)
    grounds: dict[Hashable, Ground] = field(default_factory=dict)
    network: dict[tuple[int, str | None, int], list[Item]] = field(default_factory=dict)
    cards: dict[tuple[int, str], Item] = field(default_factory=dict)


@dataclass
class Compiler:
    """One request against one catalog. ``unfit`` keeps layouts that overflow the memory."""

    request: Request
    catalog: Catalog
    unfit: bool = False
    prune: bool = True
    progress: Callable[[str], None] | None = None
    least_output: Callable[[], int] = lambda: 0
    """Milli-tokens per second below which a layout cannot win; see :class:`Scorer`."""
    pause: Callable[[], None] = lambda: None
    """Called between ways: may raise where there is no time left."""
    keep: frozenset[str] = frozenset()
    """Components that pruning must leave in, however much better another is."""
    every_condition: bool = False
    """See :class:`Admitted`."""
    _kept: Kept = field(default_factory=Kept)
    _reached: dict[Hashable, int] = field(default_factory=dict)
    """What ways can give at most, of one workload; see :class:`Reach`."""
    ranked: dict[Hashable, int] = field(default_factory=dict)
    """Bounds of ways that are known already."""

    def __post_init__(self) -> None:
        if len(self.request.workloads) != 1:
            raise InputError(
                f"{len(self.request.workloads)} workloads in one request",
                "One LLM per build is supported so far; solve them one by one",
            )

    @cached_property
    def admitted(self) -> Admitted:
        """What may be used."""
        return Admitted(self.request, self.catalog, self.prune, self.every_condition, self.keep)

    @property
    def excluded(self) -> dict[str, str]:
        """Component -> why it was left out."""
        return self.admitted.excluded

    @property
    def workload(self) -> Workload:
        """The workload solved."""
        return self.request.workloads[0]

    @property
    def llm(self) -> Llm:
        """The LLM served."""
        return self.catalog.llms[self.workload.llm]

    @cached_property
    def replicas(self) -> Replicas:
        """Fit and speed of one replica."""
        calibration: Calibration = self.catalog.calibration()
        return Replicas(self.llm, self.workload, calibration)

    @cached_property
    def scorer(self) -> Scorer:
        """Scores deployments of the workload."""
        engines = tuple(self.catalog.engines[e] for e in self.request.policy.engines)
        return Scorer(
            self.replicas,
            engines,
            self.request.policy,
            self.workload.duty,
            self.admitted.cards,
            self.unfit,
            self.prune,
            self.least_output,
        )

    @property
    def deployments_scored(self) -> int:
        """Layouts whose speed was computed."""
        return sum(self.scorer.counts)

    @cached_property
    def _cases(self) -> list[Case]:
        items = self.admitted.items(max(c.volts for c in self.request.site.circuits)).values()
        parts = self.catalog.components
        return cases(
            self.request,
            self._joining([i for i in items if isinstance(i, SwitchItem)]),
            [r for i in self.admitted.purchases if isinstance(r := parts[i], NewCircuit)],
            [i for i in items if isinstance(i, CoolingItem)],
            [r for i in self.admitted.purchases if isinstance(r := parts[i], Pdu)],
        )

    def _joining(self, switches: list[SwitchItem]) -> Callable[[int], list[SwitchItem]]:
        """Number of nodes -> the switches that may join them, without those that others match.

        With the nodes known, a port more is worth nothing; nor is silence that nobody asks for.
        """
        known = {s.id: s for s in switches}

        def plain(switch: SwitchItem) -> Item:
            noise = 0 if self.limits.noise is None else switch.space.noise
            return replace(switch, ports=0, space=replace(switch.space, noise=noise))

        def joining(nodes: int) -> list[SwitchItem]:
            fitting = [s for s in switches if s.ports >= nodes]
            if not self.prune:
                return fitting
            return [known[i.id] for i in self._pruned([plain(s) for s in fitting])]

        return joining

    def cases(self) -> list[Case]:
        """What is to be solved, one by one. Switches are pruned like any other part."""
        return self._cases

    def _pruned(self, items: list[Item], widths: Iterable[int] = ()) -> list[Item]:
        if not self.prune:
            return items
        return prune_items(items, self._bought(items), sorted(set(widths)), self.keep)

    def _bought(self, items: Iterable[Item]) -> list[Purchase]:
        """Every way to get these items."""
        return [p for i in items for p in self.admitted.purchases.get(i.id, ())]

    def size(self, case: Case) -> int:
        """Parts that a case has to choose from, accelerators apart."""
        return len(self.ground(case).shelves.parts) + len(self._network(case))

    def changed(
        self,
        request: Request,
        *,
        unfit: bool = False,
        least_output: Callable[[], int] = lambda: 0,
    ) -> Compiler:
        """For another request of the same LLM: parts, hosts and speeds that stand are shared."""
        other = replace(
            self,
            request=request,
            unfit=unfit,
            least_output=least_output,
            _kept=Kept(),
            _reached={},
            ranked={},
        )
        if parts_key(request) == parts_key(self.request):
            other.__dict__["admitted"] = self.admitted
            if request.policy.ups == self.request.policy.ups:
                other._kept = self._kept
            if unfit == self.unfit and request.workloads == self.request.workloads:
                other._reached = self._reached
        other.__dict__["replicas"] = self.replicas.serving_also(request.workloads[0])
        return other

    @cached_property
    def money(self) -> Money:
        """What energy and the rest cost that is not per part."""
        return money_of(self.request)

    @cached_property
    def limits(self) -> Limits:
        """Right-hand sides of the request."""
        return limits_of(self.request)

    def ground(self, case: Case) -> Ground:
        """What the case shares with others of its voltage and number of nodes."""
        policy = self.request.policy
        memory, storage = policy.memory_per_vram, policy.storage_base_gb
        key = (case.volts, case.nodes, memory, storage, self.money)
        if key not in self._kept.grounds:
            bare = replace(case, switch=None, switch_wall_w=0, network_gbps=0, new_circuits=())
            shelves = self._shelves(case.volts, case.nodes > 1)
            cards = [p for i in self.admitted.cards for p in self.admitted.purchases.get(i, ())]
            bought = tuple(self._bought(shelves.parts.values()) + cards)
            priced = replace(self._empty(bare), items=shelves.parts, purchases=bought)
            bounds = HostBounds.of(priced, policy, self.admitted.cards)
            self._kept.grounds[key] = Ground(bounds, shelves)
        return self._kept.grounds[key]

    def ways(
        self, case: Case, limits: Limits | None = None, without: Collection[str] = ()
    ) -> list[Open]:
        """Ways that budget, TCO cap and circuits leave open; ``without`` are rules not to hold."""
        ground, free = self.ground(case), frozenset({"memory", "storage"}.intersection(without))
        if free not in ground.ways:
            ground.ways[free] = list(self._bounded(ground.bounds, free))
        held = self.limits if limits is None else limits
        return [o for o in ground.ways[free] if o.within(held, case, without)]

    def _bounded(self, bounds: HostBounds, without: Collection[str]) -> Iterator[Open]:
        known: dict[tuple[str, int], Needs] = {}
        for way, groups in self.admitted.offered.items():
            key = (way.accelerator, way.count)
            needs = known.get(key)
            if needs is None:
                needs = known[key] = bounds.needs(*key, without)
            capex = bounds.least(bounds.capex, needs, groups)
            tco = bounds.least(bounds.tco, needs, groups)
            if capex is not None and tco is not None:
                yield Open(way, needs, *self._peaks(way), capex, tco)

    def _peaks(self, way: HostKey) -> tuple[int, int]:
        """Watts of a way's accelerators at the highest and at the lowest power admitted."""
        card, fixed = self.admitted.cards[way.accelerator], self.request.policy.power_cap
        tdp = card.tdp_w or 0
        most = min(tdp, fixed) if isinstance(fixed, int) else tdp
        least = peak_at_least_w(card, self.request.policy)
        return most * way.count, least * way.count

    def _empty(self, case: Case) -> Instance:
        return Instance(
            request=self.request,
            case=case,
            limits=self.limits,
            money=self.money,
            items={},
            purchases=(),
            hosts=(),
            deployments=(),
        )

    def _shelves(self, volts: int, joined: bool) -> Shelves:
        """Parts at one voltage; network cards, if nodes are joined by them, need slots."""
        if (volts, joined) not in self._kept.shelves:
            held, groups = self.admitted.items(volts), self.admitted.carriers.group
            parts: list[Item] = []
            left_out = (
                "accelerator",
                *CASE_KINDS,
                *(() if self.request.policy.ups else ("ups",)),
            )
            for component, item in held.items():
                if isinstance(item, PlatformItem):
                    if component in groups:
                        parts.append(replace(item, hosts=(groups[component],)))
                elif item.kind not in left_out:
                    parts.append(item)
            widths = {i.lanes for i in held.values() if joined and isinstance(i, NicItem)}
            self._kept.shelves[volts, joined] = Shelves.of(self._pruned(parts, widths))
        return self._kept.shelves[volts, joined]

    def _network(self, case: Case) -> list[Item]:
        """The switch of a case, cards and cables of its speed, circuits added, strips for them."""
        held = self.admitted.items(case.volts)
        switch = held.get(case.switch or "")
        added = [held[i] for i, _ in case.new_circuits]
        added += self._pruned([i for i in held.values() if hangs(i, case)])
        if not isinstance(switch, SwitchItem):
            return added
        key = (case.volts, switch.network, case.network_gbps)
        if key not in self._kept.network:
            parts = [i for i in held.values() if joins(i, switch, case)]
            self._kept.network[key] = self._pruned(parts)
        return [*added, switch, *self._kept.network[key]]

    def _card(self, volts: int, card: str) -> Item:
        """An accelerator, bought singly or inside a platform."""
        key = (volts, card)
        if key not in self._kept.cards:
            held = self.admitted.items(volts).get(card)
            facts = Facts(self.catalog, self.workload.duty, volts)
            record = self.catalog.components[card]
            self._kept.cards[key] = held or facts.item(record, "accelerator")
        return self._kept.cards[key]

    def scored(
        self,
        case: Case,
        ways: Iterable[HostKey],
        worth: Callable[[HostKey, Deployment], bool] = lambda _w, _d: True,
        keep: Callable[[PlatformItem], bool] = lambda _p: True,
        caps: Caps | None = None,
        below_tdp: bool = False,
    ) -> Instance:
        """The case with every layout on these ways that is ``worth`` a look.

        It has only the parts that those can use, and of platforms those to ``keep``. ``caps`` says
        which variants under a power cap are built; None: only what the request fixes.
        """
        if self.progress is not None:
            nodes = case.nodes
            self.progress(f"scoring layouts on {nodes} {'node' if nodes == 1 else 'nodes'}")
        made: dict[HostKey, list[Deployment]] = {}
        for way in ways:
            self.pause()
            at = (way, case.nodes, case.network_gbps)
            if caps is None:
                layouts = self.scorer.on_host(*at)
            else:
                layouts = self.scorer.with_caps(*at, caps, below_tdp)
            made[way] = [d for d in layouts if worth(way, d)]
        cards = sorted({way.accelerator for way, found in made.items() if found})
        if not cards:
            return self._empty(case)
        extra = [self._card(case.volts, card) for card in cards] + self._network(case)
        return assemble(
            self._empty(case),
            case,
            self.ground(case).shelves,
            self.admitted.offered,
            made,
            extra,
            self.admitted.purchases,
            keep,
        )

    def whole(self, case: Case) -> Instance:
        """The case with every way that its limits leave open, no power cap chosen."""
        return self.scored(case, [o.way for o in self.ways(case) if o.at_full_power(case)])

    @property
    def may_cap(self) -> bool:
        """Whether power caps are a decision."""
        return self.request.policy.power_cap == "auto"

    def caps(
        self, case: Case, mode: Mode, level: int | None = None, objective: str = ""
    ) -> Caps | None:
        """Which power caps are looked at; None where they are no decision."""
        speed = objective == "speed"
        return Caps.of(self._empty(case), mode, level, speed) if self.may_cap else None

    @cached_property
    def reach(self) -> Reach:
        """Upper bounds of rates."""
        return Reach(self.scorer, self._reached)
