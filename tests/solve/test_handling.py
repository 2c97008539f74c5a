"""Weights that two people do not lift, and boxes that a door stops."""

from __future__ import annotations

import pytest

from optimizer.catalog.catalog import Catalog, load_catalog
from optimizer.scenario.request import build_request
from optimizer.schema.build import Build
from optimizer.schema.site import Site
from optimizer.solve.handling import handling_warnings
from optimizer.solve.run import solve


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="module")
def dgx(catalog: Catalog) -> Build:
    """A DGX A100: 6U (267 mm), 897 mm deep, 123 kg."""
    plain = {
        "model": "llama-70b",
        "accelerators": ["a100-sxm4-80gb"],
        "exclude": ["hgx", "barebone", "board", "workstation"],
        "price_ground": "estimated",
        "max_nodes": 1,
    }
    build = solve(build_request(plain, catalog), catalog).build
    assert build is not None
    assert build.platform == "dgx-a100-640gb"
    return build


def room(catalog: Catalog, **door: float) -> Site:
    return catalog.sites["server-room"].replace(**door)


def test_a_dgx_wants_a_lift(dgx: Build, catalog: Catalog) -> None:
    """2 x 22.7 kg = 45 kg is what two people lift."""
    (told,) = handling_warnings(room(catalog), catalog, dgx)
    assert "more than two people lift (45 kg)" in told
    assert "plan a server lift" in told


def test_the_two_smaller_sides_must_pass_the_door(dgx: Build, catalog: Catalog) -> None:
    """483 x 267 mm: through 500 x 300 mm in either position, not through 480 mm of width."""

    def stopped(**door: float) -> bool:
        warnings = list(handling_warnings(room(catalog, **door), catalog, dgx))
        return any("does not pass the door" in w for w in warnings)

    assert not stopped(door_width_mm=500.0, door_height_mm=300.0)
    assert not stopped(door_width_mm=300.0, door_height_mm=500.0)
    assert stopped(door_width_mm=250.0, door_height_mm=2000.0)
    assert stopped(door_width_mm=480.0, door_height_mm=300.0)
    assert not stopped(door_width_mm=270.0)
