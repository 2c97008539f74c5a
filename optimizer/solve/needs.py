"""What a build needs of each limit that is one number: least money, heat, noise, space, slowness.

Each need is a linear expression to minimise with its own limit away, and the way back from its
integer to the number that a request holds, rounded so that the number suffices and one step less
does not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from math import ceil, floor, log10
from typing import Any

from optimizer.air import air_cfm
from optimizer.instance.cases import footprint_m2
from optimizer.instance.items import CoolingItem, Instance, Limits, PlatformItem
from optimizer.model.linear import Expr, total
from optimizer.model.plan import Plan
from optimizer.model.rules.airflow import air_heat_w
from optimizer.physics.heat import (
    NOISE_SCALE,
    altitude_derating_c,
    noise_limit_at_source,
    noise_limit_energy,
)
from optimizer.schema.explanation import Value
from optimizer.schema.request import Request
from optimizer.solve import knobs
from optimizer.solve.candidate import Expression, Without
from optimizer.solve.knobs import value_at
from optimizer.solve.lexicographic import Goal, LowerBound, linear_goal
from optimizer.solve.ways import (
    Column,
    WayBounds,
    heat_for_room,
    heat_in_air,
    least_overflow,
    least_seat,
    least_space,
    least_watts,
    soonest,
)
from optimizer.units import fraction

ENDLESS = 10**9
"""More of anything than any build has."""
LOUD_DBA, QUIET_DBA = 140.0, 20.0


@dataclass(frozen=True, slots=True)
class Need:
    """One limit that is one number: where it stands, what to minimise, and the way back.

    ``field`` is its name among :class:`Limits`, where ``loose`` limits nothing. The minimum is in
    the unit of the field, negative where ``floor``: then the limit is one from below.
    """

    rule: str
    path: str
    field: str
    loose: int | None
    goal: Goal
    value: Callable[[int, Request], Value]
    """The value of the request that just allows a minimum; None where none does."""
    floor: bool = False

    def applies(self, request: Request) -> bool:
        """Whether the request sets this limit, and nothing else depends on its value."""
        if self.path == knobs.MIN_USER:
            return request.workloads[0].targets.min_tok_s is None
        return value_at(request, self.path) is not None

    def loosen(self, limits: Limits) -> Limits:
        """Limits without this one."""
        change: dict[str, Any] = {self.field: self.loose}
        return replace(limits, **change)

    def allowing(self, limits: Limits, minimum: int) -> Limits:
        """Limits that just allow a minimum."""
        change: dict[str, Any] = {self.field: -minimum if self.floor else minimum}
        return replace(limits, **change)

    def limit(self, limits: Limits) -> int | None:
        """What the minimum must not exceed; None where nothing is asked."""
        held = getattr(limits, self.field)
        if held is None or (self.floor and held == 0):
            return None
        return -held if self.floor else int(held)


def _linear(expression: Expression, ways: WayBounds | None = None) -> Goal:
    """A goal of which layouts tell nothing beforehand; it is never negative."""
    return Goal(expression, lambda _instance, _without: lambda _d: 0, ways=ways)


def _spatial(expression: Expression, column: Column) -> Goal:
    """A sum of what parts take up: platforms tell the most of it."""

    def taken(instance: Instance, platform: PlatformItem) -> int:
        return column(platform.space) * instance.case.nodes

    return Goal(expression, partial(_least_on_hosts, taken), ways=least_space(column))


def _least_on_hosts(
    taken: Callable[[Instance, PlatformItem], int], instance: Instance, _without: Without
) -> LowerBound:
    """The least that any platform which offers a layout's host takes."""
    least: dict[int, int] = {}
    for platform in instance.platforms():
        for host in platform.hosts:
            own = taken(instance, platform)
            least[host] = min(own, least.get(host, own))
    return lambda d: least.get(d.host, 0)


def _removed(plan: Plan, instance: Instance, liquid: bool) -> Expr:
    units = [c for c in instance.of_kind("cooling") if isinstance(c, CoolingItem)]
    return total([(u.removal_w, plan.quantity(u)) for u in units if u.liquid == liquid])


def _least_removal(plan: Plan, heat: Expr, liquid: bool) -> Expr:
    """Heat that the room itself must remove: what units bought for it leave, at least nothing."""
    most = plan.model.bounds(heat)[1]
    left = plan.model.variable("heat_left_w", 0, max(0, most))
    plan.model.add(left >= heat - _removed(plan, plan.instance, liquid), "heat left")
    return left


def air_heat(plan: Plan) -> Expr:
    """Watts that the room's air must remove."""
    return _least_removal(plan, air_heat_w(plan), liquid=False)


def liquid_heat(plan: Plan) -> Expr:
    """Watts that the facility's water must remove."""
    return _least_removal(plan, plan.wall.liquid_peak_w * plan.instance.case.nodes, liquid=True)


def noise(plan: Plan) -> Expr:
    """Sound energy of the build."""
    node = plan.node_sum(lambda i: i.space.noise) * plan.instance.case.nodes
    return node + plan.site_sum(lambda i: i.space.noise)


def rack_units(plan: Plan) -> Expr:
    """Tenths of rack units."""
    node = plan.node_sum(lambda i: i.space.rack_tenths) * plan.instance.case.nodes
    return node + plan.site_sum(lambda i: i.space.rack_tenths)


def weight(plan: Plan) -> Expr:
    """Hectograms."""
    cards = plan.accelerators_weighted(lambda a, n: a.space.weight_hg * n)
    node = (plan.node_sum(lambda i: i.space.weight_hg) + cards) * plan.instance.case.nodes
    return node + plan.site_sum(lambda i: i.space.weight_hg)


def first_token(plan: Plan) -> Expr:
    """Microseconds to the first token."""
    return plan.deployments_weighted(lambda d: d.ttft_us)


def depth(plan: Plan) -> Expr:
    """Millimetres of the deepest part."""
    items = [i for i in plan.instance.items.values() if i.space.depth_mm]
    deepest = plan.model.variable(
        "deepest_mm", 0, max([i.space.depth_mm for i in items], default=0)
    )
    for item in items:
        used = plan.model.boolean(f"used[{item.id}]")
        count = plan.units(item)
        if not count.terms:
            plan.model.add(used >= min(1, count.constant), "used")
        else:
            plan.model.add(count <= used * max(1, plan.model.bounds(count)[1]), "used")
        plan.model.add(deepest >= used * item.space.depth_mm, "deepest")
    return deepest


def inlet(plan: Plan) -> Expr:
    """Tenths of a degree that the platform bears at its front, with the sign turned."""
    return -plan.platforms_weighted(lambda p: p.max_inlet_tenths)


def overflow(plan: Plan) -> Expr:
    """MiB that all accelerators together lack."""
    lacking = lacking_mib(plan.instance)
    return plan.deployments_weighted(lacking)


def lacking_mib(instance: Instance) -> LowerBound:
    """What each layout lacks of memory, over all its accelerators."""
    hosts, nodes = instance.hosts, instance.case.nodes
    return lambda d: max(0, d.vram_need_mib - d.vram_usable_mib) * hosts[d.host].count * nodes


def wall_watts(plan: Plan) -> Expr:
    """Peak watts at the wall of the whole build."""
    case = plan.instance.case
    return plan.wall.peak_w * case.nodes + case.switch_wall_w


DEPTH = Goal(
    depth,
    partial(_least_on_hosts, lambda _instance, platform: platform.space.depth_mm),
    ways=least_seat(lambda _at, _way, seat: seat.space.depth_mm),
)
INLET_TENTHS = Goal(
    inlet,
    partial(_least_on_hosts, lambda _instance, platform: -platform.max_inlet_tenths),
    ways=least_seat(lambda _at, _way, seat: -seat.max_inlet_tenths),
)
AIR_HEAT = _linear(air_heat, least_seat(heat_for_room))
PASSING_HEAT = _linear(air_heat_w, least_seat(heat_in_air))
NOISE = _spatial(noise, lambda space: space.noise)
RACK_UNITS = _spatial(rack_units, lambda space: space.rack_tenths)
WEIGHT = _spatial(weight, lambda space: space.weight_hg)
OVERFLOW = Goal(overflow, lambda instance, _without: lacking_mib(instance), ways=least_overflow)
WATTS = Goal(
    wall_watts,
    lambda i, _without: lambda d: d.power.peak_w * i.case.nodes,
    ways=least_watts,
)
CHEAPEST = linear_goal("capex")
CHEAPEST_TO_OWN = linear_goal("tco")
FASTEST = linear_goal("throughput")
FIRST_TOKEN = Goal(
    first_token,
    lambda _instance, _without: lambda d: d.ttft_us,
    figures=lambda figures: figures.ttft_us,
    ways=soonest,
)


def _dollars(cents: int, _request: Request) -> float:
    """Whole dollars, rounded up."""
    return float(-(-cents // 100))


def _decibels(energy: int, request: Request) -> float | None:
    """The least limit in tenths of a decibel that allows this sound energy at 1 m."""
    site = request.site
    softer = noise_limit_at_source(0, site.noise_distance_m, site.noise_barrier_db)
    level = 10 * log10(max(energy, 1) / NOISE_SCALE) - softer
    tenths = max(int(QUIET_DBA * 10), int(10 * level) - 1)
    while noise_limit_energy(tenths / 10 + softer) < energy:
        tenths += 1
    return tenths / 10 if tenths <= LOUD_DBA * 10 else None


def _rate(milli: int, _request: Request) -> float | None:
    """Tokens per second of a maximum, which was minimised with its sign turned."""
    return -milli / 1000 if milli < 0 else None


def _tenths(count: int, _request: Request) -> float:
    return count / 10


def _seconds(microseconds: int, _request: Request) -> float:
    return microseconds / 10**6


def _watts(watts: int, _request: Request) -> int:
    return watts


def _cfm(watts: int, request: Request) -> float:
    """Air that carries so many watts away."""
    return float(air_cfm(watts, request.site.air_rise_c, request.site.altitude_m))


def _inlet(tenths: int, request: Request) -> float | None:
    """The warmest air, in tenths of a degree, that a platform of so many at sea level takes in."""
    derated = altitude_derating_c(request.site.altitude_m)
    warmest = floor(-tenths - derated * 10) / 10
    return warmest if warmest >= 0 else None


def _floor(hg: int, request: Request) -> float:
    """Whole kilograms a square metre of a floor that bears so much and the empty racks."""
    borne = Fraction(hg, 10) + fraction(request.site.rack.own_kg)
    return float(ceil(borne / footprint_m2(request.site)))


def _deep(mm: int, request: Request) -> float:
    """Whole millimetres of a rack that leaves this depth beside the cables."""
    return float(ceil(mm + fraction(request.site.cable_clearance_mm)))


NEEDS: tuple[Need, ...] = (
    Need("budget", knobs.BUDGET, "budget_cents", None, CHEAPEST, _dollars),
    Need("lifetime-cost", knobs.MAX_TCO, "max_tco_cents", None, CHEAPEST_TO_OWN, _dollars),
    Need("cooling", knobs.HEAT, "heat_removal_w", ENDLESS, AIR_HEAT, _watts),
    Need("cooling", knobs.LIQUID, "liquid_removal_w", ENDLESS, _linear(liquid_heat), _watts),
    Need("airflow", knobs.AIRFLOW, "airflow_w", None, PASSING_HEAT, _cfm),
    Need("inlet", knobs.INLET, "inlet_tenths", None, INLET_TENTHS, _inlet, floor=True),
    Need("noise", knobs.NOISE, "noise", None, NOISE, _decibels),
    Need(
        "rack",
        knobs.RACK_UNITS,
        "rack_tenths",
        ENDLESS,
        RACK_UNITS,
        _tenths,
    ),
    Need("rack", knobs.RACK_DEPTH, "depth_mm", ENDLESS, DEPTH, _deep),
    Need(
        "rack",
        knobs.RACK_LOAD,
        "load_hg",
        ENDLESS,
        WEIGHT,
        _tenths,
    ),
    Need("rack", knobs.FLOOR, "floor_hg", None, WEIGHT, _floor),
    Need("targets", knobs.MIN_TOK_S, "min_output_milli", 0, FASTEST, _rate, floor=True),
    Need("targets", knobs.MIN_USER, "min_user_milli", 0, linear_goal("speed"), _rate, floor=True),
    Need("targets", knobs.MAX_TTFT, "max_ttft_us", None, FIRST_TOKEN, _seconds),
)
