"""Units: the only conversions, and how people write quantities.

Every parser returns an exact value or raises InputError with what is allowed.
"""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor

from optimizer.errors import InputError, shown

MAX_MONEY_USD = 10**9
MAX_TOKENS = 10**8
SUFFIX = {"": 1, "k": 10**3, "m": 10**6}
NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"


def fraction(value: int | float | str) -> Fraction:
    """The exact fraction of the shortest decimal of ``value`` (0.08 is 8/100)."""
    return Fraction(repr(value) if isinstance(value, float) else value)


def cents_ceil(usd: Fraction) -> int:
    """Dollars to cents, rounded up."""
    return ceil(usd * 100)


def cents_floor(usd: Fraction) -> int:
    """Dollars to cents, rounded down."""
    return floor(usd * 100)


def parse_money(text: str | int | float, what: str = "amount") -> float:
    """US dollars from ``150000``, ``150k``, ``$150,000`` or ``1.5M``."""
    match = re.fullmatch(rf"\$?\s*({NUMBER})\s*([kKmM]?)", str(text).strip())
    if match is None:
        raise InputError(
            f"{what} '{shown(text)}' is not an amount of money",
            "Write it as 150000, 150k, $150,000 or 1.5M; not negative",
        )
    value = Fraction(match[1].replace(",", "")) * SUFFIX[match[2].lower()]
    if value > MAX_MONEY_USD:
        raise InputError(f"{what} '{shown(text)}' is over $1,000,000,000", "Use a smaller amount")
    return float(value)


def parse_tokens(text: str | int, what: str = "tokens") -> int:
    """Tokens from ``32768`` or ``32K`` (K is 1,024)."""
    match = re.fullmatch(r"(\d{1,9})\s*([kK]?)", str(text).strip())
    value = int(match[1]) * (1024 if match[2] else 1) if match else 0
    if not 1 <= value <= MAX_TOKENS:
        raise InputError(
            f"{what} '{shown(text)}' is not a number of tokens",
            "Write a whole number such as 8192, or 8K for 8,192; at most 100,000,000",
        )
    return value


def parse_circuit(text: str) -> dict[str, int | float | str]:
    """A circuit from ``30A/240V``, ``30A/240V:2``, ``30A/240V@a`` or ``32A/400V/3ph:1``."""
    match = re.fullmatch(
        r"(\d{1,4}(?:\.\d+)?)\s*A\s*/\s*(\d{2,3})\s*V(/3ph)?(?:@([ab]))?(?::(\d{1,2}))?",
        text.strip(),
        re.IGNORECASE,
    )
    if match is None:
        raise InputError(
            f"circuit '{shown(text)}' is not understood",
            "Write amperes, volts and how many: 30A/240V:2, 16A/230V, 32A/400V/3ph, or with"
            " the feed it comes from, 30A/240V@a",
        )
    feed = {"feed": match[4].lower()} if match[4] else {}
    return feed | {
        "amps": float(match[1]),
        "volts": int(match[2]),
        "phases": 3 if match[3] else 1,
        "count": int(match[5] or 1),
    }


def parse_years(text: str | int | float) -> float:
    """Years from ``3`` or ``3y``, or ``36 months``."""
    match = re.fullmatch(rf"({NUMBER})\s*(y|years?|months?)?", str(text).strip(), re.IGNORECASE)
    if match is None:
        raise InputError(f"horizon '{shown(text)}' is not a time", "Write 3, 3y or 36 months")
    months = (match[2] or "").lower().startswith("month")
    return float(Fraction(match[1].replace(",", "")) / (12 if months else 1))


def gib(mib: float) -> float:
    """MiB to GiB."""
    return mib / 1024


def format_usd(cents: int) -> str:
    """Cents as ``$1,234`` (whole dollars)."""
    sign = "-" if cents < 0 else ""
    return f"{sign}${round(abs(cents) / 100):,}"


def format_tokens(tokens: int) -> str:
    """Tokens as ``8K`` where that is exact, else with separators."""
    return f"{tokens // 1024}K" if tokens >= 1024 and tokens % 1024 == 0 else f"{tokens:,}"


@lru_cache(maxsize=4096)
def months_between(earlier: str, later: str) -> int:
    """Whole months from one date to another; a date without a day counts as the first."""
    first, last = (_day(text) for text in (earlier, later))
    months = (last.year - first.year) * 12 + last.month - first.month
    return months - (1 if last.day < first.day else 0)


def _day(text: str) -> date:
    parts = [int(p) for p in text.split("-")]
    return date(parts[0], parts[1], parts[2] if len(parts) > 2 else 1)
