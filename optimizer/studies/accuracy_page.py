"""The generated parts of docs/accuracy.md: tables of errors and bands, and a chart of both axes."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from optimizer.errors import InputError
from optimizer.schema.calibration import Band, Calibration, LeftError
from optimizer.studies.calibrate import Fitted, kind_of, speed_ratios, table_measure
from optimizer.studies.fit import Vector
from optimizer.studies.rows import Measured

KINDS = {"dense": "dense", "moe": "experts", "all": "all"}


def fill_page(page: str, found: Fitted, total: int) -> str:
    """The page with its marked parts made anew. Raises InputError when a mark is missing."""
    parts = {
        "errors": errors_table(found.calibration.errors),
        "targets": targets_table(found),
        "groups": groups_table(found),
        "bands": bands_table(found.calibration),
        "rows": f"Of {total:,} rows, {len(found.rows):,} served the fit.",
    }
    for name, text in parts.items():
        mark = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        if not mark.search(page):
            raise InputError(f"the page has no part '{name}'")
        page = mark.sub(lambda m, text=text: f"{m[1]}{text}\n{m[2]}", page)  # type: ignore[misc]
    return page


def errors_table(errors: Sequence[LeftError]) -> str:
    """Errors by measure: mean, median and 90th percentile, fitted and held out."""
    lines = ["| measure | LLMs | rows | fitted | held out |", "|---|---|---:|---:|---:|"]
    for e in errors:
        inside = f"{e.mape_pct:g} / {e.median_pct:g} / {e.p90_pct:g} %"
        outside = f"{e.held_out_mape_pct:g} / {e.held_out_median_pct:g} / {e.held_out_p90_pct:g} %"
        lines.append(f"| {e.measure} | {KINDS[e.kind]} | {e.rows:,} | {inside} | {outside} |")
    return "\n".join(lines)


def bands_table(cal: Calibration) -> str:
    """Bands by what is predicted and what was measured."""
    heads = ("both measured", "engine not", "generation not", "neither")
    flags = ((True, True), (False, True), (True, False), (False, False))
    held: dict[str, dict[tuple[bool, bool], Band]] = defaultdict(dict)
    for band in cal.bands:
        held[band.measure][band.engine_seen, band.generation_seen] = band
    lines = [f"| predicted | {' | '.join(heads)} |", "|---|---:|---:|---:|---:|"]
    for measure, bands in held.items():
        cells = [_band_text(bands.get(flag)) for flag in flags]
        lines.append(f"| {measure} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _band_text(band: Band | None) -> str:
    if band is None:
        return "as measured"
    return f"\N{MINUS SIGN}{100 * band.low:.0f} / +{100 * band.high:.0f} %"


def targets_table(found: Fitted) -> str:
    """Held-out errors of what buyers ask about, by maker and class of accelerator."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, row in enumerate(found.rows):
        for key in _asked(row):
            groups[key].append(index)
    lines = [
        "| measure | accelerators | rows | median | p90 | held out: median | p90 |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for (measure, card), at in sorted(groups.items()):
        cells = [*_median_p90(found, at, found.predicted), *_median_p90(found, at, found.held_out)]
        lines.append(f"| {measure} | {card} | {len(at):,} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _asked(row: Measured) -> list[tuple[str, str]]:
    subject = row.job.subject
    card = "GeForce, workstation" if subject.card.id.startswith("rtx") else "data centre"
    measure = table_measure(row)
    if measure.endswith("throughput") or measure == "batch-1 decode":
        return [("output and decode tok/s", card)]
    if measure == "closed-loop TPOT":
        return [(measure, card)]
    return [("TTFT without a queue", card)] if measure == "static TTFT" else []


def _median_p90(found: Fitted, at: list[int], predicted: Vector) -> tuple[str, str]:
    value = np.array([found.rows[i].value for i in at])
    error = 100 * np.abs(predicted[at] / value - 1)
    return f"{np.median(error):.1f} %", f"{np.quantile(error, 0.9):.0f} %"


def groups_table(found: Fitted) -> str:
    """Held-out errors of each group with many rows: one LLM of one source."""
    groups: dict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(found.rows):
        if table_measure(row) != "closed-loop TTFT":
            groups[f"{row.job.subject.llm.id} | {row.job.subject.family}"].append(index)
    ratios = speed_ratios(found.rows, found.held_out)
    lines = [
        "| LLM | engine | rows | median | p90 | measured / predicted speed |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for name, at in sorted(groups.items()):
        if len(at) >= 15:
            cells = _median_p90(found, at, found.held_out)
            middle = f"{np.median(ratios[at]):.2f}"
            lines.append(f"| {name} | {len(at):,} | {cells[0]} | {cells[1]} | {middle} |")
    return "\n".join(lines)


SIZE, MARGIN = 480, 56
COLOURS = {"dense": "#1f6fb4", "moe": "#d1672b"}


def chart(found: Fitted) -> str:
    """Measured speed over predicted speed against predicted speed: held-out rows, as SVG."""
    points: dict[str, dict[tuple[float, float], None]] = defaultdict(dict)
    for row, predicted in zip(found.rows, found.held_out, strict=True):
        if row.slowness or table_measure(row).endswith("TTFT"):
            continue
        x, y = (_place(v) for v in (float(predicted), row.value))
        points[kind_of(row)][round(x, 0), round(SIZE - y, 0)] = None
    body = [_axis()]
    for kind, places in sorted(points.items()):
        dots = "".join(f'<circle cx="{x:g}" cy="{y:g}" r="2"/>' for x, y in places)
        body.append(f'<g fill="{COLOURS[kind]}" fill-opacity="0.45">{dots}</g>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" '
        f'font-family="sans-serif" font-size="12">\n'
        f"<title>Measured against predicted output and decode rates, held out</title>\n"
        + "\n".join(body)
        + "\n</svg>\n"
    )


LOW, HIGH = 10.0, 100_000.0


def _place(value: float) -> float:
    share = math.log(min(max(value, LOW), HIGH) / LOW) / math.log(HIGH / LOW)
    return MARGIN + share * (SIZE - MARGIN - 16)


def _axis() -> str:
    """Frame, decades, the diagonal and the lines of a quarter more and less."""
    lines = [f'<rect width="{SIZE}" height="{SIZE}" fill="#ffffff"/>', '<g stroke="#cccccc">']
    labels = []
    decade = LOW
    while decade <= HIGH:
        at = _place(decade)
        lines.append(
            f'<path d="M{at:.0f} 16V{SIZE - MARGIN}M{MARGIN} {SIZE - at:.0f}H{SIZE - 16}"/>'
        )
        labels.append(
            f'<text x="{at:.0f}" y="{SIZE - 38}" text-anchor="middle">{decade:,.0f}</text>'
        )
        labels.append(
            f'<text x="50" y="{SIZE - at + 4:.0f}" text-anchor="end">{decade:,.0f}</text>'
        )
        decade *= 10
    lines.append("</g>")
    for factor, dash in ((1.0, ""), (1.25, "4"), (0.8, "4")):
        a, b = _place(LOW), _place(HIGH / 1.25)
        up = [_place(LOW * factor), _place(HIGH / 1.25 * factor)]
        path = f"M{a:.0f} {SIZE - up[0]:.0f}L{b:.0f} {SIZE - up[1]:.0f}"
        lines.append(f'<path d="{path}" stroke="#555555" stroke-dasharray="{dash}" fill="none"/>')
    labels.append(
        f'<text x="{SIZE / 2}" y="{SIZE - 12}" text-anchor="middle">predicted, tok/s</text>'
    )
    middle = SIZE / 2
    labels.append(
        f'<text x="14" y="{middle}" text-anchor="middle" '
        f'transform="rotate(-90 14 {middle})">measured, tok/s</text>'
    )
    for kind, x in (("dense", 80), ("moe", 150)):
        name = "dense" if kind == "dense" else "experts"
        labels.append(f'<text x="{x}" y="30" fill="{COLOURS[kind]}">{name}</text>')
    return "\n".join([*lines, *labels])
