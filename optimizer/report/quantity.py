"""Figures as people read them."""

from __future__ import annotations

from math import log10

from optimizer.report.style import MINUS


def number(value: float, digits: int = 0) -> str:
    """``1,234`` or ``12.3``, with a true minus sign."""
    text = f"{abs(value):,.{digits}f}"
    negative = value < 0 and any(ch in "123456789" for ch in text)
    return MINUS + text if negative else text


def three(value: float) -> str:
    """About three digits: ``0.088``, ``0.88``, ``9.42``, ``88.1``, ``612``, ``12,300``."""
    size = abs(value)
    if size == 0:
        return "0"
    return number(value, 3 if size < 0.1 else 2 if size < 10 else 1 if size < 100 else 0)


def usd(value: float) -> str:
    """``$1,234``; cents only below ten dollars."""
    cents = 2 if 0 < abs(value) < 10 else 0
    text = number(abs(value), cents)
    return f"{MINUS}${text}" if value < 0 else f"${text}"


def amount(value: float) -> str:
    """Dollars without the sign, for columns under a ``$`` heading."""
    return number(value, 2 if 0 < abs(value) < 10 else 0)


def percent(share: float) -> str:
    """A share as ``3.2 %``."""
    value = share * 100
    digits = 0 if value >= 10 or abs(value - round(value)) < 0.05 else 1
    return f"{number(value, digits)} %"


def seconds(value: float) -> str:
    """``85 ms``, ``0.90 s``, ``12 s``."""
    if value < 0.1:
        return f"{three(value * 1000)} ms"
    return f"{number(value, 2 if value < 10 else 0)} s"


def watts(value: float) -> str:
    """``850 W`` or ``9.42 kW``."""
    return f"{number(value)} W" if value < 1000 else f"{three(value / 1000)} kW"


def gib(mib: float) -> str:
    """MiB as GiB, about three digits."""
    return three(mib / 1024)


def loudness(energy_milli: float) -> float:
    """dB(A) of a sound energy in thousandths of that of 0 dB(A)."""
    return 10 * log10(energy_milli / 1000) if energy_milli > 0 else 0.0


def count(quantity: int, one: str, several: str | None = None) -> str:
    """``1 node``, ``2 nodes``."""
    return f"{quantity:,} {one if quantity == 1 else several or one + 's'}"
