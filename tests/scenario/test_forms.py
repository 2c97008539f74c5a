"""How people write values: what is read, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from optimizer.errors import InputError
from optimizer.scenario import forms


@pytest.mark.parametrize(
    ("parser", "value", "expected"),
    [
        (forms.money, "$150,000", 150_000.0),
        (forms.money, "1.5M", 1_500_000.0),
        (forms.money, 150_000.5, 150_000.5),
        (forms.tokens, "8K", 8192),
        (forms.tokens, 8192, 8192),
        (forms.years, "36 months", 3.0),
        (forms.years, 2.5, 2.5),
        (forms.portion(), "8%", 0.08),
        (forms.portion(), 0.08, 0.08),
        (forms.portion(-0.5), "-2%", -0.02),
        (forms.electricity, "$0.12", 0.12),
        (forms.day, "2026-09", "2026-09"),
        (forms.real(0, 10), 1e-05, 1e-05),
        (forms.whole(1, 100_000), "1,024", 1024),
        (forms.memory_per_vram, "guide", 3.2),
        (forms.memory_per_vram, "0.75", 0.75),
        (forms.owned, {"rtx-3090": 2}, [{"id": "rtx-3090", "quantity": 2}]),
        (
            forms.owned,
            ["rtx-3090:2", "h100"],
            [{"id": "rtx-3090", "quantity": 2}, {"id": "h100", "quantity": 1}],
        ),
        (forms.many(forms.text), "a, b,a", ["a", "b"]),
        (forms.formats(forms.WEIGHTS, forms.WEIGHT_WORDS), "awq,fp8", ["int4", "fp8"]),
        (forms.text, 405, "405"),
    ],
)
def test_friendly_forms(parser: Any, value: Any, expected: Any) -> None:
    found = parser(value, "value")
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("parser", "value"),
    [
        (forms.money, True),
        (forms.money, "-5"),
        (forms.money, [5]),
        (forms.tokens, 8192.5),
        (forms.tokens, True),
        (forms.years, 0),
        (forms.years, True),
        (forms.portion(), 1.01),
        (forms.portion(), "101%"),
        (forms.electricity, "twelve"),
        (forms.day, 2026),
        (forms.day, "2026-02-40"),
        (forms.real(0, 10), float("nan")),
        (forms.real(0, 10), float("inf")),
        (forms.real(0, 10), "9" * 50),
        (forms.real(0, 10, above=True), 0),
        (forms.whole(1, 10), 1.5),
        (forms.whole(1, 10), None),
        (forms.flag, "yes"),
        (forms.text, ""),
        (forms.text, "x" * 201),
        (forms.owned, {"rtx-3090": "two"}),
        (forms.owned, {"rtx-3090": {"quantity": 0}}),
        (forms.owned, {"rtx-3090": {"condition": "broken"}}),
        (forms.owned, {"rtx-3090": {"resale": -1}}),
        (forms.owned, {"rtx-3090": {"resle": 700}}),
        (forms.many(forms.text, empty=False), []),
        (forms.circuits, 240),
        (forms.circuits, []),
    ],
)
def test_refusals_name_the_value_and_what_is_allowed(parser: Any, value: Any) -> None:
    with pytest.raises(InputError, match="the-key") as caught:
        parser(value, "the-key")
    assert caught.value.advice
    assert caught.value.exit_code == 2


def test_4bit_means_4_bits_or_better() -> None:
    formats = forms.formats(forms.WEIGHTS, forms.WEIGHT_WORDS)
    assert set(formats("4bit", "weights")) == set(forms.WEIGHTS)
    assert "int4" not in formats("8bit", "weights")
