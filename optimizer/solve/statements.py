"""The numbers that clash, in words: what is asked of a limit, and the best that any build does."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.instance.wiring import circuit_label
from optimizer.model.rules import RULES
from optimizer.schema.build import Build, LimitUse
from optimizer.schema.request import Request
from optimizer.solve import knobs
from optimizer.solve.knobs import value_at

MIB_PER_GIB = 1024
TIMES = "\N{MULTIPLICATION SIGN}"
OTHERS = "all else that is asked"
GIVEN = {
    "lanes": "the PCIe lanes, slots and drive bays that boards have",
    "memory": "the system memory asked for",
    "storage": "disks that hold the weights",
    "psu": "the load that power supplies carry",
    "stock": "the units that offers and the shelf hold",
    "circuits": "the circuits",
    "outlets": "the outlets",
    "targets": "the service targets",
}
"""A rule after *with*, where its numbers have no words of their own."""
PIVOTS = (
    "vram",
    "targets",
    "memory",
    "storage",
    "lanes",
    "psu",
    "ups",
    "stock",
    "rack",
    "noise",
    "cooling",
    "circuits",
    "outlets",
    "lifetime-cost",
    "budget",
)
"""Of which limit a conflict's sentence speaks first; a rule that is not named comes last."""


@dataclass(frozen=True, slots=True)
class Words:
    """One limit in words: ``asked; with ..., best``, and ``given`` after a *with*."""

    asked: str
    best: str
    given: str


def usd(value: float) -> str:
    """``$56,568``."""
    return f"${value:,.0f}"


def kw(watts: float) -> str:
    """``850 W`` or ``2.61 kW``."""
    return f"{watts:,.0f} W" if watts < 1000 else f"{watts / 1000:,.2f} kW"


def plain(value: float) -> str:
    """A number with as many digits as matter."""
    if float(value).is_integer() or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:,.4g}"


def words(request: Request, path: str, needed: float) -> Words:
    """A limit that is one number: what is asked and the best that any build does."""
    asked = float(value_at(request, path) or 0)
    years = f"{request.finance.horizon_years:g} years"
    n, a = plain(needed), plain(asked)
    table = {
        knobs.BUDGET: (
            f"the budget is {usd(asked)}",
            f"no build costs less than {usd(needed)}",
            f"the budget of {usd(asked)}",
        ),
        knobs.MAX_TCO: (
            f"the TCO may be at most {usd(asked)} over {years}",
            f"no build has a TCO below {usd(needed)}",
            f"a TCO of {usd(asked)} over {years}",
        ),
        knobs.HEAT: (
            f"the room removes {kw(asked)} of heat",
            f"no build gives less than {kw(needed)} to the air",
            f"{kw(asked)} of heat removal",
        ),
        knobs.LIQUID: (
            f"the water loop removes {kw(asked)} of heat",
            f"no build gives it less than {kw(needed)}",
            f"{kw(asked)} of heat removal by liquid",
        ),
        knobs.AIRFLOW: (
            f"{a} CFM of air pass the machines",
            f"no build makes do with less than {n} CFM",
            f"{a} CFM of air",
        ),
        knobs.INLET: (
            f"the air comes at {a} °C",
            f"no build bears more than {n} °C at this altitude",
            f"air at {a} °C",
        ),
        knobs.FLOOR: (
            f"the floor bears {a} kg/m²",
            f"no build asks less of it than {n} kg/m²",
            f"a floor that bears {a} kg/m²",
        ),
        knobs.NOISE: (
            f"the site allows {a} dB(A) at 1 m",
            f"no build is quieter than {n} dB(A)",
            f"{a} dB(A) of noise",
        ),
        knobs.RACK_UNITS: (
            f"the rack has {a} U",
            f"no build takes less than {n} U",
            f"{a} U of rack",
        ),
        knobs.RACK_DEPTH: (
            f"the rack is {a} mm deep",
            f"no build with its cables is shallower than {n} mm",
            f"a rack {a} mm deep",
        ),
        knobs.RACK_LOAD: (
            f"the rack bears {a} kg",
            f"no build weighs less than {n} kg",
            f"a rack that bears {a} kg",
        ),
        knobs.MIN_TOK_S: (
            f"{a} tok/s are asked for",
            f"no build gives more than {n} tok/s",
            f"{a} tok/s",
        ),
        knobs.MIN_USER: (
            f"each user is to get at least {a} tok/s",
            f"no build gives each user more than {n} tok/s",
            f"{a} tok/s for each user",
        ),
        knobs.MAX_TTFT: (
            f"the first token is to come within {a} s",
            f"no build takes less than {n} s",
            f"a first token within {a} s",
        ),
    }
    return Words(*table[path])


def memory_words(request: Request, llm: str, build: Build) -> Words:
    """The accelerators' memory, against the build that comes nearest to it."""
    used, memory = build.deployment, build.memory
    cards = used.accelerators_per_node * build.nodes
    need = memory.weights_mib + memory.kv_cache_mib + memory.activations_mib + memory.runtime_mib
    gib = [n * cards / MIB_PER_GIB for n in (need, memory.weights_mib, memory.usable_mib)]
    work = request.workloads[0]
    users = "1 user" if work.concurrency == 1 else f"{work.concurrency:,} users"
    served = f"{users} at {work.context:,} tokens"
    # Each replica holds the weights again, and a reader who knows their size would wonder.
    copies = f" in {used.replicas} replicas" if used.replicas > 1 else ""
    names = {line.id: line.name for line in build.bill_of_materials}
    name = names.get(used.accelerator, used.accelerator)
    return Words(
        f"{llm} with {used.weight_format.upper()} weights and {served} needs "
        f"{plain3(gib[0])} GiB of accelerator memory{copies}, "
        f"{plain3(gib[1])} GiB of it for the weights",
        f"the nearest, {cards} {TIMES} {name}, has {plain3(gib[2])} GiB to use",
        f"room for {llm}",
    )


def plain3(value: float) -> str:
    """About three digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:,.3g}"


def circuit_words(request: Request, needed_w: float, allowed_w: float) -> Words:
    """The circuits, where not even their sum carries a build."""
    return Words(
        f"the circuits ({_circuits(request)}) carry {kw(allowed_w)} for hours",
        f"no build draws less than {kw(needed_w)} at the wall",
        f"circuits that carry {kw(allowed_w)}",
    )


def lost_supply_words(redundancy: str) -> Words:
    """Supplies of which some may fail: a node of the nearest build would have none left."""
    lost = "any one power supply" if redundancy == "n+1" else "a whole feed"
    return Words(
        f"every node is to go on when {lost} is lost ({redundancy})",
        "the build that comes nearest has a node that would be left without power",
        f"nodes that go on when {lost} is lost",
    )


def circuit_use_words(request: Request, use: LimitUse) -> Words:
    """One circuit that the cheapest build without the limit overloads."""
    return Words(
        f"the circuits ({_circuits(request)}) must each carry what hangs on it, for hours",
        f"the cheapest build without this limit asks {kw(use.used)} of {use.scope}, "
        f"which carries {kw(use.available)}",
        f"the circuits ({_circuits(request)})",
    )


def ups_words(request: Request, use: LimitUse | None, amps: float | None) -> Words:
    """An uninterruptible supply, where none serves; ``amps``: the least plug the catalog has."""
    minutes = request.policy.ups_minutes
    length = f" that bridges {plain(minutes)} minutes at peak" if minutes else ""
    kind = f"an uninterruptible supply{length}"
    draws = "" if use is None else f"; the cheapest build without one draws {kw(use.used)}"
    most = max(c.amps for c in request.site.circuits)
    plugs = ""
    if amps is not None and amps > most:
        plugs = (
            f"; those in the catalog for this voltage need a circuit of {plain(amps)} A or more,"
            f" and the site has {_circuits(request)}"
        )
    return Words(f"{kind} is asked for", f"no build has one{draws}{plugs}", kind)


def _circuits(request: Request) -> str:
    """The circuits of the site in a row."""
    labels = [
        (f"{c.count} {TIMES} " if c.count > 1 else "") + circuit_label(c)
        for c in request.site.circuits
    ]
    return ", ".join(labels)


def feed_words(request: Request, use: LimitUse) -> Words:
    """A feed that must carry all when the other is lost, and cannot."""
    name = use.scope.removesuffix(" alone")
    return Words(
        f"of the circuits ({_circuits(request)}) either feed must carry all when the other is "
        f"lost, and {use.scope} carries {kw(use.available)} for hours",
        f"the build that comes nearest draws {kw(use.used)}: {name} fails",
        f"{name} carrying {kw(use.available)} when the other is lost",
    )


def outlet_words(use: LimitUse) -> Words:
    """Outlets that take the supplies' cords, by the cheapest build without the limit."""
    return Words(
        f"the site's circuits have outlets for {plain(use.available)} power supplies",
        f"the cheapest build without this limit has {plain(use.used)}",
        f"outlets for {plain(use.available)} power supplies",
    )


def stock_words(use: LimitUse, name: str) -> Words:
    """Units of a part, at a price or on the shelf, by the cheapest build without the limit."""
    units = f"{plain(use.available)} {TIMES} {name}"
    if use.scope.endswith(":owned"):
        held = f"the shelf holds {units}"
        given = f"the {units} on the shelf"
    else:
        held = f"offers hold {units}"
        given = f"the {units} on offer"
    return Words(held, f"the cheapest build without this limit uses {plain(use.used)}", given)


def psu_words(request: Request, use: LimitUse, volts: int) -> Words:
    """Power supplies against the load of a node, by the cheapest build without the limit."""
    lost = {"n+1": " with any one of them lost", "2n": " with a whole feed lost"}
    when = f"at {volts} V{lost.get(request.policy.psu_redundancy, '')}"
    gives = f"deliver nothing {when}"
    if not use.available and request.policy.psu_redundancy == "none":
        gives += ", and want circuits of a higher voltage (--circuit or --new-circuits)"
    if use.available:
        span = " for milliseconds" if use.scope.endswith("milliseconds") else ""
        gives = f"deliver {kw(use.available)} {when}, and a node asks {kw(use.used)}{span}"
    return Words(
        "power supplies are to carry the peak load of each node",
        f"those of the cheapest build without this limit {gives}",
        GIVEN["psu"],
    )


def bare_words(request: Request, rule: str, path: str | None) -> Words:
    """A limit of which the best that any build does was not worked out in time."""
    own = use_words(rule, None) if path is None else words(request, path, 0)
    return Words(own.asked, "no build keeps to it", own.given)


def use_words(rule: str, use: LimitUse | None) -> Words:
    """Any other rule, by what the cheapest build without it uses."""
    statement = next((r.statement for r in RULES if r.name == rule), rule)
    given = GIVEN.get(rule, f"the rule that {statement}")
    if use is None:
        return Words(statement, "no build does", given)
    needed, held = (f"{plain(n)} {use.unit}".rstrip() for n in (use.used, use.available))
    return Words(
        statement,
        f"the cheapest build without this limit needs {needed} and has {held} ({use.scope})",
        given,
    )


@dataclass(frozen=True, slots=True)
class Told:
    """A member of a conflict in words; ``others_hold``: its best keeps every other limit too."""

    rule: str
    words: Words
    others_hold: bool


def sentence(members: list[Told], request: Request) -> str:
    """One conflict in one sentence, about the member that people ask for first."""
    if not members:
        return ""
    order = {name: at for at, name in enumerate(PIVOTS)}
    pivot = min(members, key=lambda m: order.get(m.rule, len(PIVOTS)))
    given = [m.words.given for m in members if m is not pivot]
    if pivot.rule in ("vram", "targets"):
        most = request.policy.max_nodes
        given.append("1 node" if most == 1 else f"at most {most} nodes")
    if pivot.others_hold:
        given.append(OTHERS)
    elif request.policy.accelerators:
        given.append(_named(request))
    asked, best = pivot.words.asked, pivot.words.best
    if pivot.rule != "vram":  # which begins with the LLM's name, written as it is
        asked = asked[0].upper() + asked[1:]
    if not given:
        return f"{asked}; whatever else is asked, {best}."
    listed = ", ".join(given[:-1]) + (" and " if given[:-1] else "") + given[-1]
    return f"{asked}; with {listed}, {best}."


def statement(own: Words, request: Request, alone: bool, others_hold: bool) -> str:
    """One member: what is asked, and the best once the others of the conflict, or all, hold."""
    held = "with the other limits of this conflict"
    if others_hold:
        held = f"with {OTHERS}"
    elif alone:
        named = request.policy.accelerators
        held = f"with {_named(request)}" if named else "whatever else is asked"
    return f"{own.asked}; {held}, {own.best}"


def _named(request: Request) -> str:
    """What no conflict gives up: the choice of accelerators."""
    return f"the accelerator{'s' * (len(request.policy.accelerators) > 1)} named"
