"""Why nothing fits, what binds, what next: the parts of an answer that explain it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AliasChoices, Field

from optimizer.schema.base import Record

Value = bool | int | float | str | Annotated[tuple[str, ...], Field(strict=False)] | None
"""A value of a request."""
Before = Annotated[
    Value, Field(validation_alias=AliasChoices("from", "before"), serialization_alias="from")
]
After = Annotated[
    Value, Field(validation_alias=AliasChoices("to", "after"), serialization_alias="to")
]
"""What a value was and what it became: ``from`` and ``to`` in the document."""


class RepairBuild(Record):
    """The build that a change leads to, in brief."""

    accelerator: str
    accelerator_name: str
    accelerators: int
    nodes: int
    platform: str
    weight_format: str
    capex_usd: float
    tco_usd: float
    output_tok_s: float
    tok_s_per_user: float


class ConflictItem(Record):
    """A limit that takes part in an infeasibility, with the numbers that clash.

    ``needed`` is the least (of a target: the most) that any build reaches of it once it alone is
    left out, against ``allowed``; both are in ``unit``, and ``null`` where the limit is no sum.
    """

    rule: str
    statement: str
    path: str | None = None
    """Where the value stands in the request; ``null`` where no single value does."""
    needed: float | None = None
    allowed: float | None = None
    unit: str = ""
    scope: str = ""
    """What of the limit the numbers are of: ``feed a alone``; empty where it is the whole."""
    build: RepairBuild | None = None
    """The build that comes nearest, once this limit is left out: the proof that it is needed."""
    others_hold: bool = True
    """Whether that build keeps every other limit, or only those of this conflict."""


class Conflict(Record):
    """Limits that cannot hold together. ``irreducible``: each was proven necessary."""

    sentence: str
    items: Annotated[tuple[ConflictItem, ...], Field(strict=False)]
    irreducible: bool


class Changed(Record):
    """One value of the request changed: ``from`` and ``to`` in the document."""

    rule: str
    path: str
    """Where the value stands in the request, its parts joined by dots."""
    before: Before
    after: After
    unit: str
    flag: str | None = None
    """The flag to paste; ``null`` for circuits that only a file can describe."""


class Repair(Changed):
    """The smallest change of one value that restores feasibility, and the best build with it."""

    build: RepairBuild | None = None


class CombinedRepair(Record):
    """Changes that restore feasibility together, of the least ``weight`` by what people give up.

    ``proven`` says whether nothing of less weight was left untried.
    """

    changes: Annotated[tuple[Repair, ...], Field(strict=False)]
    weight: float
    proven: bool
    build: RepairBuild | None = None


class Refuted(Record):
    """One value whose change alone does not suffice, however far: proven up to ``tried``.

    ``tried`` is ``null`` where the limit was taken away altogether.
    """

    rule: str
    path: str
    tried: Value = None
    unit: str = ""


class Explanation(Record):
    """Why nothing fits. ``conflict`` is the first of ``conflicts``, which share no limit.

    ``irreducible`` says whether each member was proven necessary, ``complete`` whether every
    repair of one value was proven, or proven not to exist, and the combined one was looked for.
    """

    conflict: Annotated[tuple[ConflictItem, ...], Field(strict=False)]
    irreducible: bool
    conflicts: Annotated[tuple[Conflict, ...], Field(strict=False)] = ()
    repairs: Annotated[tuple[Repair, ...], Field(strict=False)] = ()
    refuted: Annotated[tuple[Refuted, ...], Field(strict=False)] = ()
    """Values of the rules in conflict that mend nothing when changed alone."""
    combined: CombinedRepair | None = None
    complete: bool = True


class Relaxed(Changed):
    """A limit of the answer relaxed, and the best build then.

    ``objective_gain`` is the improvement over the objective's value, 0.38 for 38 % better.
    """

    objective: float
    objective_gain: float
    extra_capex_usd: float
    extra_tco_usd: float
    build: RepairBuild


class Binding(Record):
    """What one limit costs: whether relaxing it, and nothing else, would improve the answer.

    ``used`` and ``available`` are in ``unit``; both ``null`` where the limit is not a sum.
    ``relaxed`` holds what was tried, the least first; none of it helps where ``binds`` is false.
    """

    rule: str
    path: str
    binds: bool
    used: float | None
    available: float | None
    unit: str
    relaxed: Annotated[tuple[Relaxed, ...], Field(strict=False)] = ()


class Why(Record):
    """Why one part is in the answer, or is not.

    ``verdict``: ``excluded`` before solving, for the ``reason``; ``forbidden`` by the limits of
    ``conflict`` once it must be used; ``needed``: nothing fits without it, by those limits;
    ``possible``: the best build with it (of a part that is in the answer: without it) is ``build``;
    ``undecided``: time ran out.
    """

    part: str
    name: str
    in_answer: bool
    verdict: Literal["excluded", "forbidden", "needed", "possible", "undecided"]
    reason: str = ""
    objective: float | None = None
    objective_gain: float | None = None
    """Improvement over the answer, 0.38 for 38 % better; below zero where it is worse."""
    extra_capex_usd: float | None = None
    extra_tco_usd: float | None = None
    build: RepairBuild | None = None
    instead: Annotated[tuple[str, ...], Field(strict=False)] = ()
    """Names of what stands in its place in ``build``, of the same kind; of a part in the answer."""
    conflict: Annotated[tuple[ConflictItem, ...], Field(strict=False)] = ()
