"""Watts at the wall: an exact piecewise-linear part of the model.

A node's load is split over conversion classes (efficiency of its supplies), of which one is
active. That is the convex hull of the choice, so the LP relaxation stays tight where a product of
load and efficiency would need big constants.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.model.linear import Expr, LinearModel, total
from optimizer.physics.power import average_milliwatts_per_watt, peak_milliwatts_per_watt

if TYPE_CHECKING:
    from optimizer.model.plan import Plan


class WallPower:
    """Whole watts at the wall per node: ``peak_w``, ``average_w``, ``liquid_peak_w``."""

    def __init__(self, model: LinearModel, plan: Plan) -> None:
        volts = plan.instance.case.volts
        self.peak_load_w = plan.node_sum(lambda i: i.power.peak_w) + plan.deployments_weighted(
            lambda d: d.power.peak_w
        )
        average = plan.node_sum(lambda i: i.power.average_w) + plan.deployments_weighted(
            lambda d: d.power.average_w
        )
        classes = {e: plan.conversion_class(e) for e in plan.conversion_classes()}
        peak = {e: peak_milliwatts_per_watt(e, volts) for e in classes}
        mean = {e: average_milliwatts_per_watt(e, volts) for e in classes}
        self.peak_w = self._wall(model, "peak", self.peak_load_w, classes, peak)
        self.average_w = self._wall(model, "average", average, classes, mean)
        self.liquid_peak_w = self._liquid(model, plan)

    @staticmethod
    def _wall(
        model: LinearModel,
        name: str,
        load: Expr,
        classes: dict[str, Expr],
        milliwatts: dict[str, int],
    ) -> Expr:
        """``ceil(load * milliwatts / 1000)`` of the active class."""
        most = max(1, model.bounds(load)[1])
        parts = []
        for efficiency, active in classes.items():
            share = model.variable(f"{name}_load[{efficiency}]", 0, most)
            model.add(share <= active * most, f"{name} conversion")
            parts.append((efficiency, share))
        model.add(total([(1, s) for _, s in parts]).equals(load), f"{name} conversion")
        milli = total([(milliwatts[e], s) for e, s in parts])
        wall = model.variable(f"{name}_wall_w", 0, 2 * most + 1)
        model.add(wall * 1000 >= milli, f"{name} rounding")
        model.add(wall * 1000 <= milli + 999, f"{name} rounding")
        return wall

    def _liquid(self, model: LinearModel, plan: Plan) -> Expr:
        """Wall watts that leave through liquid: all of them on a liquid-cooled platform."""
        is_liquid = plan.platforms_where(lambda p: p.liquid)
        if not is_liquid.terms:
            return Expr()
        most = model.bounds(self.peak_w)[1]
        liquid = model.variable("liquid_wall_w", 0, most)
        model.add(liquid <= is_liquid * most, "liquid heat")
        model.add(liquid <= self.peak_w, "liquid heat")
        model.add(liquid >= self.peak_w - (1 - is_liquid) * most, "liquid heat")
        return liquid
