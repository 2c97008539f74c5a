"""What the text and the page tell of conflicts, repairs and next dollars: the same."""

from __future__ import annotations

import re
from html import unescape

import pytest

from optimizer.catalog.catalog import Catalog, load_catalog
from optimizer.report.page.render import render_page
from optimizer.report.terminal import render_result
from optimizer.schema.build import Result


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def both(result: Result, catalog: Catalog) -> list[str]:
    """The text at 80 columns and the words of the page, white space evened out."""
    page = unescape(re.sub(r"<[^>]+>", "", render_page(result, catalog)))
    texts = (render_result(result, explain=True), page)
    return [" ".join(text.split()) for text in texts]


def test_every_conflict_is_told(clashing: Result, catalog: Catalog) -> None:
    for text in both(clashing, catalog):
        assert all(f"Sentence {n}." in text for n in (1, 2, 3))
        assert text.count("it breaks other limits of yours") == 3
        assert "without any one of them, the rest could" in text
        assert "noise limit" in text


def test_what_does_not_suffice_is_told_with_how_far_it_went(
    clashing: Result, impossible: Result, catalog: Catalog
) -> None:
    told = "context (down to 1,536), circuits (up to 9), noise."
    for text in both(clashing, catalog):
        assert f"Tried alone: {told}" in text
    assert clashing.explanation is not None
    assert impossible.explanation is not None
    held = clashing.explanation.replace(repairs=impossible.explanation.repairs)
    for text in both(clashing.replace(explanation=held), catalog):
        assert f"Not enough alone, as far as tried: {told}" in text


def test_the_combined_change_can_be_pasted(clashing: Result, catalog: Catalog) -> None:
    for text in both(clashing, catalog):
        assert "--budget 20000 --set site.rack.units=31" in text
        assert "these together" in text


def test_flags_that_add_up_go_in_the_place_of_those_given(
    clashing: Result, bound: Result, catalog: Catalog
) -> None:
    for text in both(bound, catalog):
        assert "--circuit here counts all there is" in text
    for text in both(clashing, catalog):
        assert "not beside" not in text
    assert clashing.explanation is not None
    combined = clashing.explanation.combined
    assert combined is not None
    first, second = combined.changes
    owned = first.replace(flag="--owned rtx-3090:4")
    told = {
        (owned, second): "--owned here counts all there is: put it in the place of your own",
        (owned, second.replace(flag="--circuit 15A/120V:2")): (
            "--circuit and --owned here count all there is: put them in the place of your own"
        ),
    }
    for changes, words in told.items():
        held = clashing.explanation.replace(combined=combined.replace(changes=changes))
        for text in both(clashing.replace(explanation=held), catalog):
            assert words in text


def test_a_change_whose_build_was_not_solved_is_told_all_the_same(
    clashing: Result, catalog: Catalog
) -> None:
    assert clashing.explanation is not None
    assert clashing.explanation.combined is not None
    late = clashing.explanation.combined.replace(build=None, proven=False)
    held = clashing.replace(explanation=clashing.explanation.replace(combined=late))
    for text in both(held, catalog):
        assert "--budget 20000 --set site.rack.units=31" in text
        assert "something fits then; which build is best was not worked out in time" in text
        assert "(the best found in time)" in text


def test_the_build_without_a_limit_is_told_without_its_speed(
    clashing: Result, catalog: Catalog
) -> None:
    """It comes nearest to the limit, and is seldom at its fastest: figures below would differ."""
    for text in both(clashing, catalog):
        conflict = text[text.index("Sentence 1.") : text.index("Sentence 2.")]
        assert "$41,300" in conflict
        assert "tok/s" not in conflict


def test_what_the_build_itself_has_is_not_called_allowed(clashing: Result) -> None:
    assert clashing.explanation is not None
    near = clashing.explanation.conflicts[0].items[0].replace(others_hold=True)
    told = {
        "memory": (765.0, 256.0, "GiB", "(needs 765 GiB, has 256 GiB)"),
        "vram": (102_400.0, 88_064.0, "MiB", "(needs 100 GiB on each, has 86.0 GiB)"),
        "stock": (4.0, 2.0, "units", "(uses 4 units, there are 2 units)"),
        "ups": (1640.0, 0.0, "W", "(without one; it draws 1.64 kW)"),
        "noise": (43.1, 35.0, "dB(A)", "(43.1 dB(A); allowed: 35 dB(A))"),
    }
    for rule, (needed, allowed, unit, words) in told.items():
        item = near.replace(rule=rule, needed=needed, allowed=allowed, unit=unit)
        conflict = clashing.explanation.conflicts[0].replace(items=(item, item))
        explanation = clashing.explanation.replace(conflicts=(conflict,))
        text = " ".join(render_result(clashing.replace(explanation=explanation)).split())
        assert words in text


def test_of_the_rack_the_limit_that_clashes_is_named(clashing: Result, catalog: Catalog) -> None:
    assert clashing.explanation is not None
    first = clashing.explanation.conflicts[0]
    floor = {"rule": "rack", "path": "site.floor_kg_m2", "unit": "kg/m2"}
    items = (first.items[0].replace(**floor), first.items[1])
    explanation = clashing.explanation.replace(conflicts=(first.replace(items=items),))
    for text in both(clashing.replace(explanation=explanation), catalog):
        assert "floor load" in text
        assert "rack size" not in text


def test_one_limit_alone_holds_whatever_is_lifted(clashing: Result, catalog: Catalog) -> None:
    assert clashing.explanation is not None
    one = clashing.explanation.conflicts[0]
    explanation = clashing.explanation.replace(conflicts=(one.replace(items=one.items[:1]),))
    for text in both(clashing.replace(explanation=explanation), catalog):
        assert "One limit alone rules out every build, even if all others were lifted" in text


def test_where_nothing_mends_it_the_choices_kept_to_are_named(
    impossible: Result, catalog: Catalog
) -> None:
    assert impossible.explanation is not None
    none = impossible.explanation.replace(repairs=())
    policy = impossible.request.policy
    named = policy.replace(accelerators=("h200",), conditions=("new",))
    plain = "No change of one of these limits alone makes it fit, nor do those that were tried"
    for text in both(impossible.replace(explanation=none), catalog):
        assert plain in text
        assert "keeps to" not in text
    held = impossible.replace(explanation=none, request=impossible.request.replace(policy=named))
    for text in both(held, catalog):
        assert "keeps to --accelerator and --condition; without, more may fit." in text


def test_targets_that_do_not_bind_say_what_is_had(bound: Result, catalog: Catalog) -> None:
    assert bound.binding is not None
    free = bound.binding[1]
    rate = {"rule": "targets", "path": "workloads.0.targets.min_tok_s_per_user"}
    time = {"rule": "targets", "path": "workloads.0.targets.max_ttft_s", "unit": "s"}
    limits = (
        free.replace(**rate, unit="tok/s per user", used=5.0, available=21.7),
        free.replace(**time, used=0.5, available=2.0),
    )
    for text in both(bound.replace(binding=limits), catalog):
        assert "Giving way on one of these alone would gain nothing" in text
        assert "tok/s per user (21.7 had, 5.00 asked for)" in text
        assert "time to first token (0.50 s had, 2.00 s asked for)" in text


def test_lines_stay_within_eighty_columns_and_lose_nothing(clashing: Result) -> None:
    text = render_result(clashing)
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text


def nothing(impossible: Result, **policy: tuple[str, ...]) -> Result:
    request = impossible.request.replace(policy=impossible.request.policy.replace(**policy))
    explanation = {"conflict": (), "irreducible": False, "complete": False}
    left_out = [{"component": "h200", "reason": "only offered new"}]
    changes = {"explanation": explanation, "excluded": left_out}
    return Result.model_validate(impossible.model_dump() | changes | {"request": request})


def test_an_accelerator_that_was_left_out_is_the_reason(
    impossible: Result, catalog: Catalog
) -> None:
    for text in both(nothing(impossible, accelerators=("h200",)), catalog):
        assert "h200 was left out: only offered new." in text
        assert "nothing to run on" in text
    for text in both(nothing(impossible), catalog):
        assert "fewer users (--concurrency)" in text
        assert "h200 was left out: " not in text


def test_the_next_dollars_are_told(bound: Result, catalog: Catalog) -> None:
    """Of a budget of $150,000: a tenth more and $10,000 more help, so $1,000 more does not."""
    assert bound.binding is not None
    path = {"rule": "budget", "path": "policy.budget_usd", "unit": "USD"}
    more = {
        **bound.binding[0].relaxed[0].model_dump(),
        **path,
        "from": 150_000.0,
        "extra_capex_usd": 8_100.0,
        "to": 160_000.0,
        "flag": "--budget 160000",
    }
    del more["before"], more["after"]
    none = {**more, "to": 151_000.0, "flag": "--budget 151000", "objective_gain": 0.0}
    budget = {**path, "used": 149_000, "available": 150_000, "binds": True, "relaxed": (none, more)}
    held = Result.model_validate(bound.model_dump() | {"binding": (budget,)})
    told = "The next $1,000 buys nothing; the next $10,000 buys +38 % tok/s for $8,100."
    for text in both(held, catalog):
        assert told in text
    dear = {**budget, "relaxed": (none, {**more, "extra_capex_usd": 10_400.0})}
    for text in both(Result.model_validate(bound.model_dump() | {"binding": (dear,)}), catalog):
        assert "for $10,400 ($400 of it unspent before)." in text
    free = {**budget, "binds": False, "relaxed": ()}
    unbound = Result.model_validate(bound.model_dump() | {"binding": (free,)})
    for text in both(unbound, catalog):
        assert "More money buys nothing" in text
