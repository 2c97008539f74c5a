"""Seeded small instances whose limits lie on, just above or just below what some choice uses."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache
from itertools import islice
from math import isqrt
from typing import Any

from optimizer.instance.choice import Choice
from optimizer.instance.items import CoolingItem, Instance, Item
from optimizer.physics.circuits import Breaker, burden
from optimizer.verify.audit import Audit
from optimizer.verify.enumerate import solutions
from tests.oracle.random_parts import Maker

SAMPLED = 60
"""Solutions from which the one is drawn around which the limits are set."""
ATTEMPTS = 200
"""Most random parts do not fit each other; so many draws nearly always find some that do."""


@cache
def random_instance(seed: int, nodes: int | None = None) -> Instance:
    """One instance per seed, for one to three nodes unless ``nodes`` says how many."""
    chance = random.Random(seed)
    count = nodes or chance.choice([1, 1, 1, 2, 2, 3])
    for _ in range(ATTEMPTS):
        loose = Maker(chance).instance(count)
        drawn = list(islice(solutions(loose), SAMPLED))
        if drawn:
            break
    else:
        return loose
    purse = chance.choice(["tco", "capex"])
    cheap = min(drawn, key=lambda s: s.rank(purse))
    around = chance.choice([cheap, chance.choice(drawn)])
    return Tightener(chance, loose, around.choice).instance()


class Tightener:
    """Sets limits around what one choice uses: on it, one unit off, or out of the way."""

    def __init__(self, chance: random.Random, loose: Instance, choice: Choice) -> None:
        self.chance, self.loose = chance, loose
        self.audit = Audit(choice, loose)
        names = [*self.ABOVE, *self.BELOW, "circuits", "heat"]
        self.short = self.chance.choice([*names, *([None] * len(names))])

    ABOVE = ("budget", "tco", "rack", "weight", "noise", "ttft", "depth", "floor", "air")
    """Limits from above: one unit less and the choice does not fit."""
    BELOW = ("output", "user", "headroom")
    """Limits from below."""

    def near(self, name: str, used: int, unit: int = 1) -> int | None:
        """A limit at what is used or a little aside, or None for no limit."""
        towards = -1 if name in self.BELOW else 1
        if name == self.short:
            return max(0, used - towards * self.chance.choice([1, unit]))
        if self.chance.random() < 0.4:
            return None
        return max(0, used + towards * self.chance.choice([0, 0, 0, 1, unit]))

    def instance(self) -> Instance:
        """The instance with its limits."""
        return replace(
            self.loose,
            limits=replace(self.loose.limits, **self._limits()),
            case=replace(self.loose.case, **self._circuits()),
        )

    def _limits(self) -> dict[str, Any]:
        audit, case, d = self.audit, self.loose.case, self.audit.deployment
        wall = audit.peak_wall_w * case.nodes
        key = "liquid_removal_w" if audit.platform.liquid else "heat_removal_w"
        liquid = wall - self._cooled_w()
        heat = liquid if audit.platform.liquid else audit.air_heat_w - self._cooled_w()
        held: dict[str, Any] = {
            "budget_cents": self.near("budget", audit.costs.capex, 10_000),
            "max_tco_cents": self.near("tco", audit.costs.tco, 10_000),
            "rack_tenths": self.near("rack", self._space("rack_tenths"), 10),
            "load_hg": self.near("weight", self._weight(), 50),
            "floor_hg": self.near("floor", self._weight(), 50),
            "airflow_w": self.near("air", audit.air_heat_w, 50),
            "noise": self.near("noise", self._space("noise"), 10**6),
            "min_output_milli": self.near("output", d.output_milli, 10_000),
            "min_user_milli": self.near("user", d.user_milli, 2_000),
            "max_ttft_us": self.near("ttft", d.ttft_us),
            "depth_mm": self.near(
                "depth", max(i.space.depth_mm for i, _ in self._everything()), 100
            ),
            "psu_headroom_permille": self._headroom(),
        }
        held[key] = self.near("heat", heat)
        return {key: value for key, value in held.items() if value is not None}

    def _cooled_w(self) -> int:
        """What the choice's coolers remove."""
        coolers = self.audit.on_site("cooling")
        return sum(c.removal_w * n for c, n in coolers if isinstance(c, CoolingItem))

    def _everything(self) -> list[tuple[Item, int]]:
        nodes = self.loose.case.nodes
        return [(i, n * nodes) for i, n in self.audit.node_items] + self.audit.site_items

    def _space(self, what: str) -> int:
        return sum(getattr(i.space, what) * n for i, n in self._everything())

    def _weight(self) -> int:
        host, nodes = self.audit.host, self.loose.case.nodes
        cards = self.audit.accelerator.space.weight_hg * host.count * nodes
        return self._space("weight_hg") + cards

    def _headroom(self) -> int | None:
        """Headroom that the supplies just keep: h <= 1000 - 1000 w / C."""
        platform, load = self.audit.platform, self.audit.peak_load_w
        left = {"none": lambda n: n, "n+1": lambda n: n - 1, "2n": lambda n: n // 2}
        redundancy = self.loose.limits.redundancy
        capacity = sum(p.capacity_w * left[redundancy](n) for p, n in self.audit.psus)
        if not platform.board:
            capacity = {
                "none": platform.supply_capacity_w,
                "n+1": platform.supply_capacity_redundant_w,
                "2n": platform.supply_capacity_halved_w,
            }[redundancy]
        if capacity < load:
            return None
        kept = 1000 - -(-1000 * load // capacity)
        found = self.near("headroom", kept, 100)
        return None if found is None else min(found, 1000)

    def _circuits(self) -> dict[str, Any]:
        """Circuits that hold the choice's supplies just, or just not, in every state asked for."""
        redundancy, supplies = self.loose.limits.redundancy, max(1, self.audit.supplies)
        if redundancy == "2n":
            half = supplies // 2 or 1
            watts = [*self._breakers(half, "a"), *self._breakers(supplies - half or 1, "b")]
        elif self.chance.random() < 0.3:
            return {}
        else:
            spare = int(redundancy == "n+1" and supplies > 1 and self.chance.random() < 0.8)
            watts = self._breakers(supplies - spare, "", spare)
        if self.short == "circuits":
            watts[0] = replace(watts[0], line_w=max(0, watts[0].line_w - 1))
        named = [
            replace(b, name=f"#{i + 1}", circuit=i, amps=self.chance.choice([10, 20, 20]))
            for i, b in enumerate(watts)
        ]
        if self.chance.random() < 0.5:
            named = [self._with_outlets(b) for b in named]
        return {"breakers": tuple(named)}

    def _with_outlets(self, breaker: Breaker) -> Breaker:
        """A circuit with few outlets or none, on a receptacle that some strip may fit."""
        switch = self.loose.case.switch is not None and breaker.circuit == 0
        return replace(
            breaker,
            outlets=self.chance.choice([None, (0, 0), (0, 0), (1, 0), (2, 1), (6, 4)]),
            receptacle="NEMA L6-30R",
            phases=3 if breaker.delta else 1,
            taken=self.chance.choice([1, 2]) if switch else 0,
        )

    def _breakers(self, among: int, feed: str, spare: int = 0) -> list[Breaker]:
        """Circuits for every node's supplies, of which ``among`` share a node's load."""
        left, found = (among + spare) * self.loose.case.nodes, []
        wall = self.audit.peak_wall_w
        while left > 0:
            on_it = self.chance.randint(1, left)
            left -= on_it
            extra = self.chance.choice([0, 0, 0, 5, wall // among // 2])
            delta = self.chance.random() < 0.2
            line = isqrt(burden(delta, on_it) * wall**2 // among**2) + 1
            found.append(Breaker("", line - self.chance.choice([0, 0, 1]) + extra, delta, feed))
        return found
