"""Power caps: which there are, and that leaving some out never changes an answer."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import partial

import pytest

from optimizer.catalog.catalog import Catalog, load_catalog
from optimizer.instance.caps import (
    Cap,
    Caps,
    Figures,
    Mode,
    cap_at,
    ladder,
    least_cap_w,
    memory_class,
    refusal,
)
from optimizer.instance.items import Deployment, Instance, Power
from optimizer.schema.components import Accelerator
from optimizer.schema.request import Policy
from optimizer.verify.enumerate import best_of, solutions
from tests.oracle.random_instance import random_instance


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def card(catalog: Catalog, name: str) -> Accelerator:
    found = catalog.components[name]
    assert isinstance(found, Accelerator)
    return found


def test_ladder_of_an_rtx_3090(catalog: Catalog) -> None:
    """350 W: half of it was measured, then every 17.5 W, rounded up to whole watts."""
    steps = ladder(card(catalog, "rtx-3090"))
    assert [s.watts for s in steps] == [175, 193, 210, 228, 245, 263, 280, 298, 315, 333]
    assert [s.share for s in steps] == sorted(s.share for s in steps)
    assert steps[0].share == 0.78
    assert steps[4].share == pytest.approx(0.935)


def test_ladder_of_an_a100(catalog: Catalog) -> None:
    """400 W of an accelerator with HBM: measured from 55 % on."""
    steps = ladder(card(catalog, "a100-sxm4-80gb"))
    assert [s.watts for s in steps] == [220, 240, 260, 280, 300, 320, 340, 360, 380]
    assert steps[0].share == 0.77


def test_a_card_is_never_capped_below_what_it_accepts(catalog: Catalog) -> None:
    """The driver of an RTX 5090 takes no limit under 400 W, half of its TDP is 288."""
    held = card(catalog, "rtx-5090")
    assert (held.tdp_w, least_cap_w(held)) == (575, 400)
    assert ladder(held)[0].watts == 400


@pytest.mark.parametrize("name", ["mi300x", "gh200-96gb", "gb10-128gb", "l4-24gb"])
def test_what_was_never_measured_under_a_cap_is_not_capped(name: str, catalog: Catalog) -> None:
    one = card(catalog, catalog.resolve("accelerator", name))
    assert memory_class(one) is None
    assert ladder(one) == ()
    assert cap_at(one, 60) == Cap(one.tdp_w or 0, 1.0)


@pytest.mark.parametrize("name", ["rtx-pro-6000-max-q", "a100-sxm4-80-dgx-station"])
def test_what_is_limited_already_is_not_capped_further(name: str, catalog: Catalog) -> None:
    assert ladder(card(catalog, catalog.resolve("accelerator", name))) == ()


def test_a_fixed_cap_out_of_reach_leaves_the_card_out(catalog: Catalog) -> None:
    held = card(catalog, "a100-sxm4-80gb")
    assert refusal(held, Policy(power_cap=300)) is None
    assert refusal(held, Policy(power_cap=500)) is None
    assert "below the 220 W" in str(refusal(held, Policy(power_cap=200)))
    assert "never measured" in str(refusal(card(catalog, "mi300x"), Policy(power_cap=300)))


# -- leaving variants out -------------------------------------------------------------------


def with_variants(instance: Instance, seed: int) -> tuple[Instance, list[list[Deployment]]]:
    """Every layout under up to three caps and at TDP, lowest first; some cost the same."""
    chance = random.Random(seed)
    groups = []
    for layout in instance.deployments:
        if layout.kept_permille < 1000:
            continue
        caps = sorted(chance.sample([500, 600, 700, 800, 900], chance.randint(1, 3)))
        groups.append([under(layout, c, chance) for c in caps] + [layout])
    flat = [d for group in groups for d in group]
    numbered = tuple(replace(d, index=i) for i, d in enumerate(flat))
    return replace(instance, deployments=numbered), groups


def under(layout: Deployment, permille: int, chance: random.Random) -> Deployment:
    kept = (1000 + permille) // 2
    power = layout.power
    mean = power.average_w if chance.random() < 0.3 else power.average_w * permille // 1000
    peak = power.peak_w * permille // 1000
    return replace(
        layout,
        kept_permille=kept,
        power=Power(peak, mean, power.idle_w),
        output_milli=layout.output_milli * kept // 1000,
        user_milli=layout.user_milli * kept // 1000,
        ttft_us=layout.ttft_us * 1000 // kept,
        name_weight=chance.randrange(2**30),
    )


def figures(d: Deployment) -> Figures:
    return Figures(d.output_milli, d.user_milli, d.ttft_us, d.power.average_w)


def _at(group: list[Deployment], cap: Cap) -> Deployment:
    return group[cap.watts]


def kept(instance: Instance, groups: list[list[Deployment]], caps: Caps) -> Instance:
    """The instance with the variants that ``caps`` keeps."""
    found: list[Deployment] = []
    for group in groups:
        steps = [Cap(i, 1.0) for i in range(len(group))]
        found += caps.kept(steps, partial(_at, group), figures)
    return replace(instance, deployments=tuple(replace(d, index=i) for i, d in enumerate(found)))


def monotone(groups: list[list[Deployment]]) -> list[list[Deployment]]:
    """Means that rise with the cap, as they do by the formula."""
    found = []
    for group in groups:
        means = sorted(d.power.average_w for d in group)
        found.append(
            [
                replace(d, power=replace(d.power, average_w=w))
                for d, w in zip(group, means, strict=True)
            ]
        )
    return found


def instance_of(seed: int) -> tuple[Instance, list[list[Deployment]]]:
    instance, groups = with_variants(random_instance(seed), seed)
    groups = monotone(groups)
    flat = tuple(replace(d, index=i) for i, d in enumerate(d for g in groups for d in g))
    return replace(instance, deployments=flat), groups


def assert_same_best(seed: int) -> None:
    instance, groups = instance_of(seed)
    every = tuple(solutions(instance))
    few = tuple(solutions(kept(instance, groups, Caps.of(instance, "least"))))
    for objective in ("tco", "capex"):
        assert best_of(few, objective)[:2] == best_of(every, objective)[:2], objective
    plain = replace(instance, deployments=numbered([g[-1] for g in groups]))
    first = tuple(solutions(plain))
    for objective in ("throughput", "speed"):
        _, rank, _ = best_of(first, objective)
        level = None if rank is None else -int(rank[0])
        caps = Caps.of(instance, "reach", level, objective == "speed")
        below = [g[:-1] for g in groups]
        more = tuple(solutions(kept(instance, below, caps)))
        assert best_of(first + more, objective)[:2] == best_of(every, objective)[:2], objective


def numbered(layouts: list[Deployment]) -> tuple[Deployment, ...]:
    return tuple(replace(d, index=i) for i, d in enumerate(layouts))


@pytest.mark.parametrize("seed", range(8))
def test_the_variants_left_out_are_never_best(seed: int) -> None:
    assert_same_best(seed)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(5))
def test_the_variants_left_out_are_never_best_on_many(block: int) -> None:
    for seed in range(8 + 30 * block, 38 + 30 * block):
        assert_same_best(seed)


@pytest.mark.parametrize("seed", range(6))
def test_the_lowest_caps_tell_whether_anything_fits(seed: int) -> None:
    """With the service targets, and without them."""
    instance, groups = instance_of(seed)
    free = replace(
        instance,
        limits=replace(instance.limits, min_output_milli=0, min_user_milli=0, max_ttft_us=None),
    )
    modes: tuple[tuple[Instance, Mode], ...] = ((instance, "least"), (free, "lowest"))
    for held, mode in modes:
        few = kept(held, groups, Caps.of(held, mode))
        assert bool(tuple(solutions(few))) == bool(tuple(solutions(held)))


@pytest.mark.parametrize("seed", range(6))
def test_what_is_sought_is_found_among_what_is_worth_a_look(seed: int) -> None:
    """The least time to the first token: full power first, then caps that may still be better."""
    instance, groups = instance_of(seed)
    free = replace(instance, limits=replace(instance.limits, max_ttft_us=None))

    def least(deployments: tuple[Deployment, ...]) -> int | None:
        held = replace(free, deployments=deployments)
        return min(
            (deployments[s.choice.deployment].ttft_us for s in solutions(held)), default=None
        )

    first = least(numbered([g[-1] for g in groups]))

    def worth(figures: Figures) -> bool:
        return first is None or figures.ttft_us <= first

    caps = replace(Caps.of(free, "all"), worth=worth)
    more = least(kept(free, [g[:-1] for g in groups], caps).deployments)
    found = min((t for t in (first, more) if t is not None), default=None)
    assert found == least(free.deployments)


MODES: list[Mode] = ["least", "lowest", "all", "reach"]


def test_what_each_mode_builds() -> None:
    """Three caps; the lowest misses a target of 100; the two others differ by 5 W at 1 cent."""
    made = [Figures(90, 90, 1, 10), Figures(110, 110, 1, 20), Figures(120, 120, 1, 25)]
    steps = [Cap(i, 1.0) for i in range(3)]

    def built(mode: Mode, rate: int = 10**6, level: int | None = None) -> list[int]:
        caps = Caps(mode, level, False, 100, 0, None, rate)
        found = caps.kept(steps, lambda cap: made[cap.watts], lambda f: f)
        return [made.index(f) for f in found]

    assert {mode: built(mode) for mode in MODES} == {
        "least": [1],
        "lowest": [0],
        "all": [0, 1, 2],
        "reach": [0, 1, 2],
    }
    # Free power: the faster variant costs the same, and wins the tie.
    assert built("least", rate=0) == [1, 2]
    # 5 W cost 999,995 millionths of a cent: rounding may hide them.
    assert built("least", rate=199_999) == [1, 2]
    assert built("least", rate=200_000) == [1]
    assert built("reach", level=110) == [1, 2]
