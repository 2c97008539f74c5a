"""Power caps: which an accelerator may run under, and which can ever be part of a best build.

A cap lowers power and speed together. Everything else about a layout stays, so of the variants of
one layout many need not be built; :class:`Caps` says which are, and why that is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from math import ceil
from typing import Literal, TypeVar

from optimizer.finance.tco import MICRO
from optimizer.instance.hosting import HostKey
from optimizer.instance.items import Instance
from optimizer.physics.power import CAP_CURVES, MemoryClass, capped_throughput_share
from optimizer.schema.components import Accelerator
from optimizer.schema.request import Policy

SMALL_W = 150
"""TDP below which a card is not capped."""
STEP_PERCENT = 5
"""Distance of the caps that are tried, in hundredths of the TDP."""
V = TypeVar("V")
Mode = Literal["reach", "least", "lowest", "enough", "all"]


MEASURED = ("a100-", "rtx-3090", "rtx-pro-6000-blackwell")
"""Beginnings of the ids of accelerators that were measured under caps; the others of their class
are taken to behave alike, which is an estimate."""


@dataclass(frozen=True, slots=True, order=True)
class Cap:
    """Watts per accelerator, and the share of its speed that is kept."""

    watts: int
    share: float


def memory_class(card: Accelerator) -> MemoryClass | None:
    """The class of accelerators whose speed under a cap was measured; None for the others.

    Superchips share their limit with a processor, small cards are limited by design; neither was
    measured, nor were other vendors' cards.
    """
    small = (card.tdp_w or 0) < SMALL_W
    if card.vendor != "nvidia" or card.interface == "superchip" or small:
        return None
    kind = card.memory_type.lower()
    if kind.startswith("hbm"):
        return "hbm"
    return "gddr" if kind.startswith("gddr") else None


def least_cap_w(card: Accelerator) -> int:
    """The lowest cap that was measured and that the card accepts; its TDP where there is none."""
    kind, tdp = memory_class(card), card.tdp_w or 0
    if kind is None or tdp <= 0:
        return tdp
    lowest = ceil(round(CAP_CURVES[kind][0][0] * tdp, 6))
    return min(tdp, max(lowest, card.min_power_limit_w or 0))


def cap_at(card: Accelerator, watts: int) -> Cap:
    """A cap of so many watts, or the card uncapped where its TDP is no higher."""
    tdp, kind = card.tdp_w or 0, memory_class(card)
    if watts >= tdp or kind is None:
        return Cap(tdp, 1.0)
    return Cap(watts, capped_throughput_share(watts, tdp, kind))


def ladder(card: Accelerator) -> tuple[Cap, ...]:
    """The caps below TDP that are tried: the lowest there is, then every 5 % of TDP."""
    tdp, least = card.tdp_w or 0, least_cap_w(card)
    steps = {ceil(tdp * percent / 100) for percent in range(STEP_PERCENT, 100, STEP_PERCENT)}
    return tuple(cap_at(card, w) for w in sorted({least, *steps}) if least <= w < tdp)


def refusal(card: Accelerator, policy: Policy) -> str | None:
    """Why a card cannot run under the cap that the request fixes, or None."""
    fixed, tdp = policy.power_cap, card.tdp_w or 0
    if not isinstance(fixed, int) or fixed >= tdp:
        return None
    if memory_class(card) is None:
        return f"its speed under a cap of {fixed} W was never measured on cards of its kind"
    if fixed < least_cap_w(card):
        return f"a cap of {fixed} W is below the {least_cap_w(card)} W that was measured or allowed"
    return None


def peak_at_least_w(card: Accelerator, policy: Policy) -> int:
    """The lowest peak of one card under any cap that the request admits."""
    tdp = card.tdp_w or 0
    if isinstance(policy.power_cap, int):
        return cap_at(card, policy.power_cap).watts
    return least_cap_w(card) if policy.power_cap == "auto" else tdp


@dataclass(frozen=True, slots=True)
class Figures:
    """What a choice among the variants of a layout looks at; rates of the whole build."""

    output_milli: int
    user_milli: int
    ttft_us: int
    average_w: int


@dataclass(frozen=True, slots=True)
class Caps:
    """Which variants of a layout are built.

    ``reach`` (throughput, speed): those that reach a value already had, or would tie with it. The
    uncapped layouts are searched first; what cannot reach their best can neither win nor tie.

    ``least`` (TCO, purchase, feasibility): the lowest cap that meets the service targets, and any
    higher one that costs the same. Every limit but the targets is the looser the lower the cap, and
    energy is the less: in any build with a higher cap the lowest one fits too, at no more capex and
    a TCO that is lower by at least a cent. So the higher one is never best, nor tied with the best.

    ``lowest``: where the targets do not hold, the lowest cap fits wherever a higher one does.

    ``enough``: where targets may be missed at a price, and to exceed them is worth nothing, those
    up to the lowest that meets them; every other limit is the looser the lower the cap.

    ``all``: every one. With ``pays``, those that by a lower bound of their TCO and an upper bound
    of their output may reach a cost per token already had; with ``worth``, those whose figures are
    worth a look by bounds that no variant exceeds. The uncapped ones are searched first.
    """

    mode: Mode
    level: int | None = None
    speed: bool = False
    min_output_milli: int = 0
    min_user_milli: int = 0
    max_ttft_us: int | None = None
    microcents_per_watt: int = 0
    """What a watt of one node's parts costs over the horizon, on all nodes together."""
    pays: Callable[[HostKey, Figures, int, int], bool] | None = field(default=None, compare=False)
    """Whether figures on a way that no variant exceeds, with so many GiB of system memory and GB of
    storage, may pay."""
    worth: Callable[[Figures], bool] | None = field(default=None, compare=False)
    """Whether rates no higher, and a time to the first token no shorter, may be of interest."""

    @classmethod
    def of(
        cls, instance: Instance, mode: Mode, level: int | None = None, speed: bool = False
    ) -> Caps:
        """For the targets and the tariff of an instance."""
        limits = instance.limits
        rate = instance.money.microcents_per_watt * instance.case.nodes
        return cls(
            mode,
            level,
            speed,
            limits.min_output_milli,
            limits.min_user_milli,
            limits.max_ttft_us,
            rate,
        )

    def meets(self, figures: Figures) -> bool:
        """Whether the service targets are met."""
        return (
            figures.output_milli >= self.min_output_milli
            and figures.user_milli >= self.min_user_milli
            and (self.max_ttft_us is None or figures.ttft_us <= self.max_ttft_us)
        )

    def kept(
        self, caps: Iterable[Cap], build: Callable[[Cap], V], figures: Callable[[V], Figures]
    ) -> Iterator[V]:
        """The variants that are built, of ``caps`` from the lowest to the highest."""
        if self.mode == "lowest":
            yield from (build(cap) for cap in islice(caps, 1))
            return
        if self.mode == "enough":
            for variant in map(build, caps):
                if self.admits(figures(variant)):
                    yield variant
                if self.meets(figures(variant)):
                    return
            return
        if self.mode in ("reach", "all"):
            made = (build(cap) for cap in caps)
            yield from (v for v in made if self.admits(figures(v)))
            return
        least: Figures | None = None
        for cap in caps:
            variant = build(cap)
            held = figures(variant)
            if least is not None:
                if not self._costs_the_same(least, held):
                    return
                yield variant
            elif self.meets(held):
                least = held
                yield variant

    def served(self, output_milli: int, user_milli: int, ttft_us: int) -> tuple[int, ...]:
        """What speed has to do with the choice, less being better: what exceeds targets has not."""
        if self.mode == "lowest":
            return ()
        if self.mode in ("least", "enough"):
            output_milli = min(output_milli, self.min_output_milli)
            user_milli = min(user_milli, self.min_user_milli)
            ttft_us = 0 if self.max_ttft_us is None else max(ttft_us, self.max_ttft_us)
        return (-output_milli, -user_milli, ttft_us)

    def admits(self, figures: Figures) -> bool:
        """Whether figures, or bounds of them, are worth a look: what ``level`` and ``worth`` say.

        Where only the lowest cap that meets the targets counts, whether they are met.
        """
        if self.mode == "least":
            return self.meets(figures)
        if self.level is not None:
            return (figures.user_milli if self.speed else figures.output_milli) >= self.level
        return self.worth is None or self.worth(figures)

    @property
    def filters(self) -> bool:
        """Whether bounds of figures can tell that a variant is of no interest."""
        return self.mode == "least" or self.level is not None or self.worth is not None

    def _costs_the_same(self, least: Figures, other: Figures) -> bool:
        """Whether a higher cap may cost no cent more; rounding to cents adds nothing to a cent."""
        return (other.average_w - least.average_w) * self.microcents_per_watt < MICRO
