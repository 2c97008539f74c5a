"""What a build needs of each limit that is one number: least money, heat, noise, space, slowness.

Each need is a linear expression to minimise with its own limit away, and the way back from its
integer to the number that a request holds, rounded so that the number suffices and one step less
does not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log10

from optimizer.instance.bounds import capex_bounds, tco_bounds
from optimizer.instance.items import CoolingItem, Deployment, Instance
from optimizer.model.linear import Expr, total
from optimizer.model.objective import capex, tco
from optimizer.model.plan import Plan
from optimizer.model.rules.airflow import air_heat_w
from optimizer.physics.heat import NOISE_SCALE, noise_limit_at_source, noise_limit_energy
from optimizer.schema.build import Value
from optimizer.schema.request import Request
from optimizer.solve import knobs
from optimizer.solve.knobs import value_at
from optimizer.solve.lexicographic import Expression, Goal, linear_goal

HIGH = 10**8
"""More watts than any site removes; the most that a request may hold."""
LOUD_DBA, QUIET_DBA = 140.0, 20.0
WIDE = 1000.0
HEAVY_KG = 1e9
SLOW = 0.001
"""The least rate that can be asked for: everything meets it."""


@dataclass(frozen=True, slots=True)
class Need:
    """One limit: where it stands, a value that limits nothing, what to minimise."""

    rule: str
    path: str
    free: Value
    goal: Goal
    value: Callable[[int, Request], Value]
    """The value of the request that just allows a minimum; None where none does."""

    def applies(self, request: Request) -> bool:
        """Whether the request sets this limit, and nothing else depends on its value."""
        if self.path == knobs.MIN_USER:
            return request.workloads[0].targets.min_tok_s is None
        return value_at(request, self.path) is not None


def _linear(expression: Expression, least: Callable[[Deployment], int] | None = None) -> Goal:
    """A goal of which layouts tell little beforehand; it is never below ``least``."""
    return Goal(expression, lambda _instance: least or (lambda _d: 0))


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


NEEDS: tuple[Need, ...] = (
    Need("budget", knobs.BUDGET, None, Goal(capex, lambda i: capex_bounds(i).of), _dollars),
    Need("lifetime-cost", knobs.MAX_TCO, None, Goal(tco, lambda i: tco_bounds(i).of), _dollars),
    Need("cooling", knobs.HEAT, HIGH, _linear(air_heat), lambda w, _: w),
    Need("cooling", knobs.LIQUID, HIGH, _linear(liquid_heat), lambda w, _: w),
    Need("noise", knobs.NOISE, None, _linear(noise), _decibels),
    Need("rack", knobs.RACK_UNITS, WIDE, _linear(rack_units), lambda u, _: u / 10),
    Need("rack", knobs.RACK_LOAD, HEAVY_KG, _linear(weight), lambda hg, _: hg / 10),
    Need("targets", knobs.MIN_TOK_S, None, linear_goal("throughput"), _rate),
    Need("targets", knobs.MIN_USER, SLOW, linear_goal("speed"), _rate),
    Need("targets", knobs.MAX_TTFT, None, _linear(first_token), lambda us, _: us / 10**6),
)
