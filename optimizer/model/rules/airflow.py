"""Air that passes the machines."""

from __future__ import annotations

from optimizer.instance.heat import room_heat_w
from optimizer.instance.items import Instance
from optimizer.model.linear import Expr
from optimizer.model.plan import Plan
from optimizer.model.scope import Rule, RuleScope


def air_heat_w(plan: Plan) -> Expr:
    """Watts that leave through the room's air, at peak."""
    case, wall = plan.instance.case, plan.wall
    nodes = (wall.peak_w - wall.liquid_peak_w) * case.nodes
    return nodes + case.switch_wall_w + plan.site_sum(room_heat_w)


def add_airflow(scope: RuleScope, plan: Plan, instance: Instance) -> None:
    r"""The air that passes the machines carries their heat away at the rise in temperature allowed.

    .. math:: 3.412 \, w \le 1.085 \cdot 1.8 \, \Delta T \, \frac{p}{p_0} \, \dot V

    The flow in CFM and the rise in degrees Celsius are the site's; thinner air carries less.

    Source: CFM = BTU/h / (1.085 dT in F), insidehpc.com (2011-04); ICAO standard atmosphere.
    """
    if instance.limits.airflow_w is not None:
        scope.add(air_heat_w(plan) <= instance.limits.airflow_w)


AIRFLOW = Rule("airflow", "the air that passes carries the heat away", add_airflow)
