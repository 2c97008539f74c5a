"""Ways to use circuits: as they are, with new ones, and with some left to cooling."""

from __future__ import annotations

from optimizer.catalog.catalog import load_catalog
from optimizer.instance.wiring import Wiring, offered_at, takes, wirings
from optimizer.schema.components import NewCircuit
from optimizer.schema.site import Circuit, Site
from tests.make import make_cooling
from tests.make_request import make_site


def room(*circuits: Circuit, new: int = 0) -> Site:
    return make_site().replace(circuits=circuits, new_circuits=new)


def offer(name: str, volts: int, amps: float, phases: int = 1) -> NewCircuit:
    fields = {"volts": volts, "amps": amps, "phases": phases, "continuous_share": 0.8}
    return NewCircuit.model_validate({"id": name, "name": name, "outlet": "socket", **fields})


SMALL, LARGE = offer("small", 120, 20), offer("large", 240, 30)
PORTABLE = make_cooling(plug=(120, 15))
HOME = Circuit(volts=120, amps=15)


def brief(found: list[Wiring]) -> list[tuple[int, list[int], int, dict[str, int]]]:
    """(volts, watts of the circuits, spare ones, what is added)."""
    return [(w.volts, [b.line_w for b in w.breakers], len(w.spare), dict(w.new)) for w in found]


def test_as_it_is() -> None:
    site = room(Circuit(volts=240, amps=30, count=2), HOME)
    assert brief(wirings(site, [], [], feeds=False)) == [
        (240, [5760, 5760], 1, {}),
        (120, [1440], 2, {}),
    ]


def test_a_circuit_may_be_left_to_cooling_but_not_the_last() -> None:
    site = room(Circuit(volts=120, amps=20, count=2))
    found = brief(wirings(site, [], [PORTABLE], feeds=False))
    assert found == [(120, [1920, 1920], 0, {}), (120, [1920], 1, {})]


def test_loaded_and_foreign_circuits_are_not_left_to_cooling() -> None:
    loaded = Circuit(volts=120, amps=20, count=2, reserved_w=100)
    foreign = Circuit(volts=240, amps=30, count=2)
    assert len(wirings(room(loaded), [], [PORTABLE], feeds=False)) == 1
    assert len(wirings(room(foreign), [], [PORTABLE], feeds=False)) == 1


def test_one_new_circuit_at_home() -> None:
    """For supplies at either voltage, beside the old one or alone; or for an air conditioner."""
    found = brief(wirings(room(HOME, new=1), [SMALL, LARGE], [PORTABLE], feeds=False))
    assert sorted(found, key=str) == sorted(
        [
            (120, [1440], 0, {}),
            (120, [1440, 1920], 0, {"small": 1}),
            (120, [1440], 1, {"small": 1}),  # the new one for cooling
            (120, [1920], 1, {"small": 1}),  # the old one for cooling
            (240, [5760], 1, {"large": 1}),  # the old one is free
        ],
        key=str,
    )


def test_new_circuits_take_either_feed_where_one_may_be_lost() -> None:
    a, b = (Circuit(volts=240, amps=30, feed=f) for f in ("a", "b"))  # type: ignore[arg-type]
    found = wirings(room(a, b, new=1), [LARGE], [], feeds=True)
    assert sorted("".join(x.feed for x in w.breakers) for w in found) == ["ab", "aba", "abb"]


def test_what_an_electrician_offers_where() -> None:
    records = [r for r in load_catalog().of_kind("circuit") if isinstance(r, NewCircuit)]

    def at(*volts: int) -> set[str]:
        return {
            r.id for r in offered_at(room(*(Circuit(volts=v, amps=20) for v in volts)), records)
        }

    assert at(120) == {"new-20a-120v", "new-30a-240v", "new-50a-240v"}
    assert at(240) == at(120)
    assert at(208) == {"new-20a-120v", "new-30a-208v-3ph"}
    assert at(230) == at(400) == {"new-16a-230v", "new-32a-400v-3ph"}


def test_plugs() -> None:
    assert takes((120, 20), (110, 15))
    assert not takes((120, 10), (120, 15))
    assert not takes((240, 30), (120, 15))
