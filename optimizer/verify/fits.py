"""Compatibility of a finished choice, misfit by misfit, in words."""

from __future__ import annotations

from optimizer.instance.choice import Choice
from optimizer.verify.audit import Audit


def check_compatibility(audit: Audit) -> list[str]:
    """Every misfit; an empty list means that all parts fit and all needs are bought."""
    return [
        *host_misfits(audit),
        *processor_misfits(audit),
        *memory_misfits(audit),
        *board_misfits(audit),
        *accelerator_misfits(audit),
        *_purchases(audit.choice, audit),
    ]


def host_misfits(audit: Audit) -> list[str]:
    """Whether the platform offers what the deployment asks for."""
    if audit.deployment.host in audit.platform.hosts:
        return []
    return ["the platform does not carry this many of these accelerators this way"]


def processor_misfits(audit: Audit) -> list[str]:
    """One type of processor, of the socket, in every socket, where none is inside."""
    platform = audit.platform
    if not platform.needs_cpu:
        return ["processors bought although they are inside"] if audit.cpus else []
    if len(audit.cpus) != 1:
        return ["exactly one type of processor is needed"]
    cpu, count = audit.cpus[0]
    found = []
    if cpu.socket != platform.socket:
        found.append("processor socket")
    if count != platform.sockets or count > cpu.max_sockets:
        found.append("number of processors")
    if cpu.tdp_w > platform.max_cpu_tdp_w:
        found.append("processor too hot for the platform")
    return found


def memory_misfits(audit: Audit) -> list[str]:
    """One type of module, of the platform's type, where none is inside."""
    platform = audit.platform
    if not platform.needs_memory:
        return ["memory bought although it is inside"] if audit.modules else []
    if len(audit.modules) != 1:
        return ["exactly one type of memory module is needed"]
    module, _ = audit.modules[0]
    return [] if module.memory_type == platform.memory_type else ["memory type"]


def board_misfits(audit: Audit) -> list[str]:
    """A board needs one chassis and one type of supply; other platforms need neither."""
    platform, card, host = audit.platform, audit.accelerator, audit.host
    if not platform.board:
        bought = audit.chassis or audit.psus
        return ["chassis or supplies bought although they are inside"] if bought else []
    if len(audit.chassis) != 1 or len(audit.psus) != 1:
        return ["a board needs one chassis and one type of supply"]
    chassis, (psu, count) = audit.chassis[0], audit.psus[0]
    found = []
    if platform.board_form not in chassis.board_forms:
        found.append("board form")
    if psu.form != chassis.psu_form or count > chassis.psu_bays:
        found.append("supply form or number")
    if card.length_mm > chassis.max_accelerator_mm:
        found.append("card longer than the chassis allows")
    if card.passive and chassis.passive_w < max(1, card.power.peak_w):
        found.append("passive card in a chassis that moves too little air")
    sockets = (platform.sockets, 0, 0)
    for have, need, extra in zip(psu.connectors, card.connectors, sockets, strict=True):
        if need * host.count + extra > have * count:
            found.append("supply plugs")
    return found


def accelerator_misfits(audit: Audit) -> list[str]:
    """As many accelerators and bridges as the deployment uses; what is inside is not bought."""
    found = []
    inside = dict(audit.platform.accelerators_included)
    bought = {i.id: n for i, n in audit.in_node("accelerator")}
    need = {audit.host.accelerator: audit.host.count}
    for accelerator in set(inside) | set(bought) | set(need):
        total = inside.get(accelerator, 0) + bought.get(accelerator, 0)
        if total != need.get(accelerator, 0):
            found.append(f"number of {accelerator}")
    bridges = {i.id: n for i, n in audit.in_node("bridge")}
    wanted = {audit.accelerator.bridge: audit.deployment.bridges}
    if {k: n for k, n in wanted.items() if n} != bridges:
        found.append("bridges")
    return found


def _purchases(choice: Choice, audit: Audit) -> list[str]:
    """Everything used is bought, and nothing else is."""
    nodes = audit.instance.case.nodes
    need = {i: n * nodes for i, n in choice.per_node.items()}
    for component, count in choice.per_site.items():
        need[component] = need.get(component, 0) + count
    need[choice.platform] = need.get(choice.platform, 0) + nodes
    bought: dict[str, int] = {}
    for purchase, count in audit.bought:
        bought[purchase.component] = bought.get(purchase.component, 0) + count
    counts = [*choice.per_node.values(), *choice.per_site.values(), *choice.purchases.values()]
    if any(n <= 0 for n in counts):
        return ["a quantity that is not positive"]
    return [] if need == bought else ["what is bought is not what is used"]
