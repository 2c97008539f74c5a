"""Catalog and request to instances: integers only, filtered by policy, pruned exactly.

This floor is the only place that rounds; what is left out stands in ``excluded`` with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

from optimizer.catalog.catalog import Catalog
from optimizer.errors import InputError
from optimizer.instance.admitted import Admitted
from optimizer.instance.bounds import HostBounds
from optimizer.instance.caps import Caps, Mode
from optimizer.instance.cases import bare, cases, limits_of
from optimizer.instance.deployments import Scorer
from optimizer.instance.draw import Room
from optimizer.instance.filters import Open
from optimizer.instance.ground import Ground
from optimizer.instance.hosting import HostKey
from optimizer.instance.items import (
    Case,
    CoolingItem,
    Deployment,
    Instance,
    Item,
    Limits,
    Money,
    PlatformItem,
    SwitchItem,
)
from optimizer.instance.money import money_of
from optimizer.instance.parts_key import parts_key
from optimizer.instance.ranking import Ranking
from optimizer.instance.reach import Key, Reach
from optimizer.instance.replica import Replicas
from optimizer.instance.seats import Asked, Standing, borne_w, least_beside
from optimizer.instance.shelves import assemble
from optimizer.instance.speeds_key import speeds_key
from optimizer.instance.stocked import Stocked
from optimizer.schema.calibration import Calibration
from optimizer.schema.components import NewCircuit, Pdu
from optimizer.schema.llm import Llm
from optimizer.schema.request import Request, Workload

MOST_SCORERS = 64
"""Workloads whose layouts are kept."""
BestSoFar = Callable[[], int | None]


@dataclass
class Compiler:
    """One request against one catalog. ``unfit`` keeps layouts that overflow the memory."""

    request: Request
    catalog: Catalog
    unfit: bool = False
    prune: bool = True
    progress: Callable[[str], None] | None = None
    least_output: Callable[[], int] | None = None
    """Milli-tokens per second below which a layout cannot win; see :class:`Scorer`."""
    pause: Callable[[], None] = lambda: None
    """Called between ways: may raise where there is no time left."""
    keep: frozenset[str] = frozenset()
    """Components that pruning must leave in, however much better another is."""
    every_condition: bool = False
    """See :class:`Admitted`."""
    _stocked: Stocked | None = None
    rankings: dict[Hashable, Ranking] = field(default_factory=dict)
    """Ways by their bounds, shared by cases."""
    _scorers: dict[Hashable, Scorer] = field(default_factory=dict)
    """By what decides speeds; one dictionary for a compiler and all that were made from it."""
    _counted: int = 0
    """Ways that the scorer had looked at before."""
    _affordable: dict[tuple[int, int], dict[Key, list[Open]]] = field(default_factory=dict)

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
        """Scores deployments of the workload; requests that are alike in speeds share it.

        Not where layouts are dropped that cannot reach what is had: then only fits and bounds are.
        """
        key = speeds_key(self.request, self.unfit)
        if key not in self._scorers:
            while len(self._scorers) >= MOST_SCORERS:
                del self._scorers[next(iter(self._scorers))]
            self._scorers[key] = self._new_scorer()
        shared = self._scorers[key]
        self._counted = len(shared.counts)
        if self.least_output is None:
            return shared
        self._counted = 0
        alone = self._new_scorer(self.least_output)
        return replace(alone, fits=shared.fits, reached=shared.reached)

    def _new_scorer(self, least_output: Callable[[], int] = lambda: 0) -> Scorer:
        engines = tuple(self.catalog.engines[e] for e in self.request.policy.engines)
        return Scorer(
            self.replicas,
            engines,
            self.request.policy,
            self.workload.duty,
            self.admitted.cards,
            self.unfit,
            self.prune,
            least_output,
        )

    @property
    def deployments_scored(self) -> int:
        """Layouts whose speed was computed for this request."""
        return sum(self.scorer.counts[self._counted :])

    @property
    def deployments(self) -> int:
        """Layouts that fit on the ways looked at, for each number of nodes, scored or not."""
        reach = self.reach
        covered = sum(
            len(ways) * len(reach.fits(key, nodes))
            for (_, nodes), found in self._affordable.items()
            for key, ways in found.items()
        )
        return max(covered, self.deployments_scored)

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
            return [known[i.id] for i in self.stocked.pruned([plain(s) for s in fitting])]

        return joining

    def cases(self) -> list[Case]:
        """What is to be solved, one by one. Switches are pruned like any other part."""
        return self._cases

    @property
    def stocked(self) -> Stocked:
        """Parts at hand, pruned."""
        if self._stocked is None:
            self._stocked = Stocked(self.admitted, self.request.policy.ups)
        return self._stocked

    @property
    def candidates(self) -> int:
        """Parts that a build may hold."""
        volts = {case.volts for case in self.cases()}
        held = {i for v in volts for i in self.admitted.items(v)}
        return len(held | self.admitted.cards.keys())

    def changed(
        self,
        request: Request,
        *,
        unfit: bool = False,
        least_output: Callable[[], int] | None = None,
        same_parts: bool = False,
    ) -> Compiler:
        """For another request of the same LLM: parts, hosts and speeds that stand are shared.

        ``same_parts`` says that the parts of this one will do, though policies differ in more than
        limits.
        """
        other = replace(
            self,
            request=request,
            unfit=unfit,
            least_output=least_output,
            _stocked=None,
            rankings={},
            _affordable={},
            _counted=0,
        )
        if same_parts or parts_key(request) == parts_key(self.request):
            other.__dict__["admitted"] = self.admitted
            if request.policy.ups == self.request.policy.ups:
                other._stocked = self.stocked
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
        if key not in self.stocked.grounds:
            shelves = self.stocked.shelves(case.volts, case.nodes > 1)
            cards = self.admitted.bought(self.admitted.cards)
            bought = tuple(self.admitted.bought(shelves.parts) + cards)
            priced = replace(self._empty(bare(case)), items=shelves.parts, purchases=bought)
            bounds = HostBounds.of(priced, policy, self.admitted.cards)
            self.stocked.grounds[key] = Ground(bounds, shelves, self.admitted.offered)
        return self.stocked.grounds[key]

    def ways(self, case: Case) -> list[Open]:
        """Ways that money and the room leave open, the cheapest to buy first."""
        seated, ways = self.seated(case), self.ground(case).cheapest_first()
        return [o for o in ways if o.affordable(self.limits) and seated(o)]

    def seated(
        self,
        case: Case,
        limits: Limits | None = None,
        without: Collection[str] = (),
        *,
        full_power: bool = False,
    ) -> Callable[[Open], bool]:
        """Whether nodes on a way may stand in the room of a case: False only if they cannot.

        That is under the lowest power cap, or at ``full_power``.
        """
        held = self.limits if limits is None else limits
        standing, room = self.standing(case, held, without), self.room(case, held, without)
        return lambda way: standing.bears(way, room, full_power=full_power)

    def standing(self, case: Case, limits: Limits, without: Collection[str]) -> Standing:
        """Where nodes on ways may stand, whatever the circuits are."""
        beside = least_beside(limits, self.ground(case).shelves.others, without)
        asked = Asked.of(limits, case.nodes, without, beside)
        cap, wired = self.request.policy.power_cap, "lanes" not in without
        return self.stocked.standing(case, limits, asked, cap, wired=wired)

    def affordable(self, case: Case) -> dict[Key, list[Open]]:
        """The ways for which the money suffices, by what bounds of rates tell apart."""
        like = (case.volts, case.nodes)
        if like not in self._affordable:
            ground, limits = self.ground(case), self.limits
            found: dict[Key, list[Open]] = {}
            for key, ways in self.reach.keys.items():
                opened = (one for way in ways if (one := ground.open(way)) is not None)
                kept = [one for one in opened if one.affordable(limits)]
                if kept:
                    found[key] = kept
            self._affordable[like] = found
        return self._affordable[like]

    def room(self, case: Case, limits: Limits | None = None, without: Collection[str] = ()) -> Room:
        """What the circuits of a case carry, and what is bought beside bears."""
        held = self.limits if limits is None else limits
        units = self.ground(case).shelves.others
        borne = borne_w(case, held, units, without)
        return Room(case, held.redundancy, dry="circuits" in without, borne_w=borne)

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
        stocked = self.stocked
        extra = [stocked.card(case.volts, card) for card in cards] + stocked.network(case)
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
        seated = self.seated(case, full_power=True)
        return self.scored(case, [o.way for o in self.ways(case) if seated(o)])

    @property
    def may_cap(self) -> bool:
        """Whether power caps are a decision."""
        return self.request.policy.power_cap == "auto"

    def caps(
        self,
        case: Case,
        mode: Mode,
        level: int | None = None,
        objective: str = "",
        limits: Limits | None = None,
    ) -> Caps | None:
        """Which power caps are looked at; None where they are no decision.

        ``limits`` other than the request's own may hold.
        """
        if not self.may_cap:
            return None
        empty = self._empty(case)
        held = empty if limits is None else replace(empty, limits=limits)
        return Caps.of(held, mode, level, objective == "speed")

    @cached_property
    def reach(self) -> Reach:
        """Upper bounds of rates."""
        return Reach(self.scorer, self.admitted.offered)
