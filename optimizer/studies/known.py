"""What was measured of just the point that is asked, in place of what is predicted there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median

from optimizer.catalog.catalog import Catalog
from optimizer.catalog.measured import Run, Runs, Spot, Timed, shipped_runs
from optimizer.studies.subject import Subject

TAIL = 0.1
"""Share of repeated runs beyond each end of a measured band."""


class Known:
    """Measurements of one point. ``spread`` is how far repeated runs lie from their median."""

    def __init__(self, catalog: Catalog, subject: Subject, spot: tuple[int, int, int]) -> None:
        self._runs: Runs = shipped_runs(catalog)
        self._catalog = catalog
        layout = subject.layout
        self._spot: Spot | None = None
        if (layout.replicas, layout.data) == (1, 1):
            self._spot = Spot(
                subject.llm.id,
                subject.card.id,
                subject.family,
                subject.weights,
                subject.kv,
                layout.tensor,
                layout.pipeline,
                *spot,
            )

    def runs(self, metric: Timed) -> tuple[Run, ...]:
        """Runs of just this point."""
        return () if self._spot is None else self._runs.get((self._spot, metric), ())

    def seconds(self, metric: Timed) -> tuple[float, float, float] | None:
        """Median, and the band in which four of five repeated runs lie; None: never measured."""
        values = [run.seconds for run in self.runs(metric)]
        if not values:
            return None
        middle = median(values)
        low, high = spread(self._runs, metric)
        return middle, min(*values, middle * low), max(*values, middle * high)

    def remarks(self) -> Iterator[str]:
        """Which figures were measured, by whom, and when."""
        words: dict[Timed, str] = {"ttft": "first token", "tpot": "time per output token"}
        there = [metric for metric in words if self.runs(metric)]
        if not there:
            return
        runs = [run for metric in there for run in self.runs(metric)]
        days = sorted({run.date for run in runs})
        when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
        source = self._catalog.sources[runs[0].source]
        figures = " and ".join(words[metric] for metric in there)
        yield f"{figures} measured, {when}: {source.title}. {source.note or ''}".rstrip()


def spread(runs: Runs, metric: Timed) -> tuple[float, float]:
    """Ratios to the median of their point between which most repeated runs lie."""
    ratios = sorted(
        run.seconds / median(one.seconds for one in group)
        for (_, measured), group in runs.items()
        if measured == metric and len(group) > 1
        for run in group
    )
    return (_quantile(ratios, TAIL), _quantile(ratios, 1 - TAIL)) if ratios else (1.0, 1.0)


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[round(share * (len(ordered) - 1))]
