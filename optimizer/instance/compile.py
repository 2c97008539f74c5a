"""Catalog and request to instances: integers only, filtered by policy, pruned exactly.

This floor is the only place that rounds; what is left out stands in ``excluded`` with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from optimizer.catalog.catalog import Catalog
from optimizer.errors import InputError
from optimizer.instance.admitted import Admitted
from optimizer.instance.bounds import HostBounds
from optimizer.instance.cases import bare_cases, cases, limits_of
from optimizer.instance.deployments import Scorer
from optimizer.instance.facts import Facts
from optimizer.instance.hosting import HostKey
from optimizer.instance.items import (
    CableItem,
    Case,
    HostClass,
    Instance,
    Item,
    NicItem,
    PlatformItem,
    SwitchItem,
)
from optimizer.instance.money import money_of
from optimizer.instance.narrow import narrow
from optimizer.instance.prune import prune_items
from optimizer.instance.replica import Replicas
from optimizer.schema.calibration import Calibration
from optimizer.schema.llm import Llm
from optimizer.schema.request import Policy, Request, Workload
from optimizer.schema.site import Rack

NETWORK_KINDS = ("switch", "nic", "cable")
FIRST_HOSTS = 16
"""Hosts scored before the first solve, where money is minimised."""


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
    """Called between hosts: may raise where there is no time left."""
    _skeletons: dict[Case, Instance] = field(default_factory=dict)
    _bases: dict[Case, Instance] = field(default_factory=dict)
    _bounds: dict[tuple[Case, float], HostBounds] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.request.workloads) != 1:
            raise InputError(
                f"{len(self.request.workloads)} workloads in one request",
                "One LLM per build is supported so far; solve them one by one",
            )

    @cached_property
    def admitted(self) -> Admitted:
        """What may be used."""
        return Admitted(self.request, self.catalog, self.prune)

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

    def cases(self) -> list[Case]:
        """What is to be solved, one instance each. Switches are pruned like any other part."""
        first = self.admitted.items(max(c.volts for c in self.request.site.circuits))
        switches = [i for i in first.values() if isinstance(i, SwitchItem)]
        return cases(self.request, self._pruned(list(switches), {"switch"}))

    def _pruned(self, items: list[Item], kinds: set[str]) -> list[SwitchItem]:
        offers = [p for i in items for p in self.admitted.purchases[i.id] if p.kind in kinds]
        kept = prune_items(items, offers) if self.prune else items
        return [i for i in kept if isinstance(i, SwitchItem)]

    def skeleton(self, case: Case) -> Instance:
        """Everything of a case but its deployments: hosts, platforms and parts, pruned."""
        if case not in self._skeletons:
            self._skeletons[case] = self._with_network(self._base(case), case)
        return self._of_request(self._skeletons[case])

    def _of_request(self, instance: Instance) -> Instance:
        """An instance of a request with other limits, as one of this request."""
        limits, money = limits_of(self.request), money_of(self.request)
        return replace(instance, request=self.request, limits=limits, money=money)

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
            _skeletons={},
            _bases={},
            _bounds={},
        )
        if parts_key(request) == parts_key(self.request):
            other.__dict__["admitted"] = self.admitted
            if request.policy.ups == self.request.policy.ups:
                other._skeletons, other._bases = self._skeletons, self._bases
                other._bounds = self._bounds
        other.__dict__["replicas"] = self.replicas.serving_also(request.workloads[0])
        return other

    def bounds(self, case: Case) -> HostBounds:
        """Bounds of the hosts of a case, its switch not counted."""
        base, ratio = self._of_request(self._base(case)), self.request.policy.memory_per_vram
        key = (base.case, ratio)
        if key not in self._bounds:
            self._bounds[key] = HostBounds.of(base, self.request.policy, self.admitted.cards)
        return self._bounds[key]

    def _base(self, case: Case) -> Instance:
        """A case without its network: what cases of one voltage and number of nodes share."""
        bare = next(c for c in bare_cases(self.request) if _like(c, case))
        if bare not in self._bases:
            held = self.admitted.items(case.volts)
            keys = sorted({key for p, ks in self.admitted.hosts.items() if p in held for key in ks})
            classes = {key: index for index, key in enumerate(keys)}
            usable = self._usable(held, classes, case.volts)
            self._bases[bare] = Instance(
                request=self.request,
                case=bare,
                limits=limits_of(self.request),
                money=money_of(self.request),
                items=usable,
                purchases=(),
                hosts=tuple(host_class(i, key) for key, i in classes.items()),
                deployments=(),
            )
            self._bases[bare] = self._bought(self._bases[bare], usable)
        return self._bases[bare]

    def _with_network(self, base: Instance, case: Case) -> Instance:
        """The case with its switch, and the cards and cables of its speed."""
        held = self.admitted.items(case.volts)
        network = {
            i: item
            for i, item in held.items()
            if i == case.switch
            or (isinstance(item, NicItem | CableItem) and _joins(item, held, case))
        }
        joined = self._bought(base, network)
        return replace(
            joined,
            case=case,
            items=dict(sorted({**base.items, **joined.items}.items())),
            purchases=tuple(sorted(base.purchases + joined.purchases, key=lambda p: p.key)),
        )

    def _bought(self, instance: Instance, items: dict[str, Item]) -> Instance:
        """The instance with these items, pruned within their kinds, and the ways to get them."""
        purchases = [p for i in sorted(items) for p in self.admitted.purchases.get(i, [])]
        if self.prune:
            items = {i.id: i for i in prune_items(list(items.values()), purchases)}
        kept = tuple(p for p in purchases if p.component in items)
        return replace(instance, items=dict(sorted(items.items())), purchases=kept)

    def scored(self, skeleton: Instance, hosts: Iterable[HostClass]) -> Instance:
        """The skeleton with every deployment on ``hosts``, and only the parts those can use."""
        case = skeleton.case
        if self.progress is not None:
            nodes = case.nodes
            self.progress(f"scoring layouts on {nodes} {'node' if nodes == 1 else 'nodes'}")
        deployments = []
        for host in hosts:
            self.pause()
            made = self.scorer.on_host(host_key(host), case.nodes, case.network_gbps)
            deployments += [replace(d, host=host.index) for d in made]
        return narrow(skeleton, deployments)

    def instance(self, case: Case) -> Instance:
        """The whole instance of one case."""
        skeleton = self.skeleton(case)
        return self.scored(skeleton, skeleton.hosts)

    def stages(
        self, skeleton: Instance, objective: str, best: Callable[[], int | None]
    ) -> Iterator[Instance]:
        """The case in instalments: hosts that the limits rule out are never scored.

        Where money is minimised, the hosts with the lowest bounds come first; those whose bound is
        over the ``best`` value found meanwhile need no scoring either.
        """
        bounds = self.bounds(skeleton.case)
        hosts = [h for h in skeleton.hosts if bounds.leave_open(h, skeleton.limits)]
        if objective not in ("tco", "capex"):
            yield self.scored(skeleton, hosts)
            return
        money = bounds.tco if objective == "tco" else bounds.capex
        least = {h.index: money.around(bounds.needs(h)) for h in hosts}
        hosts.sort(key=lambda h: (least[h.index], h.index))
        yield self.scored(skeleton, hosts[:FIRST_HOSTS])
        level = best()
        rest = [h for h in hosts[FIRST_HOSTS:] if level is None or least[h.index] <= level]
        if rest:
            yield self.scored(skeleton, rest)

    def _usable(
        self, held: dict[str, Item], classes: dict[HostKey, int], volts: int
    ) -> dict[str, Item]:
        """Items that can take part: platforms with a host class, their cards, no network."""
        cards, ups = {key.accelerator for key in classes}, self.request.policy.ups
        found: dict[str, Item] = {}
        for component, item in held.items():
            if isinstance(item, PlatformItem):
                offered = tuple(
                    sorted(
                        classes[k] for k in self.admitted.hosts.get(component, []) if k in classes
                    )
                )
                if offered:
                    found[component] = replace(item, hosts=offered)
            elif item.kind == "accelerator":
                if component in cards:
                    found[component] = item
            elif item.kind in NETWORK_KINDS or (item.kind == "ups" and not ups):
                continue
            else:
                found[component] = item
        for card in cards - set(found):
            facts = Facts(self.catalog, self.workload.duty, volts)
            found[card] = facts.item(self.catalog.components[card], "accelerator")
        return found


def parts_key(request: Request) -> Request:
    """A request without what decides neither which parts may be used nor what they cost."""
    policy, site, work = request.policy, request.site, request.workloads[0]
    plain = Policy()
    held = policy.replace(
        budget_usd=None,
        max_tco_usd=None,
        max_nodes=plain.max_nodes,
        memory_per_vram=plain.memory_per_vram,
        ups=plain.ups,
    )
    room = site.replace(
        circuits=site.circuits[:1],
        heat_removal_w=0,
        liquid_removal_w=0,
        airflow_cfm=None,
        inlet_c=None,
        floor_kg_m2=None,
        noise_limit_dba=None,
        rack=Rack(units=0, depth_mm=1, load_kg=1),
        cable_clearance_mm=0,
    )
    served = Workload(llm=work.llm, duty=work.duty)
    return request.replace(workloads=(served,), policy=held, site=room, objective="tco")


def _joins(item: NicItem | CableItem, held: dict[str, Item], case: Case) -> bool:
    """A card or cable of the switch's network and speed; a single node needs none."""
    switch = held.get(case.switch or "")
    if not isinstance(switch, SwitchItem):
        return False
    return item.network in ("vpi", switch.network) and item.gbps >= case.network_gbps


def _like(bare: Case, case: Case) -> bool:
    """Whether a case without a network is the same apart from its network."""
    return (bare.nodes, bare.volts) == (case.nodes, case.volts)


def host_class(index: int, key: HostKey) -> HostClass:
    """A way to carry accelerators, numbered within an instance."""
    return HostClass(
        index,
        key.accelerator,
        key.count,
        key.fabric,
        key.link_gb_s,
        key.lanes_per_accelerator,
        key.board,
    )


def host_key(host: HostClass) -> HostKey:
    """The same without its number."""
    return HostKey(
        host.accelerator,
        host.count,
        host.fabric,
        host.link_gb_s,
        host.lanes_per_accelerator,
        host.board,
    )
