"""Why nothing fits, and the smallest changes that would make it fit."""

from __future__ import annotations

import time
from dataclasses import dataclass

from optimizer.catalog.catalog import Catalog
from optimizer.schema.explanation import Conflict, Explanation, Repair
from optimizer.solve.bench import Bench
from optimizer.solve.clock import OutOfTime
from optimizer.solve.combined import Combined
from optimizer.solve.conflict import Filter
from optimizer.solve.members import Members
from optimizer.solve.repairs import Repairs, Solve
from optimizer.solve.why import holders, no_place


@dataclass(slots=True)
class Explainer:
    """Explains an infeasible request; ``solve`` gives the best build of a variant of it.

    ``first_s`` is the moment (``time.perf_counter``) at which the first conflict was known.
    """

    bench: Bench
    catalog: Catalog
    solve: Solve
    first_s: float | None = None

    def explanation(self) -> Explanation:
        """Conflicts, single repairs, and the cheapest combined one; what time allows of them."""
        search = Filter(self.bench.view(), self.bench.clock, self.bench.say)
        members = Members(self.bench, self.catalog)
        conflicts: list[Conflict] = []
        rules: list[str] = []
        for clash in search.clashes():
            conflicts.append(members.of(clash))
            rules += clash.rules
            if self.first_s is None:
                self.first_s = time.perf_counter()
        first = conflicts[0]
        found = Explanation(
            conflict=first.items,
            irreducible=first.irreducible,
            conflicts=tuple(conflicts) if first.items else (),
            complete=search.complete and members.complete and first.irreducible,
        )
        if not rules:
            self._say_who_has_no_place()
            return found
        return self._repaired(found, rules)

    def _say_who_has_no_place(self) -> None:
        """Accelerators that were named, and whose every platform is left out, are so too."""
        compiler = self.bench.compiler
        for card in compiler.request.policy.accelerators:
            places = holders(card, self.catalog)
            if places and all(place in compiler.excluded for place in places):
                reason = no_place(card, self.catalog, compiler.excluded)
                compiler.excluded.setdefault(card, reason)

    def _repaired(self, found: Explanation, rules: list[str]) -> Explanation:
        repairs = Repairs(self.bench, self.solve)
        singles: list[Repair] = []
        combined, complete = None, found.complete
        try:
            for single in repairs.of(rules):
                singles.append(single)
        except OutOfTime:
            complete = False  # what was found until then stands
        refuted = tuple(repairs.refuted)  # what combined changes try is another matter
        complete = complete and repairs.complete
        try:
            search = Combined(repairs, rules, singles)
            combined = search.find()
            complete = complete and search.proven
        except OutOfTime:
            complete = False
        return found.replace(
            repairs=tuple(singles), refuted=refuted, combined=combined, complete=complete
        )
