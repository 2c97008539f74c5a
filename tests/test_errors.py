"""What errors say, and what they never show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.errors import (
    CatalogError,
    InputError,
    InternalViolation,
    OptimizerError,
    nearest,
    shown,
    unknown_name,
)

NAMES = ["a100-80gb-pcie", "a100-80gb-sxm", "h100-sxm", "l40s", "rtx-4090"]


def test_nearest_puts_names_that_contain_it_first() -> None:
    """Both hold "a100"; the shorter comes first."""
    assert nearest("a100", NAMES)[:2] == ["a100-80gb-sxm", "a100-80gb-pcie"]


def test_nearest_finds_a_slip() -> None:
    assert nearest("l4os", NAMES) == ["l40s"]
    assert nearest("RTX4090", NAMES)[0] == "rtx-4090"


def test_nearest_of_nothing_alike_is_empty() -> None:
    assert nearest("zzzzzz", NAMES) == []
    assert nearest("", NAMES) == []
    assert nearest("a100", []) == []


@given(st.text(max_size=20), st.lists(st.text(max_size=20), max_size=8))
def test_nearest_returns_candidates_once(name: str, candidates: list[str]) -> None:
    found = nearest(name, candidates)
    assert len(found) == len(set(found)) <= 3
    assert set(found) <= set(candidates)


@given(st.text())
def test_shown_is_short_and_printable(text: str) -> None:
    clean = shown(text)
    assert len(clean) <= 80
    assert clean.isprintable()


def test_shown_removes_terminal_escapes_and_cuts() -> None:
    assert shown("\x1b[31mred\nline") == "?[31mred?line"
    assert shown("x" * 100) == "x" * 77 + "..."
    assert shown([1, 2]) == "[1, 2]"


def test_unknown_name_suggests() -> None:
    error = unknown_name("accelerator", "l4os", NAMES)
    assert error.message == "unknown accelerator 'l4os'"
    assert error.advice == "Did you mean l40s?"
    assert str(error) == "unknown accelerator 'l4os'. Did you mean l40s?"
    assert unknown_name("accelerator", "zzzzzz", NAMES).advice == ""


@pytest.mark.parametrize(
    ("kind", "code"),
    [(OptimizerError, 1), (InputError, 2), (CatalogError, 2), (InternalViolation, 70)],
)
def test_exit_codes(kind: type[OptimizerError], code: int) -> None:
    error = kind("what is wrong", "What to do")
    assert error.exit_code == code
    assert isinstance(error, OptimizerError)
    assert str(error) == "what is wrong. What to do"
    assert str(kind("alone")) == "alone"
