"""Which cases stand for others where rules about the wiring do not hold."""

from __future__ import annotations

from dataclasses import replace

from optimizer import build_request
from optimizer.catalog.catalog import Catalog
from optimizer.instance.compile import Compiler
from optimizer.instance.items import Case
from optimizer.model.rules import RULES
from optimizer.solve.standing import family_of, kind_of, standing, within
from tests.make import make_case, make_limits

EVERY = frozenset(rule.name for rule in RULES)
DRY = frozenset({"circuits", "outlets"})
PLAIN = make_case(volts=120)
COOLED = replace(PLAIN, given_up=1, spare=((120, 15.0),))
ADDED = replace(PLAIN, new_circuits=(("nema-20a-120v", 1),))
OTHER_MAINS = replace(PLAIN, volts=240, new_circuits=(("nema-30a-240v", 1),))
CASES = [PLAIN, COOLED, ADDED, OTHER_MAINS]


def test_all_stand_while_the_rule_about_circuits_holds() -> None:
    assert standing(CASES, frozenset(), make_limits()) == CASES
    assert standing(CASES, EVERY - {"circuits"}, make_limits()) == CASES


def test_circuits_given_up_matter_to_the_rule_about_circuits_alone() -> None:
    assert standing(CASES, {"circuits"}, make_limits()) == [PLAIN, ADDED, OTHER_MAINS]
    assert standing([COOLED], {"circuits"}, make_limits()) == [COOLED]


def test_circuits_that_bring_other_mains_stay() -> None:
    """A supply of 2,000 W gives 1,000 W at 120 V: what is added at 240 V allows more."""
    assert standing(CASES, DRY, make_limits()) == [PLAIN, OTHER_MAINS]


def test_behind_a_ups_circuits_matter_still() -> None:
    held = make_limits(ups=True)
    assert standing(CASES, DRY, held) == [PLAIN, ADDED, OTHER_MAINS]
    assert standing(CASES, DRY | {"ups"}, held) == [PLAIN, OTHER_MAINS]


def test_bounds_do_not_depend_on_the_case_that_asks_first(
    shipped: Catalog,
) -> None:
    """What a case gives up to cooling costs a cooler there, and nowhere else."""
    request = build_request({"model": "llama-70b", "site": "office-closet"}, shipped)
    closet, again = Compiler(request, shipped), Compiler(request, shipped)

    def bounds(compiler: Compiler, case: Case) -> dict[object, tuple[int, int]]:
        return {o.way: (o.capex, o.tco) for o in compiler.ground(case).all()}

    given = next(c for c in closet.cases() if c.given_up)
    alike = (given.volts, given.nodes)
    plain = next(c for c in again.cases() if not c.given_up and (c.volts, c.nodes) == alike)
    assert bounds(closet, given) == bounds(again, plain)


MORE = replace(PLAIN, new_circuits=(("nema-20a-120v", 2),), breakers=PLAIN.breakers * 3)
SOME = replace(PLAIN, new_circuits=(("nema-20a-120v", 1),), breakers=PLAIN.breakers * 2)


def test_the_most_circuits_stand_for_fewer_where_nobody_counts_money() -> None:
    cases, loose = [PLAIN, SOME, MORE, COOLED], make_limits()
    free = replace(loose, budget_cents=None, max_tco_cents=None)
    assert standing(cases, frozenset(), free, counts_money=False) == [MORE, COOLED]
    assert standing(cases, frozenset(), free) == cases
    capped = replace(free, budget_cents=100)
    assert standing(cases, frozenset(), capped, counts_money=False) == cases
    assert standing(cases, {"budget"}, capped, counts_money=False) == [MORE, COOLED]


def test_few_new_circuits_stand_for_more_where_no_rule_asks_which_there_are() -> None:
    assert standing([SOME, MORE], DRY, make_limits()) == [SOME]


def test_a_family_is_joined_for_nothing() -> None:
    fast = replace(PLAIN, nodes=2, switch="fast", network_gbps=400)
    slow = replace(PLAIN, nodes=2, switch="slow", network_gbps=100, switch_wall_w=90)
    cases = [PLAIN, fast, slow]
    assert within(cases, None) == cases
    assert within(cases, kind_of(slow)) == [slow]
    assert within(cases, family_of(slow)) == [replace(PLAIN, nodes=2, network_gbps=400)]
