"""How people write quantities; expected values are worked out by hand."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.errors import InputError
from optimizer.units import (
    cents_ceil,
    cents_floor,
    format_tokens,
    format_usd,
    fraction,
    gib,
    parse_circuit,
    parse_money,
    parse_tokens,
    parse_years,
)


@pytest.mark.parametrize(
    ("text", "usd"),
    [
        ("150000", 150_000),
        ("150k", 150_000),
        ("150K", 150_000),
        ("$150,000", 150_000),
        ("$ 150,000.50", 150_000.5),
        ("1.5M", 1_500_000),
        ("1.5m", 1_500_000),
        ("  20k ", 20_000),
        ("0", 0),
        (150_000, 150_000),
        (0.25, 0.25),
        ("1,000,000,000", 10**9),
    ],
)
def test_money(text: str | int | float, usd: float) -> None:
    assert parse_money(text) == usd


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-5",
        "-150k",
        "1e6",
        "15,00",
        "1,0000",
        "150 000",
        "150kk",
        "€100",
        "nan",
        "inf",
        "ten",
        "1.5.0",
        ".5",
        "5.",
        "1001M",
        "$",
        "k",
        "150k$",
        "0x10",
        float("nan"),
        float("inf"),
        -1,
    ],
)
def test_money_refuses(text: str | float) -> None:
    with pytest.raises(InputError) as error:
        parse_money(text, "budget")
    assert "budget" in error.value.message
    assert error.value.advice


@given(st.integers(0, 10**9))
def test_money_round_trips(usd: int) -> None:
    for text in (str(usd), f"{usd:,}", f"${usd:,}", f"${usd}"):
        assert parse_money(text) == usd


@given(st.integers(0, 10**6), st.sampled_from(["k", "K", "m", "M"]))
def test_money_suffixes(amount: int, suffix: str) -> None:
    factor = 1000 if suffix in "kK" else 10**6
    if amount * factor <= 10**9:
        assert parse_money(f"{amount}{suffix}") == amount * factor


@given(st.text(max_size=12))
def test_money_never_crashes(text: str) -> None:
    with suppress(InputError):
        assert 0 <= parse_money(text) <= 10**9


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("8192", 8192), ("8K", 8192), ("32k", 32_768), (131_072, 131_072), ("1", 1)],
)
def test_tokens(text: str | int, tokens: int) -> None:
    assert parse_tokens(text) == tokens


@pytest.mark.parametrize(
    "text", ["", "0", "0K", "-8K", "8.5K", "8M", "1e3", "8,192", "99999999K", 0, -1, "K"]
)
def test_tokens_refuses(text: str | int) -> None:
    with pytest.raises(InputError, match="number of tokens"):
        parse_tokens(text)


@given(st.integers(1, 10**8))
def test_tokens_round_trip(tokens: int) -> None:
    assert parse_tokens(str(tokens)) == tokens
    shown = format_tokens(tokens)
    assert parse_tokens(shown.replace(",", "")) == tokens


def test_tokens_are_shown_in_k_only_where_exact() -> None:
    assert format_tokens(8192) == "8K"
    assert format_tokens(8193) == "8,193"
    assert format_tokens(1023) == "1,023"
    assert format_tokens(1024) == "1K"


@pytest.mark.parametrize(
    ("text", "amps", "volts", "phases", "count"),
    [
        ("30A/240V", 30, 240, 1, 1),
        ("30A/240V:2", 30, 240, 1, 2),
        ("32A/400V/3ph:1", 32, 400, 3, 1),
        ("16a/230v", 16, 230, 1, 1),
        (" 12.5 A / 120 V ", 12.5, 120, 1, 1),
    ],
)
def test_circuit(text: str, amps: float, volts: int, phases: int, count: int) -> None:
    expected = {"amps": amps, "volts": volts, "phases": phases, "count": count}
    assert parse_circuit(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "30A", "240V/30A", "30/240", "30A/240V:", "-30A/240V", "30A/240V/2ph", "30A/24000V"],
)
def test_circuit_refuses(text: str) -> None:
    with pytest.raises(InputError) as error:
        parse_circuit(text)
    assert "30A/240V" in error.value.advice


@given(st.integers(1, 9999), st.integers(10, 999), st.sampled_from([1, 3]), st.integers(1, 99))
def test_circuit_round_trips(amps: int, volts: int, phases: int, count: int) -> None:
    phase = "/3ph" if phases == 3 else ""
    found = parse_circuit(f"{amps}A/{volts}V{phase}:{count}")
    assert found == {"amps": amps, "volts": volts, "phases": phases, "count": count}


@pytest.mark.parametrize(
    ("text", "years"),
    [("3", 3), ("3y", 3), ("1 year", 1), ("36 months", 3), ("18 months", 1.5), (5, 5)],
)
def test_years(text: str | int, years: float) -> None:
    assert parse_years(text) == years


@pytest.mark.parametrize("text", ["", "three", "-1", "3w", "1e1"])
def test_years_refuses(text: str) -> None:
    with pytest.raises(InputError, match="not a time"):
        parse_years(text)


def test_fraction_is_the_decimal_that_was_written() -> None:
    assert fraction(0.1) == Fraction(1, 10)
    assert fraction(0.08) == Fraction(8, 100)
    assert fraction(3) == 3


def test_cents_round_against_the_user() -> None:
    """10.001 dollars cost 1,001 cents and are worth 1,000; 29.99 is exact."""
    assert cents_ceil(Fraction("10.001")) == 1001
    assert cents_floor(Fraction("10.001")) == 1000
    assert cents_ceil(fraction(29.99)) == cents_floor(fraction(29.99)) == 2999


def test_shown_amounts() -> None:
    assert format_usd(12_148_000) == "$121,480"
    assert format_usd(-3_040_000) == "-$30,400"
    assert format_usd(0) == "$0"
    assert gib(81_920) == 80
