"""The members of a conflict: each left out in turn, with the build that comes nearest then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optimizer.catalog.catalog import Catalog
from optimizer.instance.cases import limits_of
from optimizer.instance.items import Limits
from optimizer.model.objective import TIE_BREAKS
from optimizer.physics.power import LOW_LINE_MAX_V
from optimizer.schema.build import Build, LimitUse
from optimizer.schema.components import Ups
from optimizer.schema.explanation import Conflict, ConflictItem
from optimizer.solve import knobs
from optimizer.solve.bench import Bench, Loosen, feasible, least
from optimizer.solve.candidate import Candidate, Expression
from optimizer.solve.clock import OutOfTime
from optimizer.solve.conflict import Clash
from optimizer.solve.document import brief, build_document, limit_use
from optimizer.solve.lexicographic import Goal, Outcome
from optimizer.solve.needs import CHEAPEST, CHEAPEST_TO_OWN, NEEDS, OVERFLOW, WATTS, Need
from optimizer.solve.pool import EVERY_RULE
from optimizer.solve.statements import (
    Told,
    Words,
    bare_words,
    circuit_use_words,
    circuit_words,
    feed_words,
    lost_supply_words,
    memory_words,
    outlet_words,
    psu_words,
    sentence,
    statement,
    stock_words,
    ups_words,
    use_words,
    words,
)
from optimizer.verify.audit import Audit
from optimizer.verify.checks import CHECKS
from optimizer.verify.verify import verify

NEAREST: dict[str, Goal] = {"vram": OVERFLOW, "circuits": WATTS}
"""Rule that is no single number -> what is least in the build that comes nearest to keeping it."""


@dataclass(frozen=True, slots=True)
class Part:
    """One limit of a conflict: a rule, or one of its numbers; ``idle`` are those not needed."""

    rule: str
    need: Need | None
    idle: tuple[Need, ...] = ()


@dataclass(frozen=True, slots=True)
class Witness:
    """A build that breaks one limit, and as little of it as any does; its least value."""

    candidate: Candidate
    build: Build
    value: int
    others_hold: bool


@dataclass(slots=True)
class Members:
    """Shows of each member of a conflict that it is needed, and by how much it is missed."""

    bench: Bench
    catalog: Catalog
    complete: bool = True

    def of(self, clash: Clash) -> Conflict:
        """The conflict with its numbers. Rules with several limits name those that clash."""
        parts = [part for rule in clash.rules for part in self._parts(rule, clash)]
        items: list[ConflictItem] = []
        told: list[Told] = []
        for part in parts:
            self.bench.say(f"explaining: what comes without {part.rule}?")
            item, own = self._member(part, clash, alone=len(parts) == 1)
            items.append(item)
            told.append(Told(part.rule, own, item.others_hold and item.build is not None))
        return Conflict(
            sentence=sentence(told, self.bench.request),
            items=tuple(items),
            irreducible=clash.irreducible,
        )

    def _parts(self, rule: str, clash: Clash) -> list[Part]:
        """The limits of a rule that clash: a deletion filter among them where it has several."""
        limits = limits_of(self.bench.request)
        needs = [n for n in NEEDS if n.rule == rule and n.limit(limits) is not None]
        if needs and self._possible(clash.names, _without(needs)) is False:
            return [Part(rule, None)]  # what clashes of it is none of its numbers
        idle: list[Need] = []
        for need in needs:
            if len(idle) == len(needs) - 1:
                break
            if self._possible(clash.names, _without([*idle, need])) is False:
                idle.append(need)
        if not needs:
            return [Part(rule, None)]
        return [Part(rule, need, tuple(idle)) for need in needs if need not in idle]

    def _possible(self, names: frozenset[str], loosen: Loosen) -> bool | None:
        try:
            return feasible(self.bench.view(), names, self.bench.clock, loosen, self.bench.extra)
        except OutOfTime:
            return None

    def _member(self, part: Part, clash: Clash, alone: bool) -> tuple[ConflictItem, Words]:
        rule, need = part.rule, part.need
        found = self._witness(part, clash) if clash.irreducible else None
        if found is None:
            self.complete = self.complete and not clash.irreducible
            path = None if need is None else need.path
            own = bare_words(self.bench.request, rule, path)
            return ConflictItem(rule=rule, statement=own.asked), own
        request = self.bench.request
        needed: float | None = None
        allowed: float | None = None
        unit = scope = ""
        if need is not None:
            value = need.value(found.value, request)
            needed = _told(need, found.value, value)
            held = knobs.value_at(request, need.path)
            allowed = float(held) if isinstance(held, int | float) else None
            own, unit = words(request, need.path, needed), knobs.unit_of(need.path)
        else:
            own, use = self._rule_words(rule, found)
            if use is not None:
                needed, allowed, unit = use.used, use.available, use.unit
                scope = use.scope if use.scope.startswith("feed ") else ""
        item = ConflictItem(
            rule=rule,
            statement=statement(own, request, alone, found.others_hold),
            path=None if need is None else need.path,
            needed=needed,
            allowed=allowed,
            unit=unit,
            scope=scope,
            build=brief(found.build),
            others_hold=found.others_hold,
        )
        return item, own

    def _rule_words(self, rule: str, found: Witness) -> tuple[Words, LimitUse | None]:
        """A rule that is no single number, by what the nearest build uses of it."""
        request, use = self.bench.request, self._use(rule, found)
        if rule == "vram":
            return memory_words(request, self.bench.compiler.llm.name, found.build), use
        if rule == "circuits":
            allowed = max(c.circuits_w for c in self.bench.compiler.cases())
            if found.value > allowed:
                held = LimitUse(
                    rule=rule, scope="all circuits", used=found.value, available=allowed, unit="W"
                )
                return circuit_words(request, found.value, allowed), held
            if use is not None and use.scope.startswith("feed "):
                return feed_words(request, use), use
            redundancy = request.policy.psu_redundancy
            if use is not None and redundancy != "none" and use.used - use.available <= 1:
                return lost_supply_words(redundancy), None
            if use is not None and use.unit == "W":
                return circuit_use_words(request, use), use
        if rule == "ups":
            return ups_words(request, use, self._least_plug()), use
        if rule == "outlets" and use is not None:
            return outlet_words(use), use
        if rule == "psu" and use is not None:
            return psu_words(request, use, found.candidate.instance.case.volts), use
        if rule == "stock" and use is not None:
            part = self.catalog.components[use.scope.partition(":")[0]]
            return stock_words(use, part.name), use
        return use_words(rule, use), use

    def _least_plug(self) -> float | None:
        """Amperes that the least uninterruptible supply for the site's voltage takes."""
        low = {c.volts < LOW_LINE_MAX_V for c in self.bench.request.site.circuits}
        return min(
            (
                unit.input_amps
                for unit in self.catalog.of_kind("ups")
                if isinstance(unit, Ups)
                and unit.input_amps is not None
                and (unit.volts < LOW_LINE_MAX_V) in low
            ),
            default=None,
        )

    def _use(self, rule: str, found: Witness) -> LimitUse | None:
        """The row of the rule's check that the build breaks most, as far as one can tell."""
        values = found.candidate.values
        assert values is not None
        choice = found.candidate.formulation.plan.extract(values)
        rows = CHECKS[rule](Audit(choice, found.candidate.instance)) if rule in CHECKS else []
        broken = [r for r in rows if not r.holds]
        if not broken:
            return None
        return limit_use(
            rule, max(broken, key=lambda r: (r.used - r.available) / max(1, r.available))
        )

    def _witness(self, part: Part, clash: Clash) -> Witness | None:
        """The build that misses one limit least: with every other limit, else with the clash's."""
        need, bench = part.need, self.bench
        dropped = frozenset({part.rule}) if need is None else frozenset()
        free = [] if need is None else [need]
        for names, loose in ((EVERY_RULE, free), (clash.names, [*free, *part.idle])):
            rules, loosen = names - dropped, _without(loose)
            if need is None:
                goal, ties = NEAREST.get(part.rule, CHEAPEST), TIE_BREAKS[:1]
                outcome = self._least(goal, rules, loosen, ties)
            elif names == EVERY_RULE:
                outcome = bench.just_meeting(bench.request, need)
            else:
                outcome = self._least(need.goal, rules, loosen)
            if outcome.status not in ("optimal", "infeasible"):
                return None
            if outcome.winner is not None and outcome.value is not None:
                winner = self._cheapest(outcome, rules, loosen, need) or outcome.winner
                build = self._build(winner, EVERY_RULE - rules)
                return Witness(winner, build, outcome.value, names == EVERY_RULE)
        return None

    def _cheapest(
        self, outcome: Outcome, rules: frozenset[str], loosen: Loosen, need: Need | None
    ) -> Candidate | None:
        """Of all builds that meet a need as well, the one that costs least to own.

        A question of its own: many builds are alike in most needs, and few in what they cost.
        """
        value = outcome.value
        if need is None or value is None:
            return outcome.winner
        found = self._least(CHEAPEST_TO_OWN, rules, lambda held: need.allowing(loosen(held), value))
        return found.winner

    def _least(
        self, goal: Goal, rules: frozenset[str], loosen: Loosen, ties: Sequence[Expression] = ()
    ) -> Outcome:
        bench = self.bench
        return least(bench.view(), goal, rules, bench.clock, loosen, ties, extra=bench.extra)

    def _build(self, winner: Candidate, without: frozenset[str]) -> Build:
        assert winner.values is not None
        choice = winner.formulation.plan.extract(winner.values)
        uses = verify(choice, winner.instance, without)
        return build_document(choice, winner.instance, uses, self.catalog)


def _without(needs: Sequence[Need]) -> Loosen:
    def loosen(limits: Limits) -> Limits:
        for need in needs:
            limits = need.loosen(limits)
        return limits

    return loosen


def _told(need: Need, least_value: int, value: object) -> float:
    """The least in the unit people read, where the request cannot even hold it: as it is."""
    if isinstance(value, int | float):
        return float(value)
    return float(abs(least_value))
