"""Milliseconds: by hand, against what was published."""

from __future__ import annotations

from optimizer.catalog.catalog import load_catalog
from optimizer.physics.surges import borne_permille, drawn_permille
from optimizer.schema.components import Accelerator, Psu


def test_what_was_measured_goes_before_the_class() -> None:
    """Igor's Lab on the RTX 5090: 823.6 W of 575 W for 1 to 5 ms, 1.432."""
    card = load_catalog().components["rtx-5090"]
    assert isinstance(card, Accelerator)
    assert card.peak_over_tdp is not None
    assert 823.6 / 575 <= card.peak_over_tdp < 823.6 / 575 + 0.01
    assert drawn_permille(card.peak_over_tdp, card.memory_type) == 1440


def test_classes() -> None:
    assert drawn_permille(None, "GDDR6X") == 1450
    assert drawn_permille(None, "HBM2e") == 1300
    assert drawn_permille(1.4321, "GDDR7") == 1433, "rounded up"


def test_supplies_by_design_and_form() -> None:
    """A 1,000 W supply of ATX 3: 1,600 W for 10 ms. Of unknown design: as ATX 2, or a server's."""
    assert borne_permille("atx3", "atx") == 1600
    assert borne_permille(None, "atx") == 1100
    # 1,050 W for 3 ms from 750 W.
    assert borne_permille(None, "crps") == 1050 * 1000 // 750


def test_four_3090_want_a_supply_of_their_day() -> None:
    """4 x 350 W x 1.45 + 200 W of the rest = 2,230 W for milliseconds.

    1,600 W of ATX 2 bear 1,760 W and 2,050 W of it 2,255; 1,600 W of ATX 3 bear 2,560.
    """
    for name, design in (("seasonic-prime-tx-1600", "atx2"), ("asrock-pg-1600g", "atx3")):
        supply = load_catalog().components[name]
        assert isinstance(supply, Psu)
        assert supply.design == design
    need = 4 * 350 * drawn_permille(None, "gddr6x") // 1000 + 200
    assert need == 2230
    assert 1600 * borne_permille("atx2", "atx") // 1000 < need <= 2050 * 1100 // 1000
    assert need <= 1600 * borne_permille("atx3", "atx") // 1000
