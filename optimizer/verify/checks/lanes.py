"""PCIe lanes, slots, positions, bays."""

from __future__ import annotations

from optimizer.instance.items import (
    NicItem,
    StorageItem,
)
from optimizer.verify.audit import Audit
from optimizer.verify.use import Use


def check_lanes(audit: Audit) -> list[Use]:
    """Rule ``lanes``: host lanes, slots of every width, expansion positions, drive bays."""
    platform, host = audit.platform, audit.host
    drives = [(i, n) for i, n in audit.in_node("storage") if isinstance(i, StorageItem)]
    nics = [(i, n) for i, n in audit.in_node("nic") if isinstance(i, NicItem)]
    used = platform.lanes_reserved + host.count * host.lanes_per_accelerator
    used += sum(i.lanes * n for i, n in drives) + sum(i.lanes * n for i, n in nics)
    if platform.host_lanes is not None:
        have = platform.host_lanes
    else:
        have = sum(c.lanes * n for c, n in audit.cpus)
    rows = [Use("PCIe lanes", used, have, "lanes")]
    if nics:
        speed = audit.instance.case.network_gbps
        rows.append(Use("network speed in a slot", speed, platform.slot_gbps, "Gbit/s"))
    for width in sorted({i.lanes for i, _ in nics}):
        cards = host.count + sum(n for i, n in nics if i.lanes >= width)
        slots = sum(count for lanes, count in platform.slots if lanes >= width)
        rows.append(Use(f"slots x{width} or wider", cards, slots, "slots"))
    if platform.board:
        taken = host.count * audit.accelerator.slot_width + sum(n for _, n in nics)
        room = sum(c.slot_positions for c in audit.chassis)
        rows.append(Use("expansion positions", taken, room, "slots"))
    rows.append(Use("drive bays", sum(n for _, n in drives), platform.nvme_bays, "bays"))
    return rows
