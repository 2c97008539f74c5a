"""Rack space, weight, depth."""

from __future__ import annotations

from optimizer.verify.audit import Audit
from optimizer.verify.use import Use


def check_rack(audit: Audit) -> list[Use]:
    """Rule ``rack``: units, weight (on the floor too), and the depth of the deepest part."""
    limits, nodes = audit.instance.limits, audit.instance.case.nodes
    node, site = audit.node_items, audit.site_items
    tenths = sum(i.space.rack_tenths * n for i, n in node) * nodes
    tenths += sum(i.space.rack_tenths * n for i, n in site)
    weight = sum(i.space.weight_hg * n for i, n in node)
    weight = (weight + audit.accelerator.space.weight_hg * audit.host.count) * nodes
    weight += sum(i.space.weight_hg * n for i, n in site)
    deepest = max([i.space.depth_mm for i, _ in node + site], default=0)
    floor = limits.floor_hg
    return [
        *([] if floor is None else [Use("weight on the floor", weight, floor, "kg/10")]),
        Use("rack units", tenths, limits.rack_tenths, "U/10"),
        Use("weight", weight, limits.load_hg, "kg/10"),
        Use("depth", deepest, limits.depth_mm, "mm"),
    ]
