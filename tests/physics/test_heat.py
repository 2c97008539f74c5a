"""Heat and noise against textbook figures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.physics.heat import btu_h, noise_dba, noise_energy, noise_limit_energy


def test_heat() -> None:
    """A kilowatt is 3,412 BTU/h; a ton of cooling is 12,000 BTU/h, or 3,517 W."""
    assert btu_h(1000) == 3412
    assert btu_h(3517) == 12_000
    assert btu_h(0) == 0


@pytest.mark.parametrize(("dba", "energy"), [(0, 1000), (10, 10_000), (60, 10**9), (30, 10**6)])
def test_noise_is_energy(dba: float, energy: int) -> None:
    assert noise_energy(dba) == noise_limit_energy(dba) == energy


@pytest.mark.parametrize(
    ("levels", "total"),
    [
        # Twice the energy is 3.0 dB more, ten times 10 dB.
        ([60, 60], 63.0),
        ([50] * 10, 60.0),
        # 10 log10(10^6 + 10^5) = 60.4
        ([60, 50], 60.4),
        ([40], 40.0),
        ([], 0.0),
    ],
)
def test_levels_add_as_energy(levels: list[float], total: float) -> None:
    assert noise_dba(sum(noise_energy(level) for level in levels) / 1000) == total


@given(st.floats(0, 120))
def test_a_source_exactly_at_the_limit_is_never_let_through_by_rounding(dba: float) -> None:
    """Sources round up, limits down, by one part at most."""
    assert 0 <= noise_energy(dba) - noise_limit_energy(dba) <= 1
    assert noise_energy(dba + 0.01) > noise_limit_energy(dba)


def test_silence() -> None:
    assert noise_dba(0) == 0.0
    assert noise_dba(0.5) == 0.0
