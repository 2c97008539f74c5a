"""What a layout draws for milliseconds beyond its peak."""

from __future__ import annotations

from optimizer.instance.items import AcceleratorItem, Deployment, Instance, PsuItem

ROUNDING = 10
"""Thousandths of a supply that make up for watts rounded up: 1 W of 100."""


def surge_w(instance: Instance, deployment: Deployment) -> int:
    """Watts of a node's accelerators over their power limit, for milliseconds; rounded up."""
    host = instance.hosts[deployment.host]
    card = instance.items[host.accelerator]
    assert isinstance(card, AcceleratorItem)
    over = deployment.cap_w * host.count * (card.drawn_permille - 1000)
    return max(0, -(-over // 1000))


def may_surge(instance: Instance) -> bool:
    """Whether milliseconds can ask for more than the peak with its headroom does.

    They cannot where no supply bears less than the headroom times what the hungriest card draws.
    """
    borne = [i.borne_permille for i in instance.items.values() if isinstance(i, PsuItem)]
    borne += [p.borne_permille for p in instance.platforms() if not p.board]
    cards = {host.accelerator for host in instance.hosts}
    drawn = [i.drawn_permille for c in cards if isinstance(i := instance.items[c], AcceleratorItem)]
    kept = 1000 - instance.limits.psu_headroom_permille
    least = min(borne, default=2000) - ROUNDING
    return least * 1000 < kept * max(drawn, default=1000)
