"""The bill of materials as a table."""

from __future__ import annotations

from optimizer.report.quantity import amount, number
from optimizer.report.style import Style, clean, left, right, wrap
from optimizer.schema.build import BillLine, Build

ORDER = (
    "accelerator",
    "bridge",
    "platform",
    "cpu",
    "memory",
    "storage",
    "chassis",
    "psu",
    "nic",
    "cable",
    "switch",
    "cooling",
    "pdu",
    "ups",
    "circuit",
)
CONDITIONS = {"refurbished": "refurb"}
QUANTITY, UNIT, TOTAL, CONDITION, PRICED = 5, 10, 11, 8, 10
ESTIMATE = "*"


def render_bill(build: Build, style: Style) -> list[str]:
    """What is bought, with unit price, total, condition and the month of the price.

    Parts that come inside a platform stand under it, without a price.
    """
    room = style.width - QUANTITY - UNIT - TOTAL - CONDITION - PRICED
    head = (
        left("Bill of materials", room)
        + right("qty", QUANTITY)
        + right("unit $", UNIT)
        + right("total $", TOTAL)
        + left("  cond", CONDITION)
        + left("  priced", PRICED)
    )
    lines = [style.title(head.rstrip())]
    for line in ordered(build.bill_of_materials):
        lines += _row(line, room, style)
    total = sum(line.total_usd for line in build.bill_of_materials)
    label = left("  Total", room + QUANTITY + UNIT)
    lines.append(style.title(label + right(amount(total), TOTAL)))
    if any(line.offer is not None and line.offer.estimated for line in build.bill_of_materials):
        guessed = sum(b.total_usd for b in build.bill_of_materials if b.offer and b.offer.estimated)
        lines.append(f"  {ESTIMATE} estimated price, not an offer: ${amount(guessed)} of the total")
    return lines


def ordered(bill: tuple[BillLine, ...]) -> list[BillLine]:
    """Accelerators first, then what carries them; included parts right after the platform."""
    rank = {kind: i for i, kind in enumerate(ORDER)}
    bought = sorted(
        (line for line in bill if not line.included), key=lambda b: rank.get(b.kind, len(ORDER))
    )
    inside = [line for line in bill if line.included]
    last = max((i for i, line in enumerate(bought) if line.kind == "platform"), default=-1)
    return bought[: last + 1] + inside + bought[last + 1 :]


def _unit(line: BillLine) -> str:
    """The price of one, with cents where the total would not follow without them."""
    price = line.unit_price_usd
    if line.quantity > 1 and price < 1000 and abs(price - round(price)) >= 0.005:
        return number(price, 2)
    return amount(price)


def _row(line: BillLine, room: int, style: Style) -> list[str]:
    indent = "    " if line.included else "  "
    names = wrap(clean(line.name), room - len(indent) - 1)
    quantity = right(f"{line.quantity:,}", QUANTITY)
    if line.included:
        tail = quantity + right("included", UNIT)
    else:
        priced = ""
        if line.offer is not None:
            priced = clean(line.offer.as_of)[:7] + (ESTIMATE if line.offer.estimated else "")
        condition = CONDITIONS.get(line.condition, line.condition)
        tail = (
            quantity
            + right(_unit(line), UNIT)
            + right(amount(line.total_usd), TOTAL)
            + left(f"  {condition}", CONDITION)
            + left(f"  {priced}", PRICED)
        )
    rows = [left(indent + names[0], room) + tail]
    rows += [indent + "  " + more for name in names[1:] for more in wrap(name, room - 6)]
    return [style.paint(row, "dim") for row in rows] if line.included else rows
