"""Markdown that can be pasted into an issue: headline, bill of materials, TCO, grounds.

Names from data are plain text there: no markup, no links but to web addresses, no mentions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from optimizer.catalog.catalog import Catalog
from optimizer.report import quantity as q
from optimizer.report.answer import goal_text, headline, question_parts
from optimizer.report.infeasible import conflict_title, paste
from optimizer.report.limit_names import limit_name
from optimizer.report.limits import TIGHT, rows_of
from optimizer.report.purchase import SHELF, Purchase, purchase_groups
from optimizer.report.style import TIMES, clean, clip
from optimizer.report.tables import Cell, bill_records, cost_lines
from optimizer.schema.build import Build, Result
from optimizer.schema.explanation import Conflict, Explanation

LONGEST = 160
SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~$])")
AMPERSAND = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def plain(text: object) -> str:
    """Text from data as Markdown that shows it as it is: escaped, on one line, nobody mentioned."""
    short = clip(clean(text), LONGEST)
    entities = "".join(AMPERSAND.get(ch, ch) for ch in short)
    escaped = SPECIAL.sub(r"\\\1", entities)
    return re.sub(r"(?i)(@)(?=\w)|(://)|(www)(?=\.)", _spaced, escaped)


def _spaced(found: re.Match[str]) -> str:
    """What would become a mention or a link by itself, with a space that stops it."""
    return {"@": "@ ", "://": ": //"}.get(found[0], f"{found[0]} ")


def link(text: object, url: Cell) -> str:
    """A link where the address is one, else the text alone."""
    if not isinstance(url, str):
        return plain(text)
    return f"[{plain(text)}]({quote(url, safe=':/?#@!$&*+,;=%~-._')})"


def answer_markdown(result: Result, catalog: Catalog) -> str:
    """The answer in short."""
    names = {e.id: e.name for e in (*catalog.llms.values(), *catalog.engines.values())}
    lines = [f"**{plain(' · '.join(question_parts(result, names)))}**", ""]
    build = result.build
    if build is not None:
        sentence, status = headline(result)
        lines += [f"{plain(sentence)} ({status}). {plain(goal_text(result))}.", ""]
        lines += [*_bill(build, catalog), "", *_limits(build), "", *_costs(build, result), ""]
        command = clean(build.deployment.launch_command)
        fence = "`" * (max((len(run) for run in re.findall(r"`+", command)), default=2) + 1)
        fence = max(fence, "```", key=len)
        lines += ["Serve with", "", f"{fence}sh", command, fence, ""]
    elif result.explanation is not None and result.status == "infeasible":
        lines += ["No build satisfies this request (proven infeasible).", ""]
        lines += _explained(result.explanation)
    else:
        lines += ["No build was found in time, and none is proven impossible.", ""]
    lines += [f"- {plain(text)}" for text in (*result.warnings, *result.notes)]
    known = result.provenance
    lines += ["", f"Catalog {plain(known.catalog_date)}, sha256 {plain(known.catalog_sha256)}"]
    return "\n".join(lines) + "\n"


def _explained(found: Explanation) -> list[str]:
    """Every conflict with its limits, and what to paste."""
    lines: list[str] = []
    conflicts = found.conflicts or (
        Conflict(sentence="", items=found.conflict, irreducible=found.irreducible),
    )
    for conflict in conflicts if found.conflict else ():
        lines += [f"{plain(conflict_title(conflict))}.", ""]
        lines += [
            f"- {plain(limit_name(i.rule, i.path))}: {plain(i.statement)}" for i in conflict.items
        ]
        lines += [""]
    if found.repairs:
        lines += ["Smallest changes, each alone:", ""]
        lines += [f"- {_code(paste(r))}" for r in found.repairs] + [""]
    if found.combined is not None and len(found.combined.changes) > 1:
        flags = " ".join(paste(change) for change in found.combined.changes)
        lines += ["Least to give up, these together:", "", f"- {_code(flags)}", ""]
    return lines


def _code(text: str) -> str:
    return f"`{clip(clean(text), LONGEST).replace('`', chr(39))}`"


def _table(
    heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[bool]
) -> list[str]:
    marks = ["---:" if number else "---" for number in numbers]
    lines = [heads, marks, *rows]
    return [f"| {' | '.join(cells)} |" for cells in lines]


def _bill(build: Build, catalog: Catalog) -> list[str]:
    rows = []
    for record in bill_records(build, catalog):
        if record["included"]:
            name = f"… {plain(record['name'])}"
            rows.append((name, f"{record['quantity']:,}", "included", "", "", ""))
            continue
        seen = plain(record["seen"] or "") + (" (estimate)" if record["estimated"] else "")
        rows.append(
            (
                plain(record["name"]),
                f"{record['quantity']:,}",
                f"{record['total_usd']:,.2f}",
                str(record["condition"]),
                link(record["vendor"], record["url"]) if record["vendor"] else "",
                seen,
            )
        )
    total = sum(line.total_usd for line in build.bill_of_materials)
    rows.append(("**Total**", "", f"**{total:,.2f}**", "", "", ""))
    heads = ("Bill of materials", "qty", "total $", "condition", "price of", "seen")
    return _table(heads, rows, (False, True, True, False, False, False))


def _limits(build: Build) -> list[str]:
    rows = [
        (plain(r.label), f"{r.used} of {r.available} {plain(r.unit)}", q.percent(r.share))
        for r in rows_of(build)
        if r.share >= TIGHT
    ]
    if not rows:
        return ["No limit is tight."]
    return _table(("Tight limits", "used", "share"), rows, (False, True, True))


def _costs(build: Build, result: Result) -> list[str]:
    rows = [(plain(item), f"{usd:,.2f}") for item, usd in cost_lines(build)]
    rows.append(("**TCO**", f"**{build.costs.tco_usd:,.2f}**"))
    years = result.request.finance.horizon_years
    return _table((f"Cost over {years:.3g} years", "$"), rows, (False, True))


def purchase_markdown(result: Result, catalog: Catalog) -> str:
    """A list to tick off, vendor by vendor."""
    groups = purchase_groups(result, catalog)
    if not groups:
        return "Nothing to buy: there is no build.\n"
    bought = sum(group.total_usd for group in groups)
    lines = [f"# Purchase list, ${bought:,.2f}", ""]
    for group in groups:
        lines += [*_group(group), ""]
    day = plain(result.provenance.catalog_date)
    lines.append(f"Prices as seen on the days given; catalog {day}. Ask before you buy.")
    return "\n".join(lines) + "\n"


def _group(group: Purchase) -> list[str]:
    owned = group.vendor == SHELF
    title = plain(group.vendor).capitalize() if owned else plain(group.vendor)
    lines = [f"## {title}" if owned else f"## {title}, ${group.total_usd:,.2f}", ""]
    for record in group.records:
        text = f"- [ ] {record['quantity']:,} {TIMES} {link(record['name'], record['url'])}"
        if not owned:
            text += f", {record['condition']}, ${record['unit_price_usd']:,.2f} each"
            text += f", ${record['total_usd']:,.2f}"
            text += f", seen {plain(record['seen'])}" if record["seen"] else ""
        lines.append(text)
    return lines
