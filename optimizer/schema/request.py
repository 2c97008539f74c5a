"""What the user asks for. Flags and YAML make the same ``Request``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from optimizer.schema.base import (
    Condition,
    Count,
    Day,
    NonNegative,
    Positive,
    PricePoint,
    Record,
    Share,
    Slug,
    Slugs,
    Usd,
)
from optimizer.schema.offer import Currency
from optimizer.schema.site import Site

Redundancy = Literal["none", "n+1", "2n"]
ObjectiveName = Literal["throughput", "speed", "tco", "capex", "cost-per-token"]
Tokens = Annotated[int, Field(ge=1, le=100_000_000)]


class Targets(Record):
    """Service targets; ``null`` means not asked for."""

    min_tok_s: Positive | None = None
    """Output tokens per second of the whole build at saturation."""
    min_tok_s_per_user: Positive = 5.0
    """Each user's output tokens per second, at saturation and at the stated concurrency."""
    max_ttft_s: Positive | None = None
    """Time to first token of one prompt of the mean length, without queueing."""


class Workload(Record):
    """One LLM and its users.

    ``concurrency`` sequences must fit at the full ``context``; the mean ``input_tokens`` and
    ``output_tokens`` set the speed.
    """

    llm: Slug
    context: Tokens = 8192
    concurrency: Annotated[int, Field(ge=1, le=100_000)] = 1
    input_tokens: Tokens = 1024
    output_tokens: Tokens = 512
    weights: Annotated[tuple[str, ...], Field(strict=False)] = ()
    """Weight formats admitted; empty means 8 bits or better, or as published."""
    kv: Annotated[tuple[str, ...], Field(strict=False)] = ("bf16",)
    duty: Share = 0.5
    """Share of the hours in which the build is busy at its sustained throughput."""
    targets: Targets = Targets()


class Finance(Record):
    """Money assumptions. Rates are per year unless named otherwise."""

    horizon_years: Annotated[float, Field(gt=0, le=15)] = 3.0
    price_point: PricePoint = "typical"
    prices_as_of: Day | None = None
    discount_rate: Annotated[float, Field(ge=0, le=1)] = 0.0624
    electricity_escalation: Annotated[float, Field(ge=-0.5, le=1)] = 0.0166
    sales_tax: Share = 0.0
    shipping: Share = 0.0
    home_currency: Currency = "USD"
    import_duty: Share = 0.0
    """Share of the price paid at the border for what is offered in another currency."""
    installation_usd: Usd = 0.0
    spares: Share = 0.0
    """Spare parts on the shelf, as a share of every part bought: paid at the start, sold at the
    end."""
    service_escalation: Annotated[float, Field(ge=-0.5, le=1)] = 0.0
    """Yearly rise of support, upkeep, licences, staff, space and colocation."""
    failure_growth: Annotated[float, Field(ge=0, le=1)] = 0.1
    """Yearly rise of failure rates with age, from the rate of the condition bought."""
    licences: Slugs = ()
    """Software licences of the catalog that every accelerator they cover needs."""
    staff_usd_per_node_year: Usd = 0.0
    decommissioning_usd_per_node: Usd = 0.0
    """Removal, wiping of drives and disposal, at the end."""
    financing: Literal["cash", "loan", "lease"] = "cash"
    loan_rate: Annotated[float, Field(ge=0, le=1)] = 0.08
    """Per year; a twelfth is due each month."""
    loan_years: Annotated[float, Field(gt=0, le=15)] | None = None
    """Time of equal monthly instalments; ``null``: the whole months of the horizon."""
    loan_share: Share = 1.0
    """Part of the purchase that is borrowed."""
    lease_per_month: Annotated[float, Field(gt=0, le=1)] = 0.03
    """Monthly payment over the price of leased parts, which go back at the end of the horizon."""
    price_correlation: Share = 0.5
    """How far prices of one class of parts rise and fall together, where prices are sampled."""


FINANCE_KEYS = {
    "horizon": "horizon_years",
    "price_point": "price_point",
    "prices_as_of": "prices_as_of",
    "discount_rate": "discount_rate",
    "electricity_escalation": "electricity_escalation",
    "service_escalation": "service_escalation",
    "sales_tax": "sales_tax",
    "shipping": "shipping",
    "home_currency": "home_currency",
    "import_duty": "import_duty",
    "installation": "installation_usd",
    "spares": "spares",
    "failure_growth": "failure_growth",
    "licences": "licences",
    "staff": "staff_usd_per_node_year",
    "decommissioning": "decommissioning_usd_per_node",
    "financing": "financing",
    "loan_rate": "loan_rate",
    "loan_years": "loan_years",
    "loan_share": "loan_share",
    "lease_per_month": "lease_per_month",
    "price_correlation": "price_correlation",
}
"""Key that people write -> field of :class:`Finance`."""


class Owned(Record):
    """Parts already on the shelf: free to use, limited in number."""

    id: Slug
    quantity: Annotated[int, Field(ge=1, le=10_000)]
    condition: Literal["new", "refurbished", "used"] = "used"
    resale_usd: Usd | None = None
    """What one would fetch if the build does not use it; ``null`` where nobody said."""


class Policy(Record):
    """What the buyer accepts."""

    budget_usd: Usd | None = None
    max_tco_usd: Usd | None = None
    conditions: Annotated[tuple[Condition, ...], Field(strict=False, min_length=1)] = (
        "new",
        "refurbished",
        "used",
    )
    """Conditions accepted. A small part that nobody offers in any of them is bought new."""
    accelerators: Slugs = ()
    """Only these; empty means any."""
    exclude: Slugs = ()
    """Component ids or platform kinds never used."""
    engines: Slugs = ("vllm",)
    max_price_age_months: Annotated[int, Field(ge=1, le=600)] = 24
    """Older prices of accelerators, and of platforms that hold them, are not used."""
    speed_basis: Literal["calibrated", "roofline"] = "calibrated"
    """The weakest ground for a speed that is accepted from accelerators the request does not name.

    ``calibrated``: the engine and the generation were among the measurements; ``roofline``: any.
    An optimiser is drawn to whatever is predicted too well, so bare rooflines must be asked for.
    """
    price_ground: Literal["published", "estimated"] = "published"
    """What the prices of accelerators, and of platforms that hold them, may rest on.

    It is about what the request does not name: a named accelerator may be priced by judgement.
    ``published``: somebody asked or paid them; ``estimated``: the catalog's own judgement too.
    Small parts may always be priced by judgement; every such line is marked.
    """
    max_nodes: Annotated[int, Field(ge=1, le=64)] = 2
    memory_per_vram: NonNegative = 1.0
    """System memory over accelerator memory, per node."""
    storage_per_weights: NonNegative = 2.0
    """Local storage over the size of the weights, per node, beside ``storage_base_gb``."""
    storage_base_gb: Count = 500
    psu_headroom: Annotated[float, Field(ge=0, le=1)] = 0.1
    """Part of the supplies' capacity kept free at peak."""
    psu_redundancy: Redundancy = "none"
    """What supplies and circuits must survive: nothing, any one supply of each node (``n+1``), or
    the loss of a whole feed (``2n``: half of each node's supplies hang on either)."""
    power_cap: Literal["auto", "off"] | Annotated[int, Field(ge=30, le=5000)] = "auto"
    """Watts per accelerator: chosen with the build (``auto``), always the TDP (``off``), or fixed.

    Only accelerators whose speed under a cap was measured on their kind are capped.
    """
    ups: bool = False
    """Ask for an uninterruptible supply rated for the build's peak, in watts and VA."""
    ups_minutes: Annotated[float, Field(ge=0, le=1440)] = 0
    """Minutes that it must bridge at the build's peak; 0: as long as its battery lasts."""
    owned: Annotated[tuple[Owned, ...], Field(strict=False)] = ()


class Request(Record):
    """Everything that decides an answer, with every default filled in."""

    workloads: Annotated[tuple[Workload, ...], Field(strict=False, min_length=1, max_length=8)]
    site: Site
    finance: Finance = Finance()
    policy: Policy = Policy()
    objective: ObjectiveName
