"""What becomes of parts already owned: what to keep, what to add, what to sell."""

from __future__ import annotations

from optimizer.report.quantity import amount
from optimizer.report.style import TIMES, Style, clean, wrap
from optimizer.schema.build import Build


def render_shelf(build: Build, style: Style) -> list[str]:
    """Three lines at most; none where nothing is owned."""
    if not build.shelf:
        return []
    kept = [f"{s.kept:,} {TIMES} {clean(s.name)}" for s in build.shelf if s.kept]
    bought = [b for b in build.bill_of_materials if not b.included and b.condition != "owned"]
    added = [f"{b.quantity:,} {TIMES} {clean(b.name)}" for b in bought]
    rows = [("Keep", kept or ["nothing"]), ("Add", added or ["nothing"])]
    left = [s for s in build.shelf if s.left]
    if left:
        rows.append(("Sell", [_sold(s.left, clean(s.name), s.resale_usd) for s in left]))
    lines = [style.title("Parts on your shelf")]
    for head, parts in rows:
        text = wrap(", ".join(parts), style.width - 8)
        lines += [f"  {head:<6}{text[0]}", *(" " * 8 + more for more in text[1:])]
    return lines


def _sold(count: int, name: str, usd: float | None) -> str:
    price = "no resale value given" if usd is None else f"for about ${amount(usd)}"
    return f"{count:,} {TIMES} {name} ({price})"
