"""Near-optimal builds that differ in what matters, each the best of those that do.

After each build found, a cut asks every further one to differ from it in so many features (its
accelerator, their vendor, their condition, the kind of platform, the number of nodes). So the list
is exact: nothing better than an entry differs enough from all entries before it. It ends where the
best that is left is worse than the share allowed: then so is everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from optimizer.catalog.catalog import Catalog
from optimizer.instance.compile import Compiler
from optimizer.instance.items import Instance, PlatformItem
from optimizer.model.linear import Expr, total
from optimizer.model.plan import Plan
from optimizer.model.rules import RULES
from optimizer.model.scope import Rule, RuleScope
from optimizer.schema.alternatives import Alternative, Alternatives, Feature, Features
from optimizer.schema.build import Build
from optimizer.schema.components import Accelerator, Platform
from optimizer.schema.request import Request
from optimizer.solve.answer import Answer, answer_of
from optimizer.solve.binding import gain
from optimizer.solve.clock import Clock, interruptible
from optimizer.solve.lexicographic import Progress

FEATURES: tuple[Feature, ...] = ("accelerator", "vendor", "condition", "platform", "nodes")
Holds = Callable[[Accelerator], bool]
CONDITIONS = ("new", "refurbished", "used", "owned")


def alternatives(
    request: Request,
    catalog: Catalog,
    *,
    within: float = 0.05,
    count: int = 5,
    least_differences: int = 1,
    time_limit_s: float = 60.0,
    workers: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Alternatives:
    """The best build and up to ``count`` others that give up at most the share ``within``.

    Each differs from all before it in at least ``least_differences`` of FEATURES. Raises InputError
    for a request that cannot be solved as it stands.
    """
    clock = Clock(time_limit_s, workers, seed)
    search = Search(request, catalog, clock, progress, within, least_differences)
    with interruptible(clock):
        found = search.found(count)
    first = search.first
    assert first is not None, "a search without an answer"
    return Alternatives(
        status=first.outcome.status,
        interrupted=clock.stop.is_set(),
        objective=first.objective,
        within=within,
        least_differences=least_differences,
        complete=search.complete,
        request=request,
        builds=tuple(found),
    )


@dataclass(slots=True)
class Search:
    """The search for one list."""

    request: Request
    catalog: Catalog
    clock: Clock
    progress: Progress | None
    within: float
    least_differences: int
    first: Answer | None = None
    complete: bool = True

    def found(self, count: int) -> list[Alternative]:
        """The best build and up to ``count`` others."""
        found: list[Alternative] = []
        for answer, build in self._answers():
            first = self.first
            assert first is not None
            found.append(self._told(first, answer, build))
            if len(found) > count:
                break
        return found

    def _answers(self) -> Iterator[tuple[Answer, Build]]:
        """Answers, the best first, each different enough from all before it."""
        seen: list[Features] = []
        while True:
            if self.progress is not None and seen:
                self.progress(f"looking for alternative {len(seen)}")
            answer = self._answer(seen)
            if self.first is None:
                self.first = answer
            if answer.outcome.status != "optimal" or answer.build is None:
                self.complete = self.complete and answer.outcome.status == "infeasible"
                return
            value = answer.objective.value
            assert value is not None
            if gain(self.first.objective, value) < -self.within:
                return
            yield answer, answer.build
            seen.append(features_of(answer.build, self.catalog))

    def _answer(self, seen: Sequence[Features]) -> Answer:
        """The best build that differs from these."""
        compiler = Compiler(
            self.request,
            self.catalog,
            progress=self.progress,
            pause=self.clock.check,
            keep=self._kept(),
            every_condition=True,
        )
        if self.first is not None:
            for shared in ("admitted", "replicas", "scorer"):
                compiler.__dict__[shared] = getattr(self.first.compiler, shared)
        cuts = (different(f, self.least_differences, self.catalog) for f in seen)
        return answer_of(
            self.request,
            self.catalog,
            self.clock,
            self.progress,
            compiler=compiler,
            rules=(*RULES, *cuts),
        )

    def _kept(self) -> frozenset[str]:
        """Platforms, for one that is worse in everything may be of another kind."""
        return frozenset(p.id for p in self.catalog.of_kind("platform"))

    def _told(self, first: Answer, answer: Answer, build: Build) -> Alternative:
        best, value = first.build, answer.objective.value
        assert best is not None
        assert value is not None
        mine, its = features_of(build, self.catalog), features_of(best, self.catalog)
        speed, held = build.performance, best.performance
        return Alternative(
            features=mine,
            differs=differences(mine, its),
            objective=value,
            objective_gain=gain(first.objective, value),
            extra_capex_usd=round(build.costs.capex_usd - best.costs.capex_usd, 2),
            extra_tco_usd=round(build.costs.tco_usd - best.costs.tco_usd, 2),
            extra_peak_w=build.power.peak_wall_w - best.power.peak_wall_w,
            extra_tok_s_per_user=round(speed.tok_s_per_user - held.tok_s_per_user, 3),
            build=build,
        )


def features_of(build: Build, catalog: Catalog) -> Features:
    """What matters about a build."""
    card = catalog.components[build.deployment.accelerator]
    platform = catalog.components[build.platform]
    assert isinstance(card, Accelerator)
    assert isinstance(platform, Platform)
    main = {
        line.condition
        for line in build.bill_of_materials
        if not line.included and _is_main(line.id, line.kind, catalog)
    }
    return Features(
        accelerator=card.id,
        vendor=card.vendor,
        condition=tuple(c for c in CONDITIONS if c in main),
        platform=platform.kind,
        nodes=build.nodes,
    )


def differences(one: Features, other: Features) -> tuple[Feature, ...]:
    """Features in which two builds differ: of conditions, where they have none in common."""
    return tuple(
        f
        for f in FEATURES
        if (
            set(one.condition).isdisjoint(other.condition)
            if f == "condition"
            else getattr(one, f) != getattr(other, f)
        )
    )


def _is_main(component: str, kind: str, catalog: Catalog) -> bool:
    """An accelerator, or a platform that holds some."""
    record = catalog.components[component]
    if isinstance(record, Platform):
        return any(catalog.kinds[part.id] == "accelerator" for part in record.included)
    return kind == "accelerator"


def different(held: Features, least: int, catalog: Catalog) -> Rule:
    """The cut that a build differs from one in at least so many features."""

    def add(scope: RuleScope, plan: Plan, instance: Instance) -> None:
        same_card = _on_cards(plan, instance, lambda a: a.id == held.accelerator, catalog)
        same_vendor = _on_cards(plan, instance, lambda a: a.vendor == held.vendor, catalog)
        same_kind = plan.platforms_where(lambda p: _kind(p, catalog) == held.platform)
        other_nodes = int(instance.case.nodes != held.nodes)
        differences = (
            (1 - same_card)
            + (1 - same_vendor)
            + (1 - same_kind)
            + _other_condition(plan, instance, held, catalog)
            + other_nodes
        )
        scope.limit(differences >= least)

    return Rule("different", "the build differs from those before it", add)


def _kind(platform: PlatformItem, catalog: Catalog) -> str:
    record = catalog.components[platform.id]
    assert isinstance(record, Platform)
    return record.kind


def _on_cards(plan: Plan, instance: Instance, holds: Holds, catalog: Catalog) -> Expr:
    """1 if the accelerators chosen satisfy ``holds``."""
    hosts = set()
    for host in instance.hosts:
        card = catalog.components[host.accelerator]
        if isinstance(card, Accelerator) and holds(card):
            hosts.add(host.index)
    return plan.deployments_weighted(lambda d: int(d.host in hosts))


def _other_condition(plan: Plan, instance: Instance, held: Features, catalog: Catalog) -> Expr:
    """1 only if no main part is bought in a condition that the other build has."""
    other = plan.model.boolean("other_condition")
    for condition in held.condition:
        bought = [
            p
            for p in instance.purchases
            if p.condition == condition and _is_main(p.component, p.kind, catalog)
        ]
        units = total([(1, plan.purchase(p)) for p in bought])
        most = plan.model.bounds(units)[1]
        if most:
            plan.model.add(units <= (1 - other) * most, "different")
    return other
