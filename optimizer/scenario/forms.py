"""How people write values, in flags and in YAML: one parser per form.

A parser takes a value and what to call it in a complaint, and returns the canonical value or raises
InputError with what is allowed. Parsers know nothing of the catalog.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any, NoReturn, get_args

from optimizer.errors import InputError, nearest, shown
from optimizer.schema.formats import EIGHT_BITS_OR_BETTER, KvFormat, WeightFormat
from optimizer.units import parse_circuit, parse_money, parse_tokens, parse_years

Parser = Callable[[Any, str], Any]

WEIGHTS: tuple[str, ...] = get_args(WeightFormat)
KV: tuple[str, ...] = get_args(KvFormat)
WEIGHT_WORDS: dict[str, tuple[str, ...]] = {
    "fp16": ("bf16",),
    "16bit": ("bf16",),
    "8bit": EIGHT_BITS_OR_BETTER,
    "awq": ("int4",),
    "gptq": ("int4",),
    "4bit": WEIGHTS,
}
"""Words for weight formats; ``8bit`` and ``4bit`` mean *or better*."""
KV_WORDS: dict[str, tuple[str, ...]] = {"fp16": ("bf16",), "8bit": ("bf16", "fp8", "int8")}
MEMORY_PER_VRAM: dict[str, float] = {"none": 0.0, "lean": 0.5, "standard": 1.0, "guide": 3.2}
"""System memory over accelerator memory: named presets. ``guide`` is the habit of 2 TB beside
640 GB that many build guides repeat."""
PERCENT = re.compile(r"(-?\d{1,3}(?:\.\d+)?)\s*%")
PLAIN = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|-?\.\d+")


def refuse(value: Any, what: str, allowed: str) -> NoReturn:
    """Raise the complaint about one value."""
    raise InputError(f"{what}: {shown(value)} is not allowed", f"Give {allowed}")


def decimal(value: Any, what: str, allowed: str) -> float:
    """A finite number from a number or its text; never a boolean, NaN or infinity."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        refuse(value, what, allowed)
    text = repr(value) if isinstance(value, float) else str(value).strip()
    if isinstance(value, float) and "e-" in text:
        return value
    if len(text) > 40 or not PLAIN.fullmatch(text):
        refuse(value, what, allowed)
    return float(Fraction(text.replace(",", "")))


def real(low: float, high: float, unit: str = "", above: bool = False) -> Parser:
    """A number from ``low`` (excluded when ``above``) to ``high``, its unit optional in text."""
    edge = f"above {low:g}, at most {high:,g}" if above else f"from {low:g} to {high:,g}"
    allowed = f"a number{f' of {unit}' if unit else ''} {edge}"

    def parse(value: Any, what: str) -> float:
        number = decimal(value, what, allowed)
        if not low <= number <= high or (above and number == low):
            refuse(value, what, allowed)
        return number

    return parse


def whole(low: int, high: int) -> Parser:
    """A whole number from ``low`` to ``high``."""
    allowed = f"a whole number from {low:,} to {high:,}"

    def parse(value: Any, what: str) -> int:
        number = decimal(value, what, allowed)
        if number != int(number) or not low <= number <= high:
            refuse(value, what, allowed)
        return int(number)

    return parse


def portion(low: float = 0.0, high: float = 1.0) -> Parser:
    """A share or a yearly change, as ``0.08`` or ``8%``."""
    allowed = f"a share such as 0.08 or 8%, from {low:g} to {high:g}"

    def parse(value: Any, what: str) -> float:
        percent = PERCENT.fullmatch(value.strip()) if isinstance(value, str) else None
        number = float(Fraction(percent[1]) / 100) if percent else decimal(value, what, allowed)
        if not low <= number <= high:
            refuse(value, what, allowed)
        return number

    return parse


def money(value: Any, what: str) -> float:
    """US dollars: ``150000``, ``150k``, ``$150,000``, ``1.5M``."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        refuse(value, what, "an amount such as 150000, 150k or $150,000")
    return parse_money(value, what)


def tokens(value: Any, what: str) -> int:
    """A number of tokens: ``8192`` or ``8K``."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        refuse(value, what, "a number of tokens such as 8192 or 8K")
    return parse_tokens(str(value), what)


def years(value: Any, what: str) -> float:
    """Years: ``3``, ``3y``, ``36 months``; above 0, at most 15."""
    try:
        number = parse_years(value)
    except InputError:
        number = -1.0
    if isinstance(value, bool) or not 0 < number <= 15:
        refuse(value, what, "years such as 3, 3y or 36 months; above 0, at most 15")
    return number


def electricity(value: Any, what: str) -> float:
    """A tariff in US dollars per kWh: ``0.12`` or ``$0.12``."""
    text = value.strip().removeprefix("$") if isinstance(value, str) else value
    return float(real(0, 10, "US dollars per kWh")(text, what))


def day(value: Any, what: str) -> str:
    """A day ``2026-09-30`` or a month ``2026-09``."""
    text = value.strip() if isinstance(value, str) else ""
    match = re.fullmatch(r"(\d{4})-(\d{2})(?:-(\d{2}))?", text)
    if match is None or not 1 <= int(match[2]) <= 12 or not 1 <= int(match[3] or 1) <= 31:
        refuse(value, what, "a date such as 2026-09-30 or 2026-09")
    return text


def flag(value: Any, what: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        refuse(value, what, "true or false")
    return value


def text(value: Any, what: str) -> str:
    """A name: non-empty text of at most 200 characters."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip() or len(value) > 200:
        refuse(value, what, "a name, as text of at most 200 characters")
    return str(value).strip()


def choice(allowed: Callable[[], Iterable[str]], words: Mapping[str, str] | None = None) -> Parser:
    """One of a few words; ``allowed`` is asked only when needed (it may import the schema)."""

    def parse(value: Any, what: str) -> str:
        pool = list(allowed())
        given = value.strip().lower() if isinstance(value, str) else value
        given = (words or {}).get(given, given) if isinstance(given, str) else given
        if given in pool:
            return str(given)
        near = nearest(given, pool, 1) if isinstance(given, str) and given else []
        hint = f"Did you mean {near[0]}? " if near else ""
        raise InputError(
            f"{what}: {shown(value)} is not known", f"{hint}Allowed: {', '.join(pool)}"
        )

    return parse


def many(one: Parser, empty: bool = True) -> Parser:
    """A list of values; a single value, or text with commas, stands for a list."""

    def parse(value: Any, what: str) -> list[Any]:
        items = list(value) if isinstance(value, list | tuple) else [value]
        items = [p for i in items for p in (i.split(",") if isinstance(i, str) else [i])]
        if not items and not empty:
            raise InputError(f"{what}: the list is empty", "Name at least one, or leave it out")
        if len(items) > 1_000:
            raise InputError(f"{what}: {len(items):,} entries are too many", "At most 1,000")
        found = [one(item, what) for item in items]
        return [x for i, x in enumerate(found) if x not in found[:i]]

    return parse


def formats(pool: tuple[str, ...], words: Mapping[str, tuple[str, ...]]) -> Parser:
    """Number formats by name, or by a word such as ``4bit`` that stands for several."""
    one = choice(lambda: [*pool, *words])

    def parse(value: Any, what: str) -> list[str]:
        names = many(one, empty=False)(value, what)
        found = [f for name in names for f in words.get(name, (name,))]
        return list(dict.fromkeys(found))

    return parse


def memory_per_vram(value: Any, what: str) -> float:
    """A ratio, or a preset: none, lean, standard, guide."""
    if isinstance(value, str) and value.strip().lower() in MEMORY_PER_VRAM:
        return MEMORY_PER_VRAM[value.strip().lower()]
    presets = ", ".join(f"{name} ({ratio:g})" for name, ratio in MEMORY_PER_VRAM.items())
    allowed = f"a ratio from 0 to 100, or one of {presets}"
    number = decimal(value, what, allowed)
    if not 0 <= number <= 100:
        refuse(value, what, allowed)
    return number


def power_cap(value: Any, what: str) -> str | int:
    """Watts per accelerator, or ``auto`` (a decision of the build) or ``off`` (the TDP)."""
    allowed = "auto, off, or watts per accelerator from 30 to 5,000"
    word = value.strip().lower() if isinstance(value, str) else value
    if value is False:
        return "off"
    if word in ("auto", "off"):
        return str(word)
    if isinstance(word, str):
        word = word.removesuffix("w").strip()
    watts = decimal(word, what, allowed)
    if not 30 <= watts <= 5000 or watts != int(watts):
        refuse(value, what, allowed)
    return int(watts)


def circuits(value: Any, what: str) -> list[Any]:
    """Circuits as ``30A/240V:2`` or as mappings (checked by the schema), one or several."""
    items = value if isinstance(value, list | tuple) else [value]
    if not items:
        raise InputError(f"{what}: no circuit given", "Write 30A/240V:2")
    found: list[Any] = []
    for item in items:
        if isinstance(item, dict):
            found.append(dict(item))
        elif isinstance(item, str):
            found += [parse_circuit(part) for part in item.split(",")]
        else:
            refuse(item, what, "amperes and volts such as 30A/240V:2")
    return found


HELD = ("quantity", "condition", "resale")
"""What may be said of a part on the shelf."""
HELD_CONDITIONS = ("new", "refurbished", "used")


def owned(value: Any, what: str) -> list[dict[str, Any]]:
    """Parts on the shelf: ``rtx-3090:2``, a list of those, or a mapping of ids.

    In a mapping each id has a number, or ``quantity`` with ``condition`` [used] and ``resale``
    (US dollars that one would fetch if it is not used).
    """
    if isinstance(value, dict):
        pairs = list(value.items())
    else:
        items = value if isinstance(value, list | tuple) else [value]
        parts = [p for i in items for p in text(i, what).split(",")]
        pairs = [
            (p.rpartition(":")[0], p.rpartition(":")[2]) if ":" in p else (p, 1) for p in parts
        ]
    return [{"id": text(name, what)} | _held(held, f"{what} {shown(name)}") for name, held in pairs]


def _held(value: Any, what: str) -> dict[str, Any]:
    count = whole(1, 10_000)
    if not isinstance(value, dict):
        return {"quantity": count(value, what)}
    for key in value:
        if key not in HELD:
            near = nearest(str(key), HELD, 1) or HELD
            raise InputError(f"{what}: unknown key '{shown(key)}'", f"Allowed: {', '.join(near)}")
    found: dict[str, Any] = {"quantity": count(value.get("quantity", 1), what)}
    if value.get("condition") is not None:
        found["condition"] = choice(lambda: HELD_CONDITIONS)(value["condition"], what)
    if value.get("resale") is not None:
        found["resale_usd"] = money(value["resale"], what)
    return found
