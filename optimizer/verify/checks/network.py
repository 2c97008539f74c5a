"""Cards, cables and switch between nodes."""

from __future__ import annotations

from optimizer.instance.items import (
    CableItem,
    NicItem,
    SwitchItem,
)
from optimizer.verify.audit import Audit
from optimizer.verify.use import Use


def check_network(audit: Audit) -> list[Use]:
    """Rule ``network``: one switch; one card and one cable of its kind and speed per node.

    A single node has none of them.
    """
    case = audit.instance.case
    cards = [(i, n) for i, n in audit.in_node("nic") if isinstance(i, NicItem)]
    leads = [(i, n) for i, n in audit.in_node("cable") if isinstance(i, CableItem)]
    switches = [(i, n) for i, n in audit.on_site("switch") if isinstance(i, SwitchItem)]
    bought = sum(n for _, n in cards)
    cables = sum(n for _, n in leads)
    if case.nodes == 1:
        count = bought + cables + sum(n for _, n in switches)
        return [Use("cards and cables without a network", count, 0, "")]
    if [(i.id, n) for i, n in switches] != [(case.switch, 1)]:
        return [Use("the switch that joins the nodes", 1, 0, "switches")]
    switch = switches[0][0]
    inside = int(audit.platform.nic_included_gbps >= case.network_gbps)
    parts: list[NicItem | CableItem] = [i for i, _ in cards] + [i for i, _ in leads]
    slowest = min([i.gbps for i in parts] + [switch.gbps])
    foreign = sum(i.network not in ("vpi", switch.network) for i in parts)
    rows = [Use("parts of another network", foreign, 0, "parts")] if foreign else []
    return [
        *rows,
        Use("cards per node", 1, bought + inside, "cards"),
        Use("cards bought per node", bought, 1, "cards"),
        Use("cables per node", abs(cables - 1), 0, "cables too many or missing"),
        Use("switch ports", case.nodes, switch.ports, "ports"),
        Use("network speed", case.network_gbps, slowest, "Gbit/s"),
    ]
