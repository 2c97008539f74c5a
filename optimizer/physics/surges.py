"""Milliseconds: what accelerators draw over their limit, and what supplies bear over their rating.

A driver holds a power limit over tens of milliseconds; for a few of them a card draws more.
Supplies of ATX 3 are built for that, older ones were not.
"""

from __future__ import annotations

from typing import Literal

Design = Literal["atx2", "atx3", "crps"]

BORNE: dict[Design, float] = {"atx3": 1.6, "atx2": 1.1, "crps": 1.4}
"""Design of a supply -> what it delivers for 1 to 10 ms, over its capacity.

``atx3``: 1.8 for 1 ms and 1.6 for 10 ms (Intel, ATX12V design guides from 2022 on, test criteria of
power excursions). ``atx2``: a 1,600 W supply of that design conforms to ATX 3.0 up to 1,000 W
(Seasonic on its PRIME TX-1600), which is 1.8 x 1,000 / 1,600 = 1.13 for 1 ms; its kin are taken to
do as well. ``crps``: 1,050 W for 3 ms from 750 W (Intel, Server System P4000IP specification)."""

DRAWN = {"gddr": 1.45, "hbm": 1.3}
"""Class of an accelerator -> what it draws for 1 to 5 ms, over its power limit, where nobody
measured it. An estimate: an RTX 5090 drew 823.6 of 575 W, 1.43 (Igor's Lab); modules and cards with
HBM are taken to be calmer, for no one published theirs."""


def drawn_permille(peak_over_tdp: float | None, memory_type: str) -> int:
    """Thousandths of its limit that an accelerator draws for milliseconds, rounded up."""
    kind = "hbm" if memory_type.lower().startswith("hbm") else "gddr"
    share = DRAWN[kind] if peak_over_tdp is None else peak_over_tdp
    return -int(-round(share * 1000, 6) // 1)


def borne_permille(design: Design | None, form: str) -> int:
    """Thousandths of its capacity that a supply delivers for milliseconds, rounded down.

    A supply of unknown design bears what its form did for longest.
    """
    known = design or ("atx2" if form == "atx" else "crps")
    return int(round(BORNE[known] * 1000, 6) // 1)
