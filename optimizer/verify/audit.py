"""Totals of a choice, computed without the solver: loads, watts, money.

This is the twin of the expressions in ``model/``: written from the definitions in
``docs/formulation.md``, it never imports them.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from optimizer.finance.tco import CostItem, CostSummary, energy_cents, total_cost
from optimizer.instance.choice import Choice
from optimizer.instance.items import (
    AcceleratorItem,
    ChassisItem,
    CoolingItem,
    CpuItem,
    Deployment,
    HostClass,
    Instance,
    Item,
    MemoryItem,
    PlatformItem,
    PsuItem,
    Purchase,
    StripItem,
    UpsItem,
)
from optimizer.instance.money import schedule_of
from optimizer.physics.circuits import Breaker, Plugged, plug_in
from optimizer.physics.outlets import Inlet
from optimizer.physics.power import average_milliwatts_per_watt, peak_milliwatts_per_watt, wall_w
from optimizer.physics.ups import circuits_behind
from optimizer.verify.hung import Hung, behind, places, plan_of


class Audit:
    """A choice seen against its instance. Unknown ids raise KeyError."""

    def __init__(self, choice: Choice, instance: Instance) -> None:
        self.choice, self.instance = choice, instance
        platform = instance.items[choice.platform]
        assert isinstance(platform, PlatformItem)
        self.platform: PlatformItem = platform
        self.deployment: Deployment = instance.deployments[choice.deployment]
        self.host: HostClass = instance.hosts[self.deployment.host]
        accelerator = instance.items[self.host.accelerator]
        assert isinstance(accelerator, AcceleratorItem)
        self.accelerator: AcceleratorItem = accelerator

    def in_node(self, kind: str) -> list[tuple[Item, int]]:
        """(item, quantity) of a kind in each node; what is inside the platform is not listed."""
        items = self.instance.items
        return [(items[i], n) for i, n in self.choice.per_node.items() if items[i].kind == kind]

    def on_site(self, kind: str) -> list[tuple[Item, int]]:
        """(item, quantity) of a kind bought once for the build."""
        items = self.instance.items
        return [(items[i], n) for i, n in self.choice.per_site.items() if items[i].kind == kind]

    @cached_property
    def node_items(self) -> list[tuple[Item, int]]:
        """Everything in a node but accelerators and cables, the platform included."""
        kinds = ("cpu", "memory", "storage", "psu", "chassis", "nic")
        found: list[tuple[Item, int]] = [(self.platform, 1)]
        for kind in kinds:
            found += self.in_node(kind)
        return found

    @cached_property
    def site_items(self) -> list[tuple[Item, int]]:
        """Everything bought once for the build."""
        return [pair for kind in ("switch", "cooling", "ups", "pdu") for pair in self.on_site(kind)]

    @property
    def cpus(self) -> list[tuple[CpuItem, int]]:
        """Processors bought."""
        return [(i, n) for i, n in self.in_node("cpu") if isinstance(i, CpuItem)]

    @property
    def modules(self) -> list[tuple[MemoryItem, int]]:
        """Memory modules bought."""
        return [(i, n) for i, n in self.in_node("memory") if isinstance(i, MemoryItem)]

    @property
    def psus(self) -> list[tuple[PsuItem, int]]:
        """Supplies bought."""
        return [(i, n) for i, n in self.in_node("psu") if isinstance(i, PsuItem)]

    @property
    def chassis(self) -> list[ChassisItem]:
        """Chassis bought, one entry per unit."""
        return [
            i for i, n in self.in_node("chassis") for _ in range(n) if isinstance(i, ChassisItem)
        ]

    # -- power ------------------------------------------------------------------------------

    @cached_property
    def efficiency(self) -> str:
        """80 PLUS class of the node's supplies."""
        if self.platform.board:
            return self.psus[0][0].efficiency if self.psus else "bronze"
        return self.platform.efficiency

    @cached_property
    def supplies(self) -> int:
        """Power supplies per node."""
        if self.platform.board:
            return sum(n for _, n in self.psus)
        return self.platform.supplies

    @cached_property
    def peak_load_w(self) -> int:
        """Watts of one node behind its supplies, everything at full load."""
        parts = sum(i.power.peak_w * n for i, n in self.node_items)
        return parts + self.deployment.power.peak_w

    @property
    def peak_limits_w(self) -> int:
        """Power limits of a node's accelerators, added up."""
        return self.deployment.cap_w * self.host.count

    @cached_property
    def peak_wall_w(self) -> int:
        """Watts of one node at the wall, everything at full load."""
        volts = self.instance.case.volts
        return wall_w(self.peak_load_w, peak_milliwatts_per_watt(self.efficiency, volts))

    @property
    def inlet(self) -> Inlet:
        """What the cords of the node's supplies plug into."""
        if self.platform.board:
            return self.psus[0][0].inlet if self.psus else "c14"
        return self.platform.inlet

    @cached_property
    def _plugged(self) -> tuple[Hung | None, tuple[Plugged, ...]]:
        """Where the strips hang, None where outlets are too few; and which supply plugs in where.

        Where outlets are too few, the plan is as if there were more.
        """
        case, redundancy = self.instance.case, self.instance.limits.redundancy
        breakers = case.breakers
        if self.ups_circuits:
            # Behind units of one type, circuits count alike, and the others feed nothing.
            least = min(breakers[i].line_w for i in self.ups_circuits)
            breakers = tuple(
                replace(b, line_w=least if i in self.ups_circuits else 0)
                for i, b in enumerate(breakers)
            )
        need = (case.nodes, self.supplies, self.peak_wall_w, redundancy)
        if not self.instance.limits.ups:
            strips = [] if self.strips_without_place else self.strips
            hung, plan = plan_of(breakers, strips, case.volts, self.inlet, need)
            if hung is not None:
                return hung, plan
        return None, plug_in(breakers, *need)

    @property
    def plug_plan(self) -> tuple[Plugged, ...]:
        """Which supply hangs on which circuit; empty where they find no place."""
        return self._plugged[1]

    @property
    def lacks_outlets(self) -> bool:
        """Whether some supply finds no outlet, whatever the circuits carry."""
        return self._plugged[0] is None

    @cached_property
    def strips_without_place(self) -> bool:
        """Whether there are not receptacles for all strips bought: none is taken to hang then."""
        case = self.instance.case
        return next(places(case.breakers, self.strips, case.volts), None) is None

    @property
    def hung(self) -> Hung:
        """Which strip hangs on which circuit."""
        return self._plugged[0] or ()

    @cached_property
    def circuits(self) -> tuple[Breaker, ...]:
        """The circuits as supplies find them, strips hung."""
        case = self.instance.case
        return behind(case.breakers, self.hung, case.volts, self.inlet)

    @property
    def strips(self) -> list[StripItem]:
        """Rack strips bought, one entry per unit."""
        found = [(i, n) for i, n in self.on_site("pdu") if isinstance(i, StripItem)]
        return [i for i, n in found for _ in range(n)]

    @cached_property
    def ups_circuits(self) -> tuple[int, ...]:
        """Circuits that the uninterruptible supplies plug into; empty without, or without place."""
        units = [(i, n) for i, n in self.on_site("ups") if isinstance(i, UpsItem)]
        amps = max((i.input_amps for i, _ in units), default=0)
        count, limits = sum(n for _, n in units), self.instance.limits
        if not count:
            return ()
        return circuits_behind(self.instance.case.breakers, amps, count, limits.redundancy)

    def _mean_wall(self, idle: bool) -> int:
        powers = [(i.power, n) for i, n in self.node_items] + [(self.deployment.power, 1)]
        load = sum((p.idle_w if idle else p.average_w) * n for p, n in powers)
        volts = self.instance.case.volts
        return wall_w(load, average_milliwatts_per_watt(self.efficiency, volts))

    @cached_property
    def average_wall_w(self) -> int:
        """Mean watts of one node at the wall over the horizon."""
        return self._mean_wall(idle=False)

    @cached_property
    def idle_wall_w(self) -> int:
        """Watts of one node at the wall with nothing to do."""
        return self._mean_wall(idle=True)

    @cached_property
    def build_peak_w(self) -> int:
        """Watts of the whole build at the wall, at peak."""
        case = self.instance.case
        return self.peak_wall_w * case.nodes + case.switch_wall_w

    @cached_property
    def air_heat_w(self) -> int:
        """Watts that leave through the room's air, at peak: liquid-cooled nodes give none."""
        case = self.instance.case
        nodes = 0 if self.platform.liquid else self.peak_wall_w * case.nodes
        others = sum(self.heat_of(i) * n for i, n in self.site_items if i.kind != "switch")
        return nodes + case.switch_wall_w + others

    @staticmethod
    def heat_of(item: Item) -> int:
        """Watts that a part bought for the site leaves in the room."""
        if isinstance(item, CoolingItem) and not item.liquid:
            return 0
        return item.power.peak_w

    @cached_property
    def cooling_average_w(self) -> int:
        """Mean watts of the cooling bought."""
        return sum(i.power.average_w * n for i, n in self.on_site("cooling"))

    @cached_property
    def ups_loss_w(self) -> int:
        """Watts lost in uninterruptible supplies at full load."""
        return sum(i.power.peak_w * n for i, n in self.on_site("ups"))

    @cached_property
    def build_average_w(self) -> int:
        """Mean watts of the whole build at the wall, cooling apart."""
        case = self.instance.case
        lost = sum(i.power.average_w * n for i, n in self.on_site("ups"))
        return self.average_wall_w * case.nodes + case.switch_wall_w + lost

    @cached_property
    def build_idle_w(self) -> int:
        """Idle watts of the whole build at the wall."""
        case = self.instance.case
        return self.idle_wall_w * case.nodes + case.switch_wall_w

    # -- money ------------------------------------------------------------------------------

    @cached_property
    def bought(self) -> list[tuple[Purchase, int]]:
        """(purchase, quantity) of the whole build."""
        by_key = {p.key: p for p in self.instance.purchases}
        return [(by_key[key], n) for key, n in sorted(self.choice.purchases.items())]

    @cached_property
    def costs(self) -> CostSummary:
        """Every cost line, from the one cost function."""
        money, peak = self.instance.money, self.build_peak_w
        return total_cost(
            [CostItem(p.kind, p.unit, n) for p, n in self.bought],
            watts={
                "energy": energy_cents(self.build_average_w, money.microcents_per_watt),
                "cooling energy": energy_cents(
                    self.cooling_average_w, money.microcents_per_cooling_watt
                ),
                "demand": energy_cents(peak, money.demand_microcents),
                "colocation": energy_cents(peak, money.colocation_microcents),
            },
            installation=money.installation_cents,
            schedule=schedule_of(self.instance.request.finance),
        )
