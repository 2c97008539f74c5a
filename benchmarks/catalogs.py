"""Make a stand-alone catalog of any size in the shipped format, from the shipped one.

    python benchmarks/catalogs.py DIR --scale 100 [--seed 1]

Every component of the shipped catalog gets ``scale - 1`` variants, as a market has them: other
makers' boards around the same chip, other steppings, other years. What belongs together stays
together (socket, form, interface, generation, memory type, what a platform has inside); clock,
power, size, noise and price vary, the faster part being the hungrier and dearer one. A variant of a
platform holds variants of its accelerators. Each variant has several dated offers. LLMs, engines,
sites and assumptions are the shipped ones. The same scale and seed give the same files.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from optimizer.catalog.names import COMPONENT_KINDS
from optimizer.catalog.raw import read_raw

Data = dict[str, Any]
FILE_BYTES = 2_000_000
"""Size at which a file is full; the reader takes up to 5 MB."""
CLOCK_SPREAD = 0.02
PRICE_SPREAD = 0.12
OFFER_SPREAD = 0.04
MONTHS = ("2026-02", "2026-03", "2026-04", "2026-05", "2026-06", "2026-07", "2026-08", "2026-09")
SOURCE = "synthetic-market"
COMPUTE = ("fp16_tflops", "fp8_tflops", "int8_tops", "fp4_tflops")


class Market:
    """Variants of one catalog's components, and what they cost. ``random`` is seeded."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def near(self, value: float | None, spread: float, step: float) -> float | None:
        """A figure nearby, in steps as datasheets have them; what is not known stays unknown."""
        if not value:
            return value
        moved = value * (1 + max(-2.5, min(2.5, self.random.gauss(0, 1))) * spread)
        rounded = max(step, round(moved / step) * step)
        return int(rounded) if isinstance(value, int) and step >= 1 else round(rounded, 3)

    def vary(self, data: Data, fields: dict[str, tuple[float, float]]) -> None:
        """Move each field by its spread and step."""
        for name, (spread, step) in fields.items():
            if name in data:
                data[name] = self.near(data[name], spread, step)

    def variant(self, section: str, data: Data, number: int) -> tuple[Data, float]:
        """One variant of an entry, and how much better than the original it is (1.0 the same)."""
        made = json.loads(json.dumps(data))
        made["id"] = f"{data['id'][:70]}-v{number}"
        made["name"] = f"{data['name'][:180]}, variant {number}"
        for key in ("aliases", "notes", "launched"):
            made.pop(key, None)
        quality = 1.0
        if section == "accelerators":
            quality = self._card(made)
        elif section == "platforms":
            self._platform(made, number)
        self.vary(made, FIELDS.get(section, {}))
        return made, quality

    def _card(self, card: Data) -> float:
        """Chips of one kind differ in clock; their memory does not."""
        clock = 1 + max(-2.0, min(2.0, self.random.gauss(0, 1))) * CLOCK_SPREAD
        for name in COMPUTE:
            if card.get(name):
                card[name] = round(card[name] * clock, 1)
        if card.get("tdp_w"):
            card["tdp_w"] = round(card["tdp_w"] * min(1.0, clock**3) / 5) * 5
        return clock

    def _platform(self, platform: Data, number: int) -> None:
        inside = {part["id"] for part in platform.get("included", ())}
        cards = platform.get("accelerators")
        if cards is not None:
            own = [f"{card[:70]}-v{number}" for card in cards]
            platform["accelerators"] = cards + own
            for part in platform.get("included", ()):
                if part["id"] in inside.intersection(cards):
                    part["id"] = f"{part['id'][:70]}-v{number}"
        supply = platform.get("power")
        if supply:
            factor = self.random.choice((0.9, 1.0, 1.0, 1.1))
            for name in ("capacity_120v_w", "capacity_208v_w", "capacity_240v_w"):
                supply[name] = round(supply[name] * factor / 50) * 50

    def offers(self, offers: list[Data], component: str, quality: float) -> Iterator[Data]:
        """One to three dated offers for each that the original has."""
        level = quality**4 * math.exp(self.random.gauss(0, PRICE_SPREAD))
        for offer in offers:
            for _ in range(self.random.choice((1, 1, 2, 3))):
                factor = level * math.exp(self.random.gauss(0, OFFER_SPREAD))
                made = {**offer, "component": component, "source": SOURCE, "confidence": "low"}
                for point in ("low", "typical", "high"):
                    made[point] = round(offer[point] * factor, 2)
                made["date"] = self.random.choice(MONTHS)
                made["vendor"] = f"Vendor {self.random.randrange(40)}"
                for key in ("url", "notes"):
                    made.pop(key, None)
                yield made


FIELDS: dict[str, dict[str, tuple[float, float]]] = {
    "accelerators": {"idle_w": (0.1, 1), "length_mm": (0.05, 1), "weight_kg": (0.08, 0.1)},
    "platforms": {
        "base_w": (0.08, 10),
        "base_idle_w": (0.08, 5),
        "depth_mm": (0.04, 5),
        "weight_kg": (0.08, 0.5),
        "noise_dba": (0.03, 1),
        "nvme_bays": (0.3, 1),
        "max_cpu_tdp_w": (0.05, 10),
    },
    "cpus": {"cores": (0.1, 2), "tdp_w": (0.06, 5), "idle_w": (0.1, 1)},
    "memory": {"power_w": (0.15, 1)},
    "storage": {"power_w": (0.15, 1), "idle_w": (0.15, 1)},
    "psus": {},
    "chassis": {
        "depth_mm": (0.05, 5),
        "weight_kg": (0.1, 0.1),
        "noise_dba": (0.03, 1),
        "fans_w": (0.1, 1),
        "max_accelerator_mm": (0.04, 5),
    },
    "nics": {"power_w": (0.1, 1)},
    "switches": {"power_w": (0.1, 5), "depth_mm": (0.05, 5), "weight_kg": (0.1, 0.1)},
    "cooling": {"heat_removal_w": (0.05, 10), "power_w": (0.05, 10), "noise_dba": (0.03, 1)},
    "ups": {"depth_mm": (0.05, 5), "weight_kg": (0.1, 0.1)},
}
"""Section -> field -> (spread, step)."""


class Files:
    """Entries of one section, in as many files as it takes. Nothing but the open file is held."""

    def __init__(self, directory: Path, name: str) -> None:
        self.directory, self.section = directory, name.rsplit("-", maxsplit=1)[-1]
        self.name, self.number, self.entries = name, 0, 0
        self._lines: list[str] = []
        self._size = 0

    def add(self, data: Data) -> None:
        """Write one entry."""
        line = f"  - {json.dumps(data)}\n"
        if self._size + len(line) > FILE_BYTES:
            self.close()
        self._lines.append(line)
        self._size += len(line)
        self.entries += 1

    def close(self) -> None:
        """Write what is held."""
        if self._lines:
            path = self.directory / f"{self.name}-{self.number:04d}.yaml"
            path.write_text(f"{self.section}:\n" + "".join(self._lines), encoding="utf-8")
            self._lines, self._size, self.number = [], 0, self.number + 1


def sources() -> Data:
    """The shipped sources, and the one that stands for what is made up."""
    found = {key: e.data["source"] for key, e in read_raw().named["sources"].items()}
    made = {
        "title": "Generated for benchmarks",
        "publisher": "benchmarks/catalogs.py",
        "date": "2026-09",
        "confidence": "low",
    }
    return {**found, SOURCE: made}


def write(directory: Path, scale: int, seed: int = 1) -> int:
    """Write the catalog; returns the number of components. The directory must be new or empty."""
    directory.mkdir(parents=True, exist_ok=True)
    if any(directory.iterdir()):
        raise SystemExit(f"{directory} is not empty")
    raw, market = read_raw(), Market(seed)
    (directory / "sources.yaml").write_text("sources: " + json.dumps(sources()) + "\n")
    prices: dict[str, list[Data]] = {}
    for entry in raw.observed["offers"]:
        prices.setdefault(entry.data["component"], []).append(entry.data)
    components, offers = 0, Files(directory, "offers-offers")
    for section in COMPONENT_KINDS:
        entries, files = (
            [e.data for e in raw.named[section].values()],
            Files(directory, f"parts-{section}"),
        )
        for data in entries:
            files.add(data)
            for offer in prices.get(data["id"], ()):
                offers.add(offer)
        for number in range(1, scale):
            for data in entries:
                variant, quality = market.variant(section, data, number)
                files.add(variant)
                for offer in market.offers(prices.get(data["id"], []), variant["id"], quality):
                    offers.add(offer)
        files.close()
        components += files.entries
    offers.close()
    for section in ("llms", "engines", "sites", "cost_classes", "calibrations", "cloud_rates"):
        rest = Files(directory, f"rest-{section}")
        for named in raw.named[section].values():
            rest.add(named.data)
        rest.close()
    rates = Files(directory, "rest-currency_rates")
    for observed in raw.observed["currency_rates"]:
        rates.add(observed.data)
    rates.close()
    return components


def main() -> int:
    """Write one catalog; the exit status is 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--scale", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    count = write(options.directory, options.scale, options.seed)
    text = f"{count:,} components in {options.directory}"
    sys.stdout.write(json.dumps({"components": count}) if options.json else f"{text}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
