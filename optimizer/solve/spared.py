"""What a power limit saves: what the same build would want of its room at full power."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from optimizer.finance.tco import energy_cents
from optimizer.instance.choice import Choice
from optimizer.instance.items import AcceleratorItem, Instance, Power
from optimizer.instance.wiring import IEC_VOLTS
from optimizer.physics.circuits import most_watts
from optimizer.physics.electrical import line_w
from optimizer.physics.heat import btu_h
from optimizer.physics.outlets import RECEPTACLES
from optimizer.solve.statements import kw, usd
from optimizer.verify.audit import Audit
from optimizer.verify.checks import CHECKS

MOST_MORE = 4
"""Circuits like one that is there, of which so many more are tried."""


def spared(instance: Instance, choice: Choice) -> list[str]:
    """In words, what a choice under a power limit does without that it would want at full power."""
    full = at_full_power(instance, choice)
    held, would = Audit(choice, instance), Audit(choice, full)
    found = [*_circuits(would), *_supplies(would), *_cooling(would)]
    if any(not use.holds for use in CHECKS["ups"](would)):
        found.append("a larger uninterruptible supply")
    average = would.build_average_w - held.build_average_w
    peak, money = would.build_peak_w - held.build_peak_w, instance.money
    for what, watts, microcents in (
        ("energy", average, money.microcents_per_watt),
        ("demand charges", peak, money.demand_microcents),
        ("colocation", peak, money.colocation_microcents),
    ):
        cents = energy_cents(max(0, watts), microcents)
        if cents >= 100:
            found.append(f"{usd(cents / 100)} of {what}")
    return found


def at_full_power(instance: Instance, choice: Choice) -> Instance:
    """The instance with the layout chosen at its accelerators' TDP. Speeds stay as they are."""
    layout = instance.deployments[choice.deployment]
    host = instance.hosts[layout.host]
    card = instance.items[host.accelerator]
    assert isinstance(card, AcceleratorItem)
    watts = (w * host.count for w in (card.power.peak_w, card.power.average_w, card.power.idle_w))
    uncapped = replace(layout, cap_w=card.power.peak_w, power=Power(*watts))
    layouts = list(instance.deployments)
    layouts[choice.deployment] = uncapped
    return replace(instance, deployments=tuple(layouts))


def _circuits(would: Audit) -> Iterator[str]:
    """More circuits like the strongest one, where so few do; else one that is strong enough."""
    case, redundancy = would.instance.case, would.instance.limits.redundancy
    need = (case.nodes, would.supplies, redundancy)
    if all(use.holds for use in CHECKS["circuits"](would)):
        return
    strongest = max(case.breakers, key=lambda b: b.continuous_w)
    name = strongest.name.removeprefix("new ").partition(" ")[0].partition("@")[0]
    feeds = sorted({b.feed for b in case.breakers}) if redundancy == "2n" else [strongest.feed]
    for count in range(1, MOST_MORE + 1):
        more = tuple(replace(strongest, feed=feed) for feed in feeds for _ in range(count))
        if most_watts((*case.breakers, *more), *need) >= would.peak_wall_w:
            where = " on either feed" if redundancy == "2n" else ""
            yield f"{count} more {name} {'circuit' if count == 1 else 'circuits'}{where}"
            return
    yield _stronger(case.volts, would.peak_wall_w * case.nodes)


def _stronger(volts: int, watts: int) -> str:
    """The smallest usual circuit of one phase that carries so much for hours."""
    share = 1.0 if volts in IEC_VOLTS else 0.8
    amps = sorted(a for v, a, phases in RECEPTACLES if v == volts and phases == 1)
    enough = next((a for a in amps if line_w(volts, a, 1, share, 0) >= watts), None)
    if enough is None:
        return f"a circuit of {kw(watts)} for hours"
    return f"a {enough:g}A/{volts}V circuit"


def _supplies(would: Audit) -> Iterator[str]:
    """Watts of power supplies that lack."""
    short = max((u.used - u.available for u in CHECKS["psu"](would)), default=0)
    if short > 0:
        yield f"{kw(short)} more of power supplies"


def _cooling(would: Audit) -> Iterator[str]:
    """Watts of heat beyond what the room and bought cooling remove, or the air carries."""
    short = max((u.used - u.available for u in CHECKS["cooling"](would)), default=0)
    if short > 0:
        yield f"{kw(short)} more of cooling ({btu_h(short):,.0f} BTU/h)"
    if any(not use.holds for use in CHECKS["airflow"](would)):
        yield "more air past the machines"
