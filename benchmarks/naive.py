"""The question as a straightforward modeller writes it for CP-SAT: the formulation to beat.

One model over all cases. One Boolean per layout, whatever its number of nodes; quantities are
integers; what a choice means is switched on by ``only_enforce_if``; what is per node is multiplied
by the number of nodes with ``add_multiplication_equality``; energy is divided with
``add_division_equality``. It shares no line with :mod:`optimizer.model`, gets the parts and layouts
that pruning has left, and must find the same optima.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ortools.sat.python import cp_model

from optimizer.finance.tco import MICRO
from optimizer.instance.heat import room_heat_w
from optimizer.instance.items import (
    AcceleratorItem,
    ChassisItem,
    CoolingItem,
    Deployment,
    Instance,
    Item,
    PlatformItem,
    PsuItem,
)
from optimizer.instance.strips import hookups_of, supplies_of
from optimizer.instance.surges import surge_w
from optimizer.instance.wiring import takes
from optimizer.physics.power import average_milliwatts_per_watt, peak_milliwatts_per_watt

MOST = 64
"""Units of a part per node."""
WATTS, GRAMS = 10**6, 10**8
"""Upper bounds of watts and of hectograms and tenths of rack units."""
CENTS = 10**13
PER_BUILD = ("switch", "cooling", "ups", "pdu", "circuit")
EPS = 0


class Naive:
    """The model of some cases at one voltage, without a goal yet."""

    def __init__(self, instances: Sequence[Instance]) -> None:
        self.model, self.instances, self.first = cp_model.CpModel(), instances, instances[0]
        if any(i.limits.ups or i.limits.redundancy == "2n" for i in instances):
            raise ValueError("neither uninterruptible supplies nor two feeds are modelled here")
        self.items: dict[str, Item] = {k: v for i in instances for k, v in i.items.items()}
        self.layouts: list[tuple[int, Deployment, Any]] = []
        for number, instance in enumerate(instances):
            for d in instance.deployments:
                chosen = self.model.new_bool_var(f"layout {number} {d.index}")
                self.layouts.append((number, d, chosen))
        self.model.add_exactly_one(chosen for _, _, chosen in self.layouts)
        self.case = [self._case(number) for number in range(len(instances))]
        sizes = [i.case.nodes for i in instances]
        self.nodes = self.model.new_int_var(min(sizes), max(sizes), "nodes")
        for chosen, instance in zip(self.case, instances, strict=True):
            self.model.add(self.nodes == instance.case.nodes).only_enforce_if(chosen)
        self.platform = {p.id: self.model.new_bool_var(p.id) for p in self.of(PlatformItem)}
        self.model.add_exactly_one(self.platform.values())
        self.board = self.model.new_bool_var("board")
        self.quantity = {i: self._quantity(item) for i, item in self.items.items()}
        self.used = {i: self._used(i) for i in self.quantity}
        self._switched()
        self._parts()
        self._board()
        self._lanes()
        self._watts()
        self._site()
        self._money()

    # -- variables --------------------------------------------------------------------------

    def of(self, kind: type[Any]) -> list[Any]:
        """Parts of one type."""
        return [item for item in self.items.values() if isinstance(item, kind)]

    def kind(self, *kinds: str) -> list[Item]:
        """Parts of some kinds."""
        return [item for item in self.items.values() if item.kind in kinds]

    def _case(self, number: int) -> Any:
        chosen = self.model.new_bool_var(f"case {number}")
        mine = [x for n, _, x in self.layouts if n == number]
        self.model.add(sum(mine) == chosen)
        return chosen

    def _quantity(self, item: Item) -> Any:
        if item.kind == "platform":
            return self.platform[item.id]
        most = 1 if item.kind in ("chassis", "nic", "cable", "switch") else MOST
        return self.model.new_int_var(0, most, f"quantity {item.id}")

    def _used(self, part: str) -> Any:
        used = self.model.new_bool_var(f"used {part}")
        self.model.add(self.quantity[part] >= 1).only_enforce_if(used)
        self.model.add(self.quantity[part] == 0).only_enforce_if(~used)
        return used

    def _integer(self, most: int, name: str, low: int = 0) -> Any:
        return self.model.new_int_var(low, most, name)

    def _product(self, per_node: Any, most: int, name: str) -> Any:
        """What all nodes take of something."""
        one, all_nodes = self._integer(most, name), self._integer(most * MOST, f"{name}, all nodes")
        self.model.add(one == per_node)
        self.model.add_multiplication_equality(all_nodes, [one, self.nodes])
        return all_nodes

    # -- what is chosen ---------------------------------------------------------------------

    def _switched(self) -> None:
        """The figures of the layout chosen."""
        layouts = [d for _, d, _ in self.layouts]
        names = ("output_milli", "user_milli", "system_memory_gib", "storage_gb")
        self.figure = {n: self._integer(max(getattr(d, n) for d in layouts), n) for n in names}
        self.card_peak = self._integer(WATTS, "peak of cards")
        self.card_mean = self._integer(WATTS, "mean of cards")
        self.card_surge = self._integer(WATTS, "cards over their limit")
        self.cards = self._integer(MOST, "cards")
        for number, d, chosen in self.layouts:
            host = self.instances[number].hosts[d.host]
            for name, variable in self.figure.items():
                self.model.add(variable == getattr(d, name)).only_enforce_if(chosen)
            self.model.add(self.card_peak == d.power.peak_w).only_enforce_if(chosen)
            self.model.add(self.card_mean == d.power.average_w).only_enforce_if(chosen)
            over = surge_w(self.instances[number], d)
            self.model.add(self.card_surge == over).only_enforce_if(chosen)
            self.model.add(self.cards == host.count).only_enforce_if(chosen)
            self._layout(number, d, chosen)

    def _layout(self, number: int, d: Deployment, chosen: Any) -> None:
        """What a layout takes."""
        instance = self.instances[number]
        host, limits = instance.hosts[d.host], instance.limits
        fitting = [self.platform[p.id] for p in instance.platforms() if d.host in p.hosts]
        self.model.add_bool_or(fitting).only_enforce_if(chosen)
        slow = d.output_milli < limits.min_output_milli or d.user_milli < limits.min_user_milli
        late = limits.max_ttft_us is not None and d.ttft_us > limits.max_ttft_us
        if d.vram_need_mib > d.vram_usable_mib or slow or late:
            self.model.add(chosen == 0)
        for card in self.of(AcceleratorItem):
            inside = sum(
                dict(p.accelerators_included).get(card.id, 0) * self.platform[p.id]
                for p in self.of(PlatformItem)
            )
            need = host.count if card.id == host.accelerator else 0
            self.model.add(self.quantity[card.id] + inside == need).only_enforce_if(chosen)
        card = self.items[host.accelerator]
        assert isinstance(card, AcceleratorItem)
        if d.bridges and card.bridge not in self.items:
            self.model.add(chosen == 0)
        for bridge in self.kind("bridge"):
            need = d.bridges if bridge.id == card.bridge else 0
            self.model.add(self.quantity[bridge.id] == need).only_enforce_if(chosen)
        for chassis in self.of(ChassisItem):
            hot = card.passive and chassis.passive_w < max(1, card.power.peak_w)
            if hot or chassis.max_accelerator_mm < card.length_mm:
                self.model.add_implication(chosen, ~self.used[chassis.id])

    def _parts(self) -> None:
        """Processors, modules and drives that the platform takes."""
        q, model = self.quantity, self.model
        for kind in ("cpu", "memory", "psu"):
            model.add_at_most_one(self.used[i.id] for i in self.kind(kind))
        each = self._integer(MOST, "modules per channel", 1)
        for p in self.of(PlatformItem):
            chosen = self.platform[p.id]
            for cpu in self.kind("cpu"):
                fits = cpu.socket == p.socket and p.sockets <= cpu.max_sockets
                if not (p.needs_cpu and fits and cpu.tdp_w <= p.max_cpu_tdp_w):
                    model.add_implication(chosen, ~self.used[cpu.id])
            if p.needs_cpu:
                sockets = sum(q[cpu.id] for cpu in self.kind("cpu"))
                model.add(sockets == p.sockets).only_enforce_if(chosen)
            for module in self.kind("memory"):
                if not p.needs_memory or module.memory_type != p.memory_type:
                    model.add_implication(chosen, ~self.used[module.id])
            if p.needs_memory:
                modules = sum(q[module.id] for module in self.kind("memory"))
                model.add(modules == p.memory_channels * each).only_enforce_if(chosen)
                model.add(modules <= p.dimm_slots).only_enforce_if(chosen)
            drives = sum(q[drive.id] for drive in self.kind("storage"))
            model.add(drives <= p.nvme_bays).only_enforce_if(chosen)
            memory = sum(m.capacity_gib * q[m.id] for m in self.kind("memory"))
            model.add(
                memory + p.memory_included_gib >= self.figure["system_memory_gib"]
            ).only_enforce_if(chosen)
            held = sum(s.capacity_gb * q[s.id] for s in self.kind("storage"))
            model.add(held + p.storage_included_gb >= self.figure["storage_gb"]).only_enforce_if(
                chosen
            )
            model.add(self.board == int(p.board)).only_enforce_if(chosen)

    def _board(self) -> None:
        """A board has a chassis and supplies that fit; other platforms have their own."""
        q, model = self.quantity, self.model
        model.add(sum(q[c.id] for c in self.of(ChassisItem)) == self.board)
        model.add(sum(self.used[u.id] for u in self.of(PsuItem)) == self.board)
        for chassis in self.of(ChassisItem):
            chosen = self.used[chassis.id]
            for p in self.of(PlatformItem):
                if p.board and p.board_form not in chassis.board_forms:
                    model.add_bool_or(~chosen, ~self.platform[p.id])
            for psu in self.of(PsuItem):
                if psu.form != chassis.psu_form:
                    model.add_bool_or(~chosen, ~self.used[psu.id])
                model.add(q[psu.id] <= chassis.psu_bays).only_enforce_if(chosen)
            width = sum(a.slot_width * q[a.id] for a in self.of(AcceleratorItem))
            width += sum(q[n.id] for n in self.kind("nic"))
            model.add(width <= chassis.slot_positions).only_enforce_if(chosen)
        for plug in range(3):
            need = sum(a.connectors[plug] * q[a.id] for a in self.of(AcceleratorItem))
            if plug == EPS:
                need += sum(p.sockets * self.platform[p.id] for p in self.of(PlatformItem))
            have = sum(u.connectors[plug] * q[u.id] for u in self.of(PsuItem))
            model.add(need <= have).only_enforce_if(self.board)

    def _lanes(self) -> None:
        """Lanes and slots of the host; network cards and cables where nodes are joined."""
        q, model, nics = self.quantity, self.model, self.kind("nic")
        lanes = self._integer(4096, "lanes of cards")
        for number, d, chosen in self.layouts:
            host = self.instances[number].hosts[d.host]
            model.add(lanes == host.lanes_per_accelerator * host.count).only_enforce_if(chosen)
        added = sum(i.lanes * q[i.id] for i in self.kind("storage", "nic"))
        own = sum(c.lanes * q[c.id] for c in self.kind("cpu"))
        for p in self.of(PlatformItem):
            chosen = self.platform[p.id]
            there = own if p.host_lanes is None else p.host_lanes
            model.add(lanes + p.lanes_reserved + added <= there).only_enforce_if(chosen)
            for nic in nics:
                wide = sum(q[n.id] for n in nics if n.lanes >= nic.lanes)
                slots = sum(count for width, count in p.slots if width >= nic.lanes)
                model.add(self.cards + wide <= slots).only_enforce_if(chosen, self.used[nic.id])
        for case, instance in zip(self.case, self.instances, strict=True):
            self._network(case, instance)

    def _network(self, case: Any, instance: Instance) -> None:
        q, model, speed = self.quantity, self.model, instance.case.network_gbps
        parts = self.kind("nic", "cable")
        for switch in self.kind("switch"):
            model.add(q[switch.id] == int(switch.id == instance.case.switch)).only_enforce_if(case)
        mine = instance.items.get(instance.case.switch or "")
        for part in parts:
            if mine is None or part.network not in ("vpi", mine.network) or part.gbps < mine.gbps:
                model.add(q[part.id] == 0).only_enforce_if(case)
        if instance.case.nodes == 1:
            return
        cards = sum(q[n.id] for n in parts if n.kind == "nic")
        model.add(cards <= 1).only_enforce_if(case)
        model.add(sum(q[c.id] for c in parts if c.kind == "cable") == 1).only_enforce_if(case)
        for p in self.of(PlatformItem):
            if p.nic_included_gbps < speed:
                model.add(cards >= 1).only_enforce_if(case, self.platform[p.id])
            if p.slot_gbps < speed:
                model.add(cards == 0).only_enforce_if(case, self.platform[p.id])

    # -- watts, site, money -----------------------------------------------------------------

    def _inside(self) -> list[Item]:
        """Everything in a node but accelerators."""
        return self.kind("platform", "cpu", "memory", "storage", "psu", "chassis", "nic")

    def _watts(self) -> None:
        """Load of a node, and what it draws at the wall by the class of its supplies."""
        q, model, volts = self.quantity, self.model, self.first.case.volts
        peak = self.card_peak + sum(i.power.peak_w * q[i.id] for i in self._inside())
        mean = self.card_mean + sum(i.power.average_w * q[i.id] for i in self._inside())
        self.peak, self.mean = self._integer(WATTS, "peak"), self._integer(WATTS, "mean")
        self.liquid, self.supplies = self._integer(WATTS, "liquid"), self._integer(MOST, "supplies")
        self.wide_inlet = model.new_bool_var("inlets are C20")
        limits = self.first.limits
        share, lost = 1000 - limits.psu_headroom_permille, int(limits.redundancy == "n+1")

        def conversion(efficiency: str, chosen: Any) -> None:
            for wall, load, milli in (
                (self.peak, peak, peak_milliwatts_per_watt(efficiency, volts)),
                (self.mean, mean, average_milliwatts_per_watt(efficiency, volts)),
            ):
                model.add(1000 * wall >= milli * load).only_enforce_if(chosen)
                model.add(1000 * wall <= milli * load + 999).only_enforce_if(chosen)

        for p in self.of(PlatformItem):
            chosen = self.platform[p.id]
            model.add(self.liquid == (self.peak if p.liquid else 0)).only_enforce_if(chosen)
            if not p.board:
                conversion(p.efficiency, chosen)
                delivered = p.supply_capacity_redundant_w if lost else p.supply_capacity_w
                model.add(1000 * peak <= share * delivered).only_enforce_if(chosen)
                borne = p.borne_permille * delivered
                model.add(1000 * (peak + self.card_surge) <= borne).only_enforce_if(chosen)
                model.add(self.supplies == p.supplies).only_enforce_if(chosen)
                model.add(self.wide_inlet == int(p.inlet == "c20")).only_enforce_if(chosen)
        for psu in self.of(PsuItem):
            chosen = self.used[psu.id]
            conversion(psu.efficiency, chosen)
            delivered = psu.capacity_w * (q[psu.id] - lost)
            model.add(1000 * peak <= share * delivered).only_enforce_if(chosen)
            borne = psu.borne_permille * delivered
            model.add(1000 * (peak + self.card_surge) <= borne).only_enforce_if(chosen)
            model.add(self.supplies == q[psu.id]).only_enforce_if(chosen)
            model.add(self.wide_inlet == int(psu.inlet == "c20")).only_enforce_if(chosen)

    def _site(self) -> None:
        """Heat, circuits, rack, noise and what the site does not take."""
        q, model, limits = self.quantity, self.model, self.first.limits
        coolers, bought = self.of(CoolingItem), self.kind("switch", "cooling", "ups", "pdu")
        air = self._product(self.peak - self.liquid, WATTS, "air")
        air += sum(room_heat_w(i) * q[i.id] for i in bought)
        air += sum(i.case.switch_wall_w * c for i, c in zip(self.instances, self.case, strict=True))
        liquid = self._product(self.liquid, WATTS, "liquid")
        cooled = sum(c.removal_w * q[c.id] for c in coolers if not c.liquid)
        model.add(air <= limits.heat_removal_w + cooled)
        if limits.airflow_w is not None:
            model.add(air <= limits.airflow_w)
        cooled = sum(c.removal_w * q[c.id] for c in coolers if c.liquid)
        model.add(liquid <= limits.liquid_removal_w + cooled)
        for case, instance in zip(self.case, self.instances, strict=True):
            self._circuits(case, instance)
        cards = self.of(AcceleratorItem)
        for most, of, figures in (
            (limits.rack_tenths, self._inside(), "rack_tenths"),
            (limits.load_hg, [*self._inside(), *cards], "weight_hg"),
            (limits.floor_hg, [*self._inside(), *cards], "weight_hg"),
            (limits.noise, self._inside(), "noise"),
        ):
            if most is None:
                continue
            size = 10**13 if figures == "noise" else GRAMS
            held = {i: getattr(self.items[i].space, figures) for i in q}
            taken = self._product(self._sum(of, held), size, figures)
            model.add(taken + self._sum(bought, held) <= most)
        for item in [*self._inside(), *bought]:
            if item.space.depth_mm > limits.depth_mm:
                model.add(q[item.id] == 0)
        for p in self.of(PlatformItem):
            if limits.inlet_tenths is not None and p.max_inlet_tenths < limits.inlet_tenths:
                model.add(self.platform[p.id] == 0)
        if not limits.extra_cooling:
            for cooler in coolers:
                model.add(q[cooler.id] == 0)

    def _sum(self, items: Iterable[Item], held: dict[str, int]) -> Any:
        """The items' figures; of those inside an accelerator's platform only what is bought."""
        cards = {a.id for a in self.of(AcceleratorItem)}
        total = sum(held[i.id] * self.quantity[i.id] for i in items if i.id not in cards)
        if any(i.id in cards for i in items):
            total += self._weight_of_cards()
        return total

    def _weight_of_cards(self) -> Any:
        weight = self._integer(GRAMS, "weight of cards")
        for number, d, chosen in self.layouts:
            host = self.instances[number].hosts[d.host]
            each = self.items[host.accelerator].space.weight_hg
            self.model.add(weight == each * host.count).only_enforce_if(chosen)
        return weight

    def _circuits(self, case: Any, instance: Instance) -> None:
        """Supplies find outlets and circuits, on strips that are bought where it takes some."""
        held, redundancy, model = instance.case, instance.limits.redundancy, self.model
        hung = [(way, model.new_bool_var("strips")) for way in hookups_of(instance)]
        model.add(sum(chosen for _, chosen in hung) == case)
        sorts = [(sort, self._supplies_are(*sort)) for sort in supplies_of(instance)]
        for way, chosen in hung:
            if not way.switch_plugs_in:
                model.add(chosen == 0)
            for strip in self.kind("pdu"):
                count = dict(way.strips).get(strip.id, 0)
                model.add(self.quantity[strip.id] == count).only_enforce_if(chosen)
            for sort, so_many in sorts:
                if way.finds_outlets(sort, held.nodes, redundancy):
                    most = way.room_w(sort, held.nodes, redundancy)
                    model.add(self.peak <= most).only_enforce_if(chosen, so_many)
                else:
                    model.add_bool_or(~chosen, ~so_many)
        units = [c for c in self.of(CoolingItem) if c.plug]
        for plug in {c.plug for c in units}:
            needing = sum(self.quantity[c.id] for c in units if takes(c.plug, plug))
            room = sum(takes(circuit, plug) for circuit in held.spare)
            self.model.add(needing <= room).only_enforce_if(case)

    def _supplies_are(self, count: int, inlet: str) -> Any:
        """Whether a node has so many supplies of this inlet."""
        so_many, model = self.model.new_bool_var("so many"), self.model
        fits = self.wide_inlet if inlet == "c20" else ~self.wide_inlet
        model.add(self.supplies == count).only_enforce_if(so_many)
        model.add_implication(so_many, fits)
        other = self.model.new_bool_var("another number")
        model.add(self.supplies != count).only_enforce_if(other)
        model.add_bool_or(so_many, other, ~fits)
        return so_many

    def _money(self) -> None:
        """Every unit is bought somewhere; what all of it costs."""
        q, model = self.quantity, self.model
        purchases = {p.key: p for i in self.instances for p in i.purchases}
        bought = {k: self._integer(p.stock or MOST * MOST, k) for k, p in purchases.items()}
        for part, item in self.items.items():
            if item.kind in PER_BUILD:
                need = q[part]
            else:
                need = self._product(q[part], MOST, f"all {part}")
            offers = [bought[k] for k, p in purchases.items() if p.component == part]
            model.add(sum(offers) == need)
        money = self.first.money
        switches = sum(
            i.case.switch_wall_w * c for i, c in zip(self.instances, self.case, strict=True)
        )
        mean = self._product(self.mean, WATTS, "mean") + switches
        peak = self._product(self.peak, WATTS, "peak") + switches
        mean += sum(i.power.average_w * q[i.id] for i in self.kind("ups"))
        cooling = sum(i.power.average_w * q[i.id] for i in self.kind("cooling"))
        charges = [
            self._charge(watts, rate)
            for watts, rate in (
                (mean, money.microcents_per_watt),
                (cooling, money.microcents_per_cooling_watt),
                (peak, money.demand_microcents),
                (peak, money.colocation_microcents),
            )
            if rate and not isinstance(watts, int)
        ]
        self.capex, self.tco = self._integer(CENTS, "capex"), self._integer(CENTS, "tco")
        paid = sum(p.unit.capex * bought[k] for k, p in purchases.items())
        owed = sum(p.unit.tco * bought[k] for k, p in purchases.items())
        model.add(self.capex == paid + money.installation_cents)
        model.add(self.tco == owed + sum(charges) + money.installation_cents)
        if self.first.limits.budget_cents is not None:
            model.add(self.capex <= self.first.limits.budget_cents)
        if self.first.limits.max_tco_cents is not None:
            model.add(self.tco <= self.first.limits.max_tco_cents)

    def _charge(self, watts: Any, rate: int) -> Any:
        cents = self._integer(CENTS, "charge")
        self.model.add_division_equality(cents, watts * rate + (MICRO - 1), MICRO)
        return cents


def build(instances: Sequence[Instance], objective: str) -> cp_model.CpModel:
    """The model of some cases with its goal, as a minimum."""
    naive = Naive(instances)
    goals = {
        "throughput": -naive.figure["output_milli"],
        "speed": -naive.figure["user_milli"],
        "tco": naive.tco,
        "capex": naive.capex,
    }
    naive.model.minimize(goals[objective])
    return naive.model


def solve(model: cp_model.CpModel, limit_s: float) -> tuple[str, int | None]:
    """Status and optimum, in one thread."""
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = limit_s
    status = solver.solve(model)
    if status == cp_model.OPTIMAL:
        return "optimal", round(solver.objective_value)
    if status == cp_model.MODEL_INVALID:
        raise ValueError(model.validate())
    return ("infeasible" if status == cp_model.INFEASIBLE else "unknown"), None
