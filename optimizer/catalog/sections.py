"""What sections a catalog file may have, and the type of their entries."""

from __future__ import annotations

from optimizer.schema.assumptions import Assumption, CostClass, Licence
from optimizer.schema.base import Record
from optimizer.schema.calibration import Calibration
from optimizer.schema.components import (
    Accelerator,
    Bridge,
    Cable,
    Chassis,
    Cooling,
    Cpu,
    Memory,
    NewCircuit,
    Nic,
    Pdu,
    Platform,
    Psu,
    Storage,
    Switch,
    Ups,
)
from optimizer.schema.engine import Engine
from optimizer.schema.llm import Llm
from optimizer.schema.offer import CloudRate, CurrencyRate, Offer
from optimizer.schema.site import Site

COMPONENT_SECTIONS: dict[str, tuple[str, type[Record]]] = {
    "accelerators": ("accelerator", Accelerator),
    "bridges": ("bridge", Bridge),
    "platforms": ("platform", Platform),
    "cpus": ("cpu", Cpu),
    "memory": ("memory", Memory),
    "storage": ("storage", Storage),
    "psus": ("psu", Psu),
    "chassis": ("chassis", Chassis),
    "nics": ("nic", Nic),
    "switches": ("switch", Switch),
    "cables": ("cable", Cable),
    "cooling": ("cooling", Cooling),
    "ups": ("ups", Ups),
    "pdus": ("pdu", Pdu),
    "circuits": ("circuit", NewCircuit),
}
"""Section -> (kind on the bill of materials, type)."""

NAMED_SECTIONS: dict[str, type[Record]] = {
    **{section: kind for section, (_, kind) in COMPONENT_SECTIONS.items()},
    "llms": Llm,
    "engines": Engine,
    "sites": Site,
    "cost_classes": CostClass,
    "assumptions": Assumption,
    "licences": Licence,
    "calibrations": Calibration,
    "cloud_rates": CloudRate,
}
"""Sections whose entries have an ``id``; an overlay changes or removes them by it."""

OBSERVATIONS: dict[str, type[Record]] = {"offers": Offer, "currency_rates": CurrencyRate}
"""Sections of dated observations: never edited, only added to."""
