"""The page tells of every limit that is one number how its change is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.solve import knobs
from optimizer.solve.needs import NEEDS

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "explanations.md"


@pytest.mark.parametrize("path", sorted({need.path for need in NEEDS}))
def test_the_change_of_every_number_stands_on_the_page(path: str) -> None:
    flag = knobs.FLAGS.get(path, f"--set {path}")
    table = PAGE.read_text().partition("| limit | what is changed |")[2].partition("\n\n")[0]
    assert f"`{flag}`" in table
