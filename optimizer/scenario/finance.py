"""How a request counts money: what it says, else the assumptions of the catalog."""

from __future__ import annotations

from typing import Any

from optimizer.catalog.catalog import Catalog
from optimizer.errors import InputError
from optimizer.scenario.keys import Names, located
from optimizer.scenario.names import resolve_name
from optimizer.schema.request import FINANCE_KEYS, Finance

LOAN_KEYS = ("loan_rate", "loan_years", "loan_share")
MONTHS = 12


def build_finance(read: dict[str, Any], catalog: Catalog, names: Names) -> Finance:
    """The finance part of a request, with every default filled in. Raises InputError."""
    assumed = {k: a.default for k, a in catalog.assumptions.items() if k in FINANCE_KEYS}
    given = {key: read[key] for key in FINANCE_KEYS if key in read}
    if "licences" in given:
        found = [
            resolve_name(catalog, "licence", name, names, ("licences",))
            for name in given["licences"]
        ]
        given["licences"] = tuple(dict.fromkeys(found))
    fields = {FINANCE_KEYS[key]: value for key, value in (assumed | given).items()}
    finance = Finance.model_validate(fields)
    _check_loan(finance, read, names)
    return finance


def _check_loan(finance: Finance, read: dict[str, Any], names: Names) -> None:
    """A loan is paid back within the horizon, in whole months; its keys need a loan."""
    for key in (*LOAN_KEYS, "lease_per_month"):
        kind = "loan" if key in LOAN_KEYS else "lease"
        if key in read and finance.financing != kind:
            message = f"{names.label((key,))} says nothing without financing: {kind}"
            raise located(names, (key,), InputError(message, f"Add financing: {kind}"))
    if finance.financing != "loan":
        return
    longest = int(round(finance.horizon_years * MONTHS, 9))
    months = longest if finance.loan_years is None else round(finance.loan_years * MONTHS, 9)
    if months < 1 or months != int(months):
        message = f"{names.label(('loan_years',))}: a loan runs for whole months, at least one"
        raise located(names, ("loan_years",), InputError(message, "Give it as: 36 months"))
    if months > longest:
        message = (
            f"{names.label(('loan_years',))}: {months:g} months are longer than the horizon"
            f" of {finance.horizon_years:g} years"
        )
        raise located(names, ("loan_years",), InputError(message, "Give a longer horizon"))
