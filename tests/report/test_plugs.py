"""The plug plan as people read it."""

from __future__ import annotations

from typing import Any

from optimizer.report.plugs import place_of
from optimizer.schema.build import Plug, Result


def plug(**facts: Any) -> Plug:
    return Plug(circuit="30A/240V #1", supplies=1, load_w=100, continuous_w=5760, **facts)


def test_places(answer: Result) -> None:
    """At a receptacle nothing is said; a strip or a unit that is not on the bill keeps its id."""
    build = answer.build
    assert build is not None
    assert place_of(plug(), build) == ""
    assert place_of(plug(cords="C19"), build) == "at C19 (strip there)"
    assert place_of(plug(cords="C13", strip="my-strip"), build) == "at C13 of my-strip"
    assert place_of(plug(ups="my-ups"), build) == "behind my-ups"
