"""Which cases stand for others: what fits one of those left out fits one that is kept too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeAlias

from optimizer.instance.items import Case, Limits

WIRED = frozenset({"circuits", "outlets"})
"""Rules that ask which circuits there are, beside that of uninterruptible supplies."""
MONEY = {"budget": "budget_cents", "lifetime-cost": "max_tco_cents"}
"""Rule -> its limit."""


class Kind(NamedTuple):
    """Cases of one kind differ in their circuits alone: supplies deliver the same watts."""

    volts: int
    nodes: int
    switch: str | None


class Family(NamedTuple):
    """Cases of one family differ in their circuits and in what joins their nodes."""

    volts: int
    nodes: int


Scope: TypeAlias = Kind | Family


def kind_of(case: Case) -> Kind:
    """The kind of a case."""
    return Kind(case.volts, case.nodes, case.switch)


def family_of(case: Case) -> Family:
    """The family of a case."""
    return Family(case.volts, case.nodes)


def within(cases: Sequence[Case], scope: Scope | None) -> list[Case]:
    """Cases of a scope; of a family, as if its nodes were joined at the highest speed for nothing.

    Then neither the circuits nor the rule about the network may play a part.
    """
    if scope is None:
        return list(cases)
    if isinstance(scope, Kind):
        return [c for c in cases if kind_of(c) == scope]
    gbps = max(c.network_gbps for c in cases if family_of(c) == scope)
    alone = (c for c in cases if family_of(c) == Family(scope.volts, 1))
    return [replace(c, nodes=scope.nodes, network_gbps=gbps) for c in alone]


def standing(
    cases: Sequence[Case],
    without: Collection[str],
    limits: Limits,
    *,
    counts_money: bool = True,
) -> list[Case]:
    """Cases that none of their kind stands for, where rules ``without`` do not hold.

    Without the rule about circuits, one that gives none up to cooling allows all that those do
    that give some up; where no rule asks which circuits there are, one that adds few allows all
    that those do that add more. Where nobody ``counts_money``, one that has all the circuits of
    another, and more, allows all that it does, unless it gives up more of them to cooling.
    """
    kinds: dict[Kind, list[Case]] = {}
    for case in cases:
        kinds.setdefault(kind_of(case), []).append(case)
    capped = any(
        rule not in without and getattr(limits, field) is not None for rule, field in MONEY.items()
    )
    dry = WIRED.issubset(without) and ("ups" in without or not limits.ups)
    kept: set[int] = set()
    for alike in kinds.values():
        left = alike
        if "circuits" in without:
            left = [c for c in left if not c.given_up] or left
            if dry:
                left = _adding_least(left)
        elif not counts_money and not capped:
            left = _with_most(left)
        kept |= {id(case) for case in left}
    return [case for case in cases if id(case) in kept]


def _adding_least(cases: Sequence[Case]) -> list[Case]:
    """Cases of which no other adds a part of the circuits only."""
    added = [Counter(dict(case.new_circuits)) for case in cases]
    return [case for case, own in zip(cases, added, strict=True) if not any(n < own for n in added)]


def _with_most(cases: Sequence[Case]) -> list[Case]:
    """Cases whose circuits, for supplies and for cooling, no other has all of, and more."""
    held = [(case, Counter(_circuits(case))) for case in cases]
    return [
        case
        for case, own in held
        if not any(own < more and other.given_up <= case.given_up for other, more in held)
    ]


def _circuits(case: Case) -> list[Any]:
    """What each circuit can do, whatever it is called; spare ones are told apart."""
    return [*(replace(b, name="", circuit=0) for b in case.breakers), *case.spare]
