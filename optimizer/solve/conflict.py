"""Why nothing fits: irreducible sets of rules that cannot hold together.

A deletion filter drops one rule after another, many at once where it can; where the rest is still
infeasible they were not needed. What remains is irreducible: without any one of its members
something would fit. Rules about the room and the parts are tried first, so that a conflict speaks
of the workload and the purse where it can. Then all members are dropped at once: where nothing fits
even so, there is another conflict, which shares no rule with those before. Fit of the parts and
their network are taken for granted throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from optimizer.model.rules import RULES
from optimizer.model.scope import Rule
from optimizer.solve.bench import Loosen, Stages, as_asked, feasible
from optimizer.solve.clock import Clock, OutOfTime
from optimizer.solve.pool import EVERY_RULE

GRANTED = frozenset({"compatibility", "network"})
MOST_CONFLICTS = 3

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Clash:
    """Rules that cannot hold together, in their order; empty where nothing could ever fit.

    ``irreducible`` is false where time ran out before each was proven necessary.
    """

    rules: tuple[str, ...]
    irreducible: bool

    @property
    def names(self) -> frozenset[str]:
        """The rules, and what is taken for granted."""
        return frozenset(self.rules) | GRANTED


@dataclass(slots=True)
class Filter:
    """The deletion filter over one question. ``complete`` turns false where time ran out."""

    stages: Stages
    clock: Clock
    say: Say
    complete: bool = True
    extra: tuple[Rule, ...] = ()

    def clashes(self) -> Iterator[Clash]:
        """Conflicts that share no rule, at most three, each as soon as it is found.

        The question itself must be infeasible.
        """
        names = EVERY_RULE
        for _ in range(MOST_CONFLICTS):
            found = self._clash(names)
            yield found
            if not found.rules or not found.irreducible:
                return
            names -= frozenset(found.rules)
            self.say("explaining: is there another conflict?")
            if self._possible(names) is not False:
                return

    def _clash(self, names: frozenset[str]) -> Clash:
        tried = [r.name for r in RULES if r.name in names - GRANTED]
        kept, proven = self._without(names, tried)
        rules = tuple(name for name in tried if name in kept)
        return Clash(rules, proven and bool(rules))

    def _without(self, kept: frozenset[str], rules: list[str]) -> tuple[frozenset[str], bool]:
        """What is left when each of ``rules`` was tried in turn; whether all was decided.

        Where the rest is infeasible without all of them, it is so without each: one proof does.
        """
        if rules:
            self.say(f"explaining: is it {rules[0]}?")
        verdict = self._possible(kept - frozenset(rules)) if rules else False
        if verdict is False:
            return kept - frozenset(rules), True
        if len(rules) == 1:
            return kept, verdict is True
        half = len(rules) // 2
        kept, first = self._without(kept, rules[:half])
        kept, second = self._without(kept, rules[half:])
        return kept, first and second

    def _possible(self, names: frozenset[str], loosen: Loosen = as_asked) -> bool | None:
        try:
            verdict = feasible(self.stages, names, self.clock, loosen, self.extra)
        except OutOfTime:
            verdict = None
        if verdict is None:
            self.complete = False
        return verdict
