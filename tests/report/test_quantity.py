"""Figures as people read them."""

# ruff: noqa: RUF001 (the signs are what people see)

from __future__ import annotations

import pytest

from optimizer.report import quantity as q
from optimizer.report.answer import command_lines
from optimizer.report.style import bar, clip, join_wrapped, width_of, wrap


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.0884, "0.088"),
        (0.884, "0.88"),
        (9.416, "9.42"),
        (88.06, "88.1"),
        (612.4, "612"),
        (12_300.4, "12,300"),
        (-3.0, "−3.00"),
    ],
)
def test_three_digits(value: float, text: str) -> None:
    assert q.three(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "$0"), (4.149, "$4.15"), (12, "$12"), (121_480.4, "$121,480"), (-30_400, "−$30,400")],
)
def test_dollars(value: float, text: str) -> None:
    assert q.usd(value) == text


def test_percentages() -> None:
    assert [q.percent(x) for x in (0.0, 0.0449, 0.05, 0.5)] == ["0 %", "4.5 %", "5 %", "50 %"]


def test_times_and_watts() -> None:
    assert [q.seconds(x) for x in (0.085, 0.91, 75)] == ["85.0 ms", "0.91 s", "75 s"]
    assert [q.watts(x) for x in (850, 7_040)] == ["850 W", "7.04 kW"]


def test_loudness_is_ten_times_the_logarithm() -> None:
    assert q.loudness(1000) == pytest.approx(0.0)
    assert q.loudness(10**9) == pytest.approx(60.0)
    assert q.loudness(0) == 0.0


@pytest.mark.parametrize(
    ("share", "cells"), [(0, "░░░░"), (0.01, "█░░░"), (0.5, "██░░"), (1, "████"), (3, "████")]
)
def test_bars(share: float, cells: str) -> None:
    assert bar(share, 4) == cells


def test_a_number_keeps_its_per_cent_sign() -> None:
    assert wrap("the next $10,000 buys +164 % tok/s", 26) == [
        "the next $10,000 buys",
        "+164 % tok/s",
    ]


def test_wrapping_never_exceeds_the_width_and_keeps_every_character() -> None:
    text = "one twothreefour five 服务器服务器"
    lines = wrap(text, 6)
    assert max(map(width_of, lines)) <= 6
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert join_wrapped(["ab", "cd", "ef"], " · ", 7) == ["ab · cd", "ef"]


def test_clipping_marks_what_is_lost() -> None:
    assert clip("abcdef", 4) == "abc…"
    assert clip("abcd", 4) == "abcd"


def test_commands_are_broken_before_flags() -> None:
    lines = command_lines("serve some/model --alpha 1 --beta 2 --gamma", 24)
    assert lines == ["serve some/model \\", "  --alpha 1 --beta 2 \\", "  --gamma"]
