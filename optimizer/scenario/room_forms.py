"""How people write what a room removes, and how loud it may be."""

from __future__ import annotations

import re
from fractions import Fraction
from math import floor
from typing import Any

from optimizer.air import BTU_H_PER_TON, BTU_H_PER_W, air_watts, room_watts
from optimizer.errors import InputError, nearest, shown
from optimizer.scenario.forms import decimal, real, refuse, whole

MAX_HEAT_W = 100_000_000
HEAT = re.compile(
    r"(?P<number>[\d,]+(?:\.\d+)?)\s*(?P<unit>W|kW|MW|BTU(?:/?hr?)?|tons?|CFM)?", re.IGNORECASE
)
RISE_C = 10.0
"""Rise of the air of a fan or a room, unless said otherwise: as in the rooms of the catalog."""
HEIGHT_M = 2.4
CHANGES_PER_H = 1.0
"""Changes of air of a room with its door shut, by leaks alone. An estimate on the safe side."""
WINDOW_AC_SHARE = Fraction(8, 10)
"""Part of its rating by which a window unit cools dry air; the rest dries it. An estimate."""
HEAT_FORMS = (
    '3500, 3.5 kW, "12,000 BTU/h", 1 ton, 200 CFM, or a room: {m3: 30, window_ac: 8000 BTU/h}'
)
NOISE_LIMITS: dict[str, float] = {
    "bedroom": 30.0,
    "living-room": 35.0,
    "office": 45.0,
    "closet": 50.0,
    "garage": 60.0,
    "server-room": 85.0,
}
"""Named limits in dB(A). Bedrooms at night and dwellings by day: WHO, Guidelines for community
noise (1999). Server rooms: NIOSH, 85 dB(A) over eight hours. Offices, closets next to them and
garages: estimates from the planning range of 35 to 50 dB(A), and what machines outside it bear."""
MAX_NEW_CIRCUITS = 2
"""What ``allowed`` means: more in one room are an electrician's project."""
MOST_CIRCUITS = 8
ROOM_KEYS = ("m3", "area_m2", "height_m", "air_changes_per_h", "air_rise_c", "fan_cfm", "window_ac")


def heat_removal(value: Any, what: str) -> int:
    """Watts from watts, kW, BTU/h, tons, CFM of air, or a room with its window unit."""
    if isinstance(value, dict):
        return _room(value, what)
    if isinstance(value, str):
        return _checked(_written(value, what), value, what)
    return _checked(Fraction(decimal(value, what, HEAT_FORMS)), value, what)


def _checked(watts: Fraction, given: Any, what: str) -> int:
    if not 0 <= watts <= MAX_HEAT_W:
        refuse(given, what, HEAT_FORMS)
    return floor(watts)


def _written(text: str, what: str) -> Fraction:
    match = HEAT.fullmatch(text.strip()) if len(text) <= 40 else None
    if match is None:
        refuse(text, what, HEAT_FORMS)
    number = Fraction(repr(decimal(match["number"], what, HEAT_FORMS)))
    unit = (match["unit"] or "W").lower()
    if unit == "cfm":
        return Fraction(air_watts(float(number), RISE_C))
    per_watt = Fraction(repr(BTU_H_PER_W))
    if unit.startswith("btu"):
        return number / per_watt
    if unit.startswith("ton"):
        return number * BTU_H_PER_TON / per_watt
    return number * {"w": 1, "kw": 1000, "mw": 10**6}[unit]


def _room(given: dict[Any, Any], what: str) -> int:
    """Air that leaks or is blown through, and a window unit; walls are not counted."""
    for key in given:
        if key not in ROOM_KEYS:
            near = nearest(str(key), ROOM_KEYS, 1)
            hint = f"Did you mean {near[0]}? " if near else ""
            allowed = f"{hint}Allowed: {', '.join(ROOM_KEYS)}"
            raise InputError(f"{what}: unknown key '{shown(key)}'", allowed)

    def number(key: str, default: float, high: float) -> float:
        name = f"{what}.{key}"
        return float(real(0, high)(given[key], name)) if key in given else default

    if ("m3" in given) == ("area_m2" in given):
        raise InputError(f"{what}: say how large the room is", "Give either m3 or area_m2")
    volume = number("m3", 0, 1e6) or number("area_m2", 0, 1e6) * number("height_m", HEIGHT_M, 100)
    rise = number("air_rise_c", RISE_C, 50)
    watts = room_watts(volume, number("air_changes_per_h", CHANGES_PER_H, 1000), rise)
    watts += air_watts(number("fan_cfm", 0, 1e6), rise)
    if given.get("window_ac") is not None:
        watts += floor(heat_removal(given["window_ac"], f"{what}.window_ac") * WINDOW_AC_SHARE)
    return _checked(Fraction(watts), given, what)


def new_circuits(value: Any, what: str) -> int:
    """How many circuits may be added: a number, or ``allowed`` for as many as are ever tried."""
    words = {"allowed": MAX_NEW_CIRCUITS, "none": 0, "no": 0}
    text = value.strip().lower() if isinstance(value, str) else value
    if isinstance(text, str) and text in words:
        return words[text]
    if isinstance(value, bool):
        refuse(value, what, f"a number up to {MOST_CIRCUITS}, or allowed ({MAX_NEW_CIRCUITS})")
    return int(whole(0, MOST_CIRCUITS)(value, what))


def noise_limit(value: Any, what: str) -> float:
    """dB(A) as a number, or by the name of a place."""
    if isinstance(value, str):
        name = value.strip().lower().replace(" ", "-").replace("_", "-")
        if name in NOISE_LIMITS:
            return NOISE_LIMITS[name]
        value = re.sub(r"\s*dB\s*\(?A?\)?$", "", value.strip(), flags=re.IGNORECASE)
    places = ", ".join(f"{name} ({dba:g})" for name, dba in NOISE_LIMITS.items())
    allowed = f"dB(A) from 20 to 140, or a place: {places}"
    number = decimal(value, what, allowed)
    if not 20 <= number <= 140:
        refuse(value, what, allowed)
    return number
