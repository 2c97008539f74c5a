"""Time, seed, workers and the stop flag of one request, shared by all its solves."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import FrameType
from typing import Any

from optimizer.model.build import Formulation
from optimizer.solve.engine import EngineOptions, EngineResult, run

AT_ONCE_S = 0.3
"""How long a solve may keep Ctrl-C waiting: most take a hundredth of it, and a thread as long."""
ONE_WORKER_S = 3.0
"""How long a single worker may try before a portfolio takes over."""
PORTFOLIO = 8


class OutOfTime(Exception):
    """Raised where work stops because time ran out or the user interrupted."""


@dataclass(slots=True)
class Clock:
    """Time left, seed, workers, and the stop flag, shared by all solves of one request."""

    time_limit_s: float
    workers: int | None = None
    seed: int = 0
    stop: threading.Event = field(default_factory=threading.Event)
    started: float = field(default_factory=time.monotonic)
    log: Callable[[str], None] | None = None

    def left(self) -> float:
        """Seconds left, at least zero."""
        return max(0.0, self.started + self.time_limit_s - time.monotonic())

    @property
    def over(self) -> bool:
        """True when time ran out or the user interrupted."""
        return self.stop.is_set() or self.left() <= 0

    def check(self) -> None:
        """Raise OutOfTime when there is no time left."""
        if self.over:
            raise OutOfTime

    def solve(self, formulation: Formulation, hint: list[int] | None = None) -> EngineResult:
        """One solve. Without a number of workers asked for: one first, then a portfolio.

        On easy instances eight workers on two cores cost several times one; on a hard packing a
        single worker may never finish the proof.
        """
        model = formulation.model
        if self.over:
            return EngineResult("unknown", None, None, None)
        if self.workers is not None:
            options = EngineOptions(self.left(), self.workers, self.seed, self.log)
            return run(model, options, hint=hint, stop=self.stop)
        quick = EngineOptions(min(AT_ONCE_S, self.left()), 1, self.seed, self.log, light=True)
        result = run(model, quick, hint=hint)
        if result.status in ("optimal", "infeasible") or self.over:
            return result
        quick = replace(quick, time_limit_s=min(ONE_WORKER_S, self.left()), light=False)
        result = run(model, quick, hint=result.values or hint, stop=self.stop)
        if result.status in ("optimal", "infeasible") or self.over:
            return result
        long = EngineOptions(self.left(), PORTFOLIO, self.seed, self.log)
        again = run(model, long, hint=result.values or hint, stop=self.stop)
        return again if _rank(again) <= _rank(result) else result


def _rank(result: EngineResult) -> tuple[int, int]:
    order = {"optimal": 0, "infeasible": 0, "feasible": 1, "unknown": 2}
    return order[result.status], result.objective if result.objective is not None else 0


@contextmanager
def interruptible(clock: Clock) -> Iterator[None]:
    """Ctrl-C asks the solve to stop and keep what it has; a second one stops at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)

    def ask(_number: int, _frame: FrameType | None) -> None:
        if clock.stop.is_set():
            raise KeyboardInterrupt
        clock.stop.set()

    previous: Any = before if before is not None else signal.SIG_DFL
    signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
