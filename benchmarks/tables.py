"""Write the tables of docs/performance.md from the newest results that are kept.

    python benchmarks/tables.py

Everything between the two marks in the page is replaced; `charts.py` draws the same results.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.charts import WAYS, newest

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- made by benchmarks/tables.py -->", "<!-- end -->"
TIMES = "\N{MULTIPLICATION SIGN}"
Row = dict[str, Any]


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """A table in Markdown."""
    names = list(head)
    lines = [names, ["---"] * len(names), *map(list, rows)]
    return ["| " + " | ".join(line) + " |" for line in lines]


def seconds(value: float) -> str:
    """Three figures at most."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}" if value >= 1 else f"{value:.3f}"


def about(document: Row, what: str) -> list[str]:
    """Where and when."""
    load, unit = document["load"][0], document["import_cp_model"]
    text = (
        f"{what}, measured on {document['date']}: {document['cores']} cores, Python "
        f"{document['python']}, ortools {document['ortools']}, load {load:.0f} at the end; the "
        f"import took {unit['cpu_s']:.2f} CPU seconds ({unit['wall_s']:.2f} of wall time)."
    )
    return [text, ""]


def flagship() -> list[str]:
    """The question of the README."""
    document = newest("flagship")
    rows = (
        (f"`{r['flags']}`", r["status"] or "", seconds(r["wall_s"]), f"{r['wall_s_ratio']:.1f}",
         seconds(r["cpu_s"]), f"{r['cpu_s_ratio']:.1f}", str(r["peak_mib"]))
        for r in document["rows"]
    )  # fmt: skip
    head = ("flags", "ends", "wall s", "ratio", "CPU s", "ratio", "peak MiB")
    return [*about(document, "Flagship question"), *table(head, rows)]


def catalogs(document: Row) -> list[str]:
    """Reading, by the size of the catalog."""
    firsts = {r["scale"]: r for r in document["rows"]}
    loads = {r["scale"]: r for r in document["rows"] if "stages" in r}
    rows = (
        (f"{TIMES}{scale}", f"{r['components']:,}", seconds(r["first_reading_s"]),
         str(r["first_reading_peak_mib"]),
         seconds(loads[scale]["stages"]["load"]) if scale in loads else "")
        for scale, r in firsts.items()
    )  # fmt: skip
    head = ("catalog", "components", "first reading, CPU s", "peak MiB", "later readings, CPU s")
    return table(head, rows)


def answers(document: Row) -> list[str]:
    """Whole processes, by question and size."""
    scales = sorted({r["scale"] for r in document["rows"]})
    cells = {(r["site"], r["asked"], r["scale"]): r for r in document["rows"]}
    unit = document["import_cp_model"]["cpu_s"]

    def cell(row: Row | None) -> str:
        if row is None:
            return ""
        if "cpu_s" not in row:
            return str(row["status"])
        proof = "" if row["status"] in ("optimal", "infeasible") else f", {row['status']}"
        figures = f"{seconds(row['cpu_s'])} s, {row['cpu_s'] / unit:.1f}, {row['peak_mib']} MiB"
        return figures + proof

    asked = dict.fromkeys((r["site"], r["asked"]) for r in document["rows"])
    rows = ((s, o, *(cell(cells.get((s, o, n))) for n in scales)) for s, o in asked)
    return table(("site", "objective", *(f"{TIMES}{n}" for n in scales)), rows)


def versus(document: Row) -> list[str]:
    """One case several ways: CPU seconds with building, times those of the search."""

    def cell(row: Row, way: str) -> str:
        solve, build = row[f"{way}_solve_s"], row[f"{way}_build_s"]
        if solve is None:
            return f"no proof in {row['limit_s']:g}"
        taken, search = solve + build, row["search_solve_s"]
        if way == "search" or search is None:
            return seconds(taken)
        return f"{seconds(taken)} ({taken / search:.1f})"

    rows = (
        (f"{TIMES}{r['scale']}", r["question"], str(r["nodes"]), r["objective"], str(r["layouts"]),
         *(cell(r, way) for way in WAYS))
        for r in document["rows"]
    )  # fmt: skip
    return table(("catalog", "question", "nodes", "objective", "layouts", *WAYS.values()), rows)


def medians(document: Row) -> list[str]:
    """How many times the search each way takes, in the median over all that it ended with."""
    rows = []
    for scale in sorted({r["scale"] for r in document["rows"]}):
        mine = [r for r in document["rows"] if r["scale"] == scale and r["search_solve_s"]]
        cells = []
        for way in list(WAYS)[1:]:
            ended = [r for r in mine if r[f"{way}_solve_s"] is not None]
            ratios = [
                (r[f"{way}_solve_s"] + r[f"{way}_build_s"]) / r["search_solve_s"] for r in ended
            ]
            median = f"{statistics.median(ratios):.1f}" if ratios else "none"
            cells.append(f"{median} ({len(ended)} of {len(mine)} ended)")
        rows.append((f"{TIMES}{scale}", *cells))
    return table(("catalog", *list(WAYS.values())[1:]), rows)


def main() -> int:
    """Rewrite the page; the exit status is 0."""
    scale, ways = newest("scale"), newest("versus")
    lines = [
        *flagship(),
        "",
        *about(scale, "Answers over growing catalogs"),
        *catalogs(scale),
        "",
        "CPU seconds of the whole process, times those of the import, and peak memory:",
        "",
        *answers(scale),
        "",
        *about(ways, "Side by side"),
        "CPU seconds to the proof, building included, and in brackets times those of the search:",
        "",
        *versus(ways),
        "",
        "Medians of these ratios, over the cases that ended with a proof:",
        "",
        *medians(ways),
    ]
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n" + "\n".join(lines) + f"\n\n{END}{after}", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
