"""The answer: bill of materials, deployment, what each limit has used, and what it costs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from optimizer.schema.base import Condition, Confidence, Record
from optimizer.schema.explanation import After, Before, Binding, Explanation, Why
from optimizer.schema.request import ObjectiveName, Request

Status = Literal["optimal", "feasible", "infeasible", "unknown"]
Basis = Literal["measured", "calibrated", "roofline"]


class OfferUsed(Record):
    """The price observation behind a line, or ``null`` fields for a part already owned."""

    vendor: str
    as_of: str
    source: str
    url: str | None
    confidence: Confidence
    estimated: bool
    """Nobody asked or paid this price: it is a judgement."""


class BillLine(Record):
    """One line of the bill of materials. A part inside a platform has ``included`` set."""

    id: str
    kind: str
    name: str
    quantity: int
    condition: Condition
    unit_price_usd: float
    total_usd: float
    included: bool = False
    offer: OfferUsed | None


class ShelfLine(Record):
    """A part that was on the shelf: how many the build keeps, and how many are left to sell.

    ``resale_usd`` is for all that are left; ``null`` where the request gives no value.
    """

    id: str
    name: str
    condition: Condition
    owned: int
    kept: int
    left: int
    resale_usd: float | None


class DeploymentUsed(Record):
    """How the LLM is laid over the accelerators."""

    llm: str
    engine: str
    engine_version: str
    weight_format: str
    kv_format: str
    accelerator: str
    fabric: str
    tensor_parallel: int
    pipeline_parallel: int
    replicas: int
    accelerators_per_node: int
    nodes: int
    context: int
    concurrency: int
    sequences_at_saturation: int
    power_cap_w: int
    """Power limit of each accelerator: ``full_power_w`` unless it was worth to set a lower one."""
    full_power_w: int = 0
    speed_kept: float = 1.0
    """Share of the speed at full power that the limit leaves."""
    launch_command: str
    min_cuda: str
    min_driver: str
    container: str


class LimitUse(Record):
    """One limit: what it uses of what is available, both in ``unit``."""

    rule: str
    scope: str
    used: float
    available: float
    unit: str


class Performance(Record):
    """Speed, with where it comes from and the band that holds 80 % of measurements.

    ``output_tok_s`` is the whole build at saturation; ``tok_s_per_user`` one user at the stated
    concurrency.
    """

    output_tok_s: float
    tok_s_per_user: float
    tok_s_per_user_at_saturation: float
    decode_tok_s_batch1: float
    ttft_s: float
    tpot_ms: float
    basis: Basis
    error_band_pct: float
    output_tok_s_low: float
    output_tok_s_high: float


class MemoryUse(Record):
    """MiB on the fullest accelerator."""

    weights_mib: int
    kv_cache_mib: int
    activations_mib: int
    runtime_mib: int
    usable_mib: int


class PowerUse(Record):
    """Watts at the wall of the whole build, peak and idle without what follows.

    ``airflow_cfm`` is the air that carries the heat away at the site's rise in temperature;
    ``cooling_w`` what bought cooling draws at full load, ``ups_loss_w`` what is lost in
    uninterruptible supplies (in the average too).
    """

    peak_wall_w: int
    average_wall_w: int
    idle_wall_w: int
    heat_btu_h: int
    airflow_cfm: int = 0
    ups_loss_w: int = 0
    cooling_w: int = 0


class PluggedSupply(Record):
    """One supply of one node, both counted from 1; ``lines`` of a three-phase circuit."""

    node: int
    supply: int
    lines: str = ""


class Plug(Record):
    """Power supplies of the build on one circuit.

    ``load_w`` with everything working; ``worst_w`` in the worst state that redundancy asks for,
    which ``worst`` names. On a three-phase circuit both count its fullest line as if all were.
    ``outlet`` is the receptacle of the circuit, taken to be the usual one where ``outlet_assumed``.
    ``strip`` is the id of the strip that was bought for it, ``cords`` what supplies plug into:
    ``C13`` or ``C19`` on a strip, empty at a receptacle. ``unplanned``: no cord plugs into the
    receptacle, and no strip that would can be had.
    """

    circuit: str
    supplies: int
    load_w: int
    continuous_w: int
    feed: str | None = None
    outlet: str | None = None
    outlet_assumed: bool = False
    strip: str | None = None
    cords: str = ""
    ups: str | None = None
    """Id of the uninterruptible supply between circuit and supplies."""
    unplanned: bool = False
    worst_w: int | None = None
    worst: str = ""
    plugged: Annotated[tuple[PluggedSupply, ...], Field(strict=False)] = ()


class CoolingPlug(Record):
    """A cooling unit and the circuit that it has to itself, by rating: ``20A/120V``."""

    component: str
    circuit: str
    load_w: int


class CostLine(Record):
    """One line of the total cost of ownership; revenue (resale) is negative."""

    item: str
    usd: float


class Costs(Record):
    """Money over the horizon. ``tco_usd`` is the sum of ``lines``.

    The figures per month and per user (of the stated concurrency) and month are of ``tco_usd``.
    """

    capex_usd: float
    opex_usd: float
    tco_usd: float
    tco_discounted_usd: float
    tco_usd_per_month: float
    tco_usd_per_user_month: float
    usd_per_million_output_tokens: float | None
    lines: Annotated[tuple[CostLine, ...], Field(strict=False)]


class Build(Record):
    """A complete answer that passed every check of ``verify``."""

    nodes: int
    platform: str
    bill_of_materials: Annotated[tuple[BillLine, ...], Field(strict=False)]
    deployment: DeploymentUsed
    limits: Annotated[tuple[LimitUse, ...], Field(strict=False)]
    performance: Performance
    memory: MemoryUse
    power: PowerUse
    plug_plan: Annotated[tuple[Plug, ...], Field(strict=False)]
    cooling_plugs: Annotated[tuple[CoolingPlug, ...], Field(strict=False)] = ()
    """Where bought cooling that plugs in does."""
    costs: Costs
    shelf: Annotated[tuple[ShelfLine, ...], Field(strict=False)] = ()
    """Parts that the request says are owned already."""


class ObjectiveValue(Record):
    """Objective with its proven bound. ``gap`` is |value - bound| / max(|value|, 1e-9)."""

    name: ObjectiveName
    value: float | None
    unit: str
    bound: float | None
    gap: float | None


class Estimate(Record):
    """A figure in the chain that is nobody's published figure."""

    component: str
    field: str


class Excluded(Record):
    """A component left out before solving, and why."""

    component: str
    reason: str


class OverlayChange(Record):
    """What a catalog of the user's own did to one entry of the shipped one."""

    overlay: str
    action: Literal["added", "changed", "removed"]
    section: str
    entry: str
    keys: Annotated[tuple[str, ...], Field(strict=False)] = ()


class Provenance(Record):
    """What the answer rests on."""

    catalog_sha256: str
    catalog_date: str
    versions: dict[str, str]
    estimates: Annotated[tuple[Estimate, ...], Field(strict=False)] = ()
    oldest_offer: str | None = None
    overlays: Annotated[tuple[OverlayChange, ...], Field(strict=False)] = ()


class ScenarioChange(Record):
    """One value that an override changed: ``from`` and ``to`` in the document."""

    override: str
    """Its name, or ``--set``."""
    why: str
    path: str
    before: Before
    after: After


class ScenarioUsed(Record):
    """Which scenario of which file was solved, and what it changed of the file's request."""

    file: str
    scenario: str | None
    changes: Annotated[tuple[ScenarioChange, ...], Field(strict=False)] = ()


class Timings(Record):
    """Seconds, and sizes that explain them; not part of the answer's identity."""

    total_s: float
    conflict_s: float | None = None
    """Until the first conflict was known, where nothing fits."""
    deployments: int
    """Layouts that fit the memory on ways to carry accelerators for which the money may suffice."""
    scored: int
    """Those of them whose speed was worked out; bounds decided about the others."""
    candidates: int
    cases: int
    workers: int
    seed: int
    time_limit_s: float


class Result(Record):
    """The one document that ``--json`` prints."""

    schema_version: Literal["1"] = "1"
    status: Status
    interrupted: bool = False
    objective: ObjectiveValue
    request: Request
    scenario: ScenarioUsed | None = None
    """Where the request came from, if from a file, and what was changed of it."""
    build: Build | None
    explanation: Explanation | None
    binding: Annotated[tuple[Binding, ...], Field(strict=False)] | None = None
    """What each limit costs, where it was asked for; ``null`` where it was not."""
    why: Annotated[tuple[Why, ...], Field(strict=False)] = ()
    """Parts that were asked about."""
    warnings: Annotated[tuple[str, ...], Field(strict=False)] = ()
    notes: Annotated[tuple[str, ...], Field(strict=False)] = ()
    excluded: Annotated[tuple[Excluded, ...], Field(strict=False)] = ()
    provenance: Provenance
    timings: Timings
