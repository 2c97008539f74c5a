"""Serving layouts on their way to deployments: with the memory they need, then with their speed."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

from optimizer.instance.caps import Cap, Figures
from optimizer.instance.layouts import Layout
from optimizer.instance.replica import ReplicaSpeed, Spread, Variant
from optimizer.physics import memory


def milli(tok_s: float) -> int:
    """Rates are rounded down."""
    return floor(tok_s * 1000)


@dataclass(frozen=True, slots=True)
class Fit:
    """A layout with the memory it needs on the fullest accelerator."""

    variant: Variant
    layout: Layout
    sequences: int
    """Of one replica, at the stated concurrency."""
    use: memory.AcceleratorMemory
    need_mib: int

    @property
    def label(self) -> str:
        """What tells this layout from the others on its host, for tie-breaks."""
        v, y = self.variant, self.layout
        shape = f"{y.tensor_parallel}x{y.pipeline_parallel}x{y.replicas}"
        return f"{v.engine.id}/{v.weight_format}/{v.kv_format}/{v.accelerator.id}/{shape}"


@dataclass(frozen=True, slots=True, order=True)
class Way:
    """A way to carry accelerators, as far as speed is concerned."""

    accelerator: str
    count: int
    fabric: str
    link_gb_s: float
    nodes: int


@dataclass(frozen=True, slots=True)
class Scored:
    """A layout with its speed; rates of the whole build, rounded down, times up."""

    fit: Fit
    spread: Spread
    cap: Cap
    speed: ReplicaSpeed

    @property
    def label(self) -> str:
        """What tells this layout from the others on its host, for tie-breaks."""
        tdp = self.fit.variant.accelerator.tdp_w or 0
        under = f"/{self.cap.watts}W" if self.cap.watts < tdp else ""
        return self.fit.label + under

    @property
    def output(self) -> int:
        """Milli-tokens per second at saturation."""
        return milli(self.speed.saturated.output_tok_s) * self.fit.layout.replicas

    @property
    def user(self) -> int:
        """Milli-tokens per second of one user at the stated concurrency."""
        return milli(self.speed.stated.user_tok_s)

    @property
    def ttft(self) -> int:
        """Microseconds to the first token."""
        return ceil(self.speed.ttft_s * 1e6)


def best_of(scored: list[Scored]) -> Figures:
    """The best of every figure, which no cap makes better; a little more, for rounding."""
    return Figures(
        max(s.output for s in scored) + 1,
        max(s.user for s in scored) + 1,
        min(s.ttft for s in scored) - 1,
        0,
    )
