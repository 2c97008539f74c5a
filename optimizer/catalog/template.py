"""A commented YAML template of any entry, made from its type: every field, unit, allowed values."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from optimizer.catalog.importers.yaml_text import scalar
from optimizer.catalog.sections import COMPONENT_SECTIONS
from optimizer.errors import unknown_name
from optimizer.schema.assumptions import CostClass
from optimizer.schema.engine import Engine
from optimizer.schema.llm import Llm
from optimizer.schema.offer import CloudRate, CurrencyRate, Offer
from optimizer.schema.site import Site

KINDS: dict[str, tuple[str, type[BaseModel]]] = {
    **{kind: (section, record) for section, (kind, record) in COMPONENT_SECTIONS.items()},
    "llm": ("llms", Llm),
    "engine": ("engines", Engine),
    "site": ("sites", Site),
    "cost_class": ("cost_classes", CostClass),
    "offer": ("offers", Offer),
    "cloud_rate": ("cloud_rates", CloudRate),
    "currency_rate": ("currency_rates", CurrencyRate),
}
"""Kind -> (section of a catalog file, type)."""

UNITS = (
    ("_gb_s", "GB/s (10^9 bytes)"),
    ("_usd_per_kwh", "US dollars per kWh"),
    ("_tflops", "dense TFLOPS"),
    ("_tops", "dense TOPS"),
    ("_gbps", "Gbit/s"),
    ("_mib", "MiB, as the driver reports"),
    ("_gib", "GiB"),
    ("_gb", "GB (10^9 bytes)"),
    ("_dba", "dB(A) at 1 m"),
    ("_mm", "mm"),
    ("_kg", "kg"),
    ("_va", "VA"),
    ("_w", "watts"),
    ("_b", "billions"),
    ("_usd", "US dollars"),
    ("usd_per_gpu_hour", "US dollars"),
    ("volts", "volts"),
    ("amps", "amperes"),
    ("rack_units", "U"),
)
EXAMPLES: dict[str, Any] = {
    "id": "my-part",
    "name": "My part",
    "date": "2026-09-30",
    "vendor": "My vendor",
    "provider": "My provider",
    "component": "a100-pcie-80gb",
    "accelerator": "a100-pcie-80gb",
    "accelerators": "a100-pcie-80gb",
    "source": "my-source#line 1",
    "compute_capability": "8.0",
    "memory_type": "HBM2e",
    "socket": "SP5",
    "version": "0.1",
    "min_cuda": "12.4",
    "min_driver": "550.54",
    "container": "my/container:1.0",
    "huggingface": "org/name",
    "model_type": "llama",
    "license": "Apache-2.0",
    "plug": "L6-30P",
    "term": "on-demand",
    "attention_pattern": "F",
    "experts_per_token": 1,
}
"""Stand-ins that the schema takes, where the type alone does not give one."""
LISTS: dict[str, list[Any]] = {"residual": [1, 0.5]}
SHOWN = ("attention", "mlp_width")
"""Optional fields of an LLM without which it says too little."""
OWN = ("sources", "estimated")
SOURCE = """sources:
  my-source:
    title: Datasheet of my part      # what it is called
    publisher: My vendor             # who published it
    url: null                        # text, or null
    date: "2026-09-30"               # when it was published or seen
    confidence: medium               # high, medium or low
"""


def template(kind: str) -> str:
    """A catalog file with one entry to fill in; it is valid as it stands.

    Raises InputError for an unknown kind.
    """
    if kind not in KINDS:
        raise unknown_name("kind", kind, KINDS)
    section, record = KINDS[kind]
    lines = [
        *(f"# {line}".rstrip() for line in _about(record)),
        "#",
        f"# One {kind} to fill in. What stands after '#' says what is allowed; lines that begin",
        "# with '#' may be left out. null: not known, or none.",
        "",
        *SOURCE.splitlines(),
        "",
        f"{section}:",
    ]
    fields = list(_fields(record, 4))
    fields[0] = "  - " + fields[0].lstrip()
    lines += fields
    if "sources" in record.model_fields:
        lines += [
            "    sources:",
            "      default: my-source#page 1    # of every field, unless it is named:",
            "      # FIELD: other-source#table 2",
            "    # estimated: []                # fields that nobody published",
        ]
    return "\n".join(lines) + "\n"


def _about(record: type[BaseModel]) -> list[str]:
    """What the type's own documentation says."""
    return (inspect.getdoc(record) or "").replace("``", "").splitlines()


def _fields(record: type[BaseModel], indent: int, off: bool = False) -> Iterator[str]:
    """One line per field, optional ones commented out; nested records below their key."""
    pad = " " * indent
    for name, info in record.model_fields.items():
        if name in OWN and "sources" in record.model_fields:
            continue
        wanted = record is Llm and name in SHOWN
        optional = off or not (info.is_required() or wanted)
        mark = "# " if optional else ""
        inner = _record_in(info.annotation)
        if inner is None:
            text = f"{pad}{mark}{name}: {scalar_of(name, info)}"
            yield f"{text.ljust(38)} # {describe(name, info)}"
            continue
        note = "a list" if _is_list(info.annotation) else "keys and values"
        nullable = ", or null" if _nullable(info.annotation) else ""
        yield f"{pad}{mark}{name}:".ljust(38) + f" # {note}{nullable}"
        lines = list(_fields(inner, indent + (4 if _is_list(info.annotation) else 2), optional))
        if _is_list(info.annotation):
            lines = _dashed(lines, indent + 2)
        yield from lines


def _dashed(lines: list[str], indent: int) -> list[str]:
    """The fields of a list's first item, behind its dash; optional ones stay comments."""
    pad = " " * indent
    first = lines[0].lstrip()
    if first.startswith("# "):
        return [f"{pad}# - {first[2:]}", *lines[1:]]
    return [f"{pad}- {first}", *lines[1:]]


def _parts(annotation: Any) -> list[Any]:
    """An annotation without Annotated and unions around it."""
    if get_origin(annotation) in (Union, UnionType):
        return [p for a in get_args(annotation) for p in _parts(a)]
    if hasattr(annotation, "__metadata__"):
        return _parts(annotation.__origin__)
    return [annotation]


def _nullable(annotation: Any) -> bool:
    return NoneType in _parts(annotation)


def _is_list(annotation: Any) -> bool:
    return any(get_origin(p) in (tuple, list) for p in _parts(annotation))


def _record_in(annotation: Any) -> type[BaseModel] | None:
    for part in _parts(annotation):
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part
        if get_origin(part) in (tuple, list):
            return _record_in(get_args(part)[0])
    return None


def _literals(annotation: Any) -> list[Any]:
    found: list[Any] = []
    for part in _parts(annotation):
        if get_origin(part) is Literal:
            found += get_args(part)
        elif get_origin(part) in (tuple, list):
            found += _literals(get_args(part)[0])
    return found


def _bounds(annotation: Any, info: FieldInfo | None = None) -> tuple[Any, Any, bool]:
    """Least and greatest value, and whether the least itself is excluded."""
    low: Any = None
    high: Any = None
    above = False
    marks = list(info.metadata) if info is not None else []
    todo = [annotation]
    while todo:
        current = todo.pop()
        for mark in getattr(current, "__metadata__", ()):
            marks += [mark, *getattr(mark, "metadata", ())]
        todo += [a for a in get_args(current) if get_origin(current) is not Literal]
        if hasattr(current, "__origin__") and hasattr(current, "__metadata__"):
            todo.append(current.__origin__)
    for mark in marks:
        if isinstance(mark, Ge):
            low = mark.ge
        elif isinstance(mark, Gt):
            low, above = mark.gt, True
        elif isinstance(mark, Le):
            high = mark.le
    return low, high, above


def scalar_of(name: str, info: FieldInfo) -> str:
    """A value that stands for the field until it is filled in."""
    annotation = info.annotation
    if name in LISTS:
        return f"[{', '.join(scalar(v) for v in LISTS[name])}]"
    if not info.is_required() and name not in SHOWN:
        default = info.get_default(call_default_factory=True)
        if isinstance(default, tuple | list | dict):
            return "[]" if not isinstance(default, dict) else "{}"
        return '""' if default == "" else scalar(default)
    literals = _literals(annotation)
    value: Any = EXAMPLES.get(name)
    if literals:
        value = literals[0]
    elif value is None and _nullable(annotation) and name not in SHOWN:
        return "null"
    elif value is None:
        value = _smallest(annotation, info)
    return f"[{scalar(value)}]" if _is_list(annotation) else scalar(value)


def _smallest(annotation: Any, info: FieldInfo) -> Any:
    kinds = [p for p in _parts(annotation) if p is not NoneType]
    for part in list(kinds):
        kinds += [p for a in get_args(part) for p in _parts(a)]
    if bool in kinds:
        return False
    if str in kinds:
        return "text"
    low, _, above = _bounds(annotation, info)
    least = 1 if low is None or above or low == 0 else low
    return float(least) if float in kinds and int not in kinds else least


def describe(name: str, info: FieldInfo) -> str:
    """What may stand there: unit, allowed values, bounds, and what leaving it out means."""
    annotation = info.annotation
    parts = [unit for ending, unit in UNITS if name.endswith(ending)][:1]
    literals = [str(v) for v in _literals(annotation)]
    if literals:
        parts.append(("a list of " if _is_list(annotation) else "") + ", ".join(literals))
    else:
        parts += _kind_of(annotation, info)
    if _nullable(annotation):
        parts.append("or null")
    if not info.is_required():
        parts.append("optional")
    return "; ".join(dict.fromkeys(parts))


def _kind_of(annotation: Any, info: FieldInfo) -> list[str]:
    parts = [p for p in _parts(annotation) if p is not NoneType]
    many = _is_list(annotation)
    inner = [p for part in parts for a in get_args(part) for p in _parts(a)] if many else parts
    low, high, above = _bounds(annotation, info)
    noun = ""
    if bool in inner:
        noun = "true or false"
    elif str in inner:
        noun = "text"
    elif int in inner:
        noun = "whole number"
    elif float in inner:
        noun = "number"
    if noun in ("whole number", "number") and high is not None:
        span = f"over {low:,}" if above else f"from {low or 0:,}"
        noun += f" {span} to {int(high):,}"
    return [f"a list, each {noun}" if many else noun] if noun else []
