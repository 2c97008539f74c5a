"""Why a part is in the answer, or is not: it is forced out or in, and the question solved again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from optimizer.catalog.catalog import Catalog
from optimizer.instance.compile import Compiler
from optimizer.instance.items import Instance
from optimizer.instance.narrow import narrow
from optimizer.model.linear import Expr
from optimizer.model.plan import Plan
from optimizer.model.rules import RULES
from optimizer.model.scope import Rule, RuleScope
from optimizer.schema.build import Build
from optimizer.schema.components import Platform
from optimizer.schema.explanation import Why
from optimizer.solve.answer import Answer, answer_of
from optimizer.solve.bench import Bench
from optimizer.solve.binding import gain
from optimizer.solve.clock import Clock
from optimizer.solve.conflict import Filter
from optimizer.solve.document import brief
from optimizer.solve.lexicographic import Progress
from optimizer.solve.members import Members

NAMED = 3
NOT_HERE = "no build of this request has a place for it"


@dataclass(slots=True)
class Whys:
    """Questions about parts of one answer."""

    answer: Answer
    catalog: Catalog
    clock: Clock
    progress: Progress | None = None

    def of(self, parts: Iterable[str]) -> tuple[Why, ...]:
        """One reply for each part, by id or name. Raises InputError for one that is unknown."""
        named = [self.catalog.resolve("component", part) for part in parts]
        return tuple(self._why(part) for part in dict.fromkeys(named))

    def _why(self, part: str) -> Why:
        if self.progress is not None:
            self.progress(f"why {part}?")
        build = self.answer.build
        held = {line.id for line in build.bill_of_materials} if build is not None else set()
        asked = Why(
            part=part,
            name=self.catalog.components[part].name,
            in_answer=part in held,
            verdict="undecided",
        )
        if self.clock.over or self.answer.outcome.status not in ("optimal", "infeasible"):
            return asked
        if asked.in_answer:
            return self._without(asked)
        reason = left_out(self.answer.compiler, self.catalog).get(part)
        if reason is not None:
            return asked.replace(verdict="excluded", reason=reason)
        return self._with(asked)

    def _without(self, asked: Why) -> Why:
        """The best build once the part is left out."""
        request = self.answer.request
        policy = request.policy.replace(exclude=(*request.policy.exclude, asked.part))
        other = answer_of(request.replace(policy=policy), self.catalog, self.clock, self.progress)
        if other.outcome.status == "infeasible":
            return self._needed(asked, other)
        return self._compared(asked, other)

    def _needed(self, asked: Why, other: Answer) -> Why:
        """Which limits nothing keeps without the part."""
        bench = Bench(other.compiler, self.clock, self.progress)
        search = Filter(bench.view(), self.clock, bench.say)
        for clash in search.clashes():
            if not clash.rules:
                break
            found = Members(bench, self.catalog).of(clash)
            reason = found.sentence.replace("no build ", "no build without it ")
            return asked.replace(verdict="needed", reason=reason, conflict=found.items)
        return asked.replace(verdict="needed")

    def _with(self, asked: Why) -> Why:
        """The best build that uses the part, or which limits forbid it."""
        compiler = Compiler(
            self.answer.request,
            self.catalog,
            progress=self.progress,
            pause=self.clock.check,
            keep=frozenset({asked.part}),
        )
        compiler.__dict__["replicas"] = self.answer.compiler.replicas
        rule, only = used(asked.part), reachable(asked.part)
        other = answer_of(
            self.answer.request,
            self.catalog,
            self.clock,
            self.progress,
            compiler=compiler,
            rules=(*RULES, rule),
            only=only,
        )
        if other.outcome.status == "infeasible":
            return self._forbidden(asked, compiler, rule, only)
        return self._compared(asked, other)

    def _forbidden(
        self, asked: Why, compiler: Compiler, rule: Rule, only: Callable[[Instance], Instance]
    ) -> Why:
        bench = Bench(compiler, self.clock, self.progress, only, (rule,))
        search = Filter(bench.view(), self.clock, bench.say, extra=bench.extra)
        for clash in search.clashes():
            if not clash.rules:
                return asked.replace(
                    verdict="excluded",
                    reason=no_place(asked.part, self.catalog, self.answer.compiler.excluded),
                )
            found = Members(bench, self.catalog).of(clash)
            reason = found.sentence.replace("no build ", "no build with it ")
            return asked.replace(verdict="forbidden", reason=reason, conflict=found.items)
        return asked

    def _compared(self, asked: Why, other: Answer) -> Why:
        """The other answer beside this one."""
        build, mine = other.build, self.answer.build
        if other.outcome.status != "optimal" or build is None or other.objective.value is None:
            return asked
        found = asked.replace(
            verdict="possible", objective=other.objective.value, build=brief(build)
        )
        if mine is None:
            return found
        return found.replace(
            instead=_instead(asked.part, mine, build) if asked.in_answer else (),
            objective_gain=gain(self.answer.objective, other.objective.value),
            extra_capex_usd=round(build.costs.capex_usd - mine.costs.capex_usd, 2),
            extra_tco_usd=round(build.costs.tco_usd - mine.costs.tco_usd, 2),
        )


def _instead(part: str, mine: Build, other: Build) -> tuple[str, ...]:
    """Parts of the same kind that the other build has and this one has not."""
    kind = next(line.kind for line in mine.bill_of_materials if line.id == part)
    held = {line.id for line in mine.bill_of_materials}
    found = [
        line.name
        for line in other.bill_of_materials
        if line.kind == kind and line.id not in held and not line.included
    ]
    return tuple(dict.fromkeys(found))


def left_out(compiler: Compiler, catalog: Catalog) -> dict[str, str]:
    """Parts that no build can have, with the reason: inside a platform, one needs no offer."""
    excluded = compiler.excluded
    inside = {
        part.id
        for component in compiler.admitted.purchases
        if component not in excluded and catalog.kinds[component] == "platform"
        if isinstance(platform := catalog.components[component], Platform)
        for part in platform.included
    }
    return {part: why for part, why in excluded.items() if part not in inside}


def no_place(part: str, catalog: Catalog, excluded: Mapping[str, str]) -> str:
    """Why no build has a place for a part: the platforms that would are left out themselves."""
    left_out = [p for p in holders(part, catalog) if p in excluded]
    if not left_out:
        return NOT_HERE
    named = ", ".join(f"{platform} ({excluded[platform]})" for platform in left_out[:NAMED])
    more = f" and {len(left_out) - NAMED} more" if len(left_out) > NAMED else ""
    return f"no platform that holds it can be had: {named}{more}"


def holders(part: str, catalog: Catalog) -> list[str]:
    """Platforms that name a part among what they hold or take."""
    return [
        platform.id
        for platform in catalog.of_kind("platform")
        if isinstance(platform, Platform)
        and part in (*(platform.accelerators or ()), *(i.id for i in platform.included))
    ]


def used(part: str) -> Rule:
    """The rule that a part is used at least once, bought or inside a platform."""

    def add(scope: RuleScope, plan: Plan, instance: Instance) -> None:
        scope.limit(_units(part, plan, instance) >= 1)

    return Rule("asked for", f"{part} is used", add)


def _units(part: str, plan: Plan, instance: Instance) -> Expr:
    """Units of a part in a node, or in the build."""
    inside = plan.platforms_where(lambda p: p.id == part or part in dict(p.included))
    cards = plan.accelerators_weighted(lambda a, n: n * (a.id == part))
    item = instance.items.get(part)
    if item is None or item.kind in ("platform", "accelerator"):
        return inside + cards
    return inside + cards + plan.quantity(item)


def reachable(part: str) -> Callable[[Instance], Instance]:
    """Leaves out layouts that cannot hold the part."""

    def only(instance: Instance) -> Instance:
        holders = [p for p in instance.platforms() if p.id == part or part in dict(p.included)]
        if part in instance.items and instance.items[part].kind != "platform":
            cards = {h.index for h in instance.hosts if h.accelerator == part}
            if instance.items[part].kind != "accelerator" or not cards:
                return instance
        else:
            cards = set()
        hosts = cards | {host for p in holders for host in p.hosts}
        kept = [d for d in instance.deployments if d.host in hosts]
        return instance if len(kept) == len(instance.deployments) else narrow(instance, kept)

    return only
