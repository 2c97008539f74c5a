"""Which constants of the calibration are fitted, within which bounds, and from which prior.

A constant may stand in several places of the calibration (an engine that was never measured shares
the time per step of those that were); a place may hold a multiple of it. What is not named here is
set by judgement and stays as it is in the catalog.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from optimizer.schema.calibration import Calibration


@dataclass(frozen=True, slots=True)
class Constant:
    """One fitted number. ``pull`` is the weight of its prior, in the logarithm.

    ``places`` are dotted paths in the calibration, each with a factor. ``stage`` 2 is fitted after
    the rest is fixed, on times to the first token under load.
    """

    name: str
    prior: float
    low: float
    high: float
    pull: float
    places: tuple[tuple[tuple[str, ...], float], ...]
    stage: int = 1


def _constant(
    name: str,
    prior: float,
    bounds: tuple[float, float],
    pull: float,
    *more: str | tuple[str, float],
    stage: int = 1,
) -> Constant:
    places = [(tuple(name.split("|")), 1.0)]
    for place in more:
        path, factor = (place, 1.0) if isinstance(place, str) else place
        places.append((tuple(path.split("|")), factor))
    return Constant(name, prior, *bounds, pull, tuple(places), stage)


READ, KV, FORMAT, EXPERT = (0.3, 1.0), (0.2, 1.0), (0.4, 1.0), (0.3, 1.0)
MFU = (0.1, 1.0)
LAYER, STEP, SEQUENCE = (0.5, 400.0), (10.0, 20_000.0), (0.01, 100.0)
SHARED = ("vllm", "tensorrt-llm", "sglang", "exllamav2", "default")

CONSTANTS: tuple[Constant, ...] = (
    # shares of bandwidth; priors are measured kernels
    _constant("weight_read|ampere", 0.74, READ, 0.5),
    _constant("weight_read|hopper", 0.82, READ, 0.5),
    _constant("weight_read|blackwell", 0.80, READ, 0.5),
    _constant("weight_read|gddr", 0.84, READ, 0.5),
    _constant("kv_read|hbm", 0.75, KV, 0.5),
    _constant("kv_read|gddr", 0.75, KV, 0.5, "kv_read|default"),
    _constant("weight_format|fp8", 0.88, FORMAT, 0.3),
    _constant("weight_format|int8", 0.85, FORMAT, 0.3, "weight_format|fp8/fp16"),
    _constant("weight_format|int4", 0.83, FORMAT, 0.3),
    _constant("weight_format|nvfp4", 0.85, FORMAT, 0.3),
    _constant("weight_format|mxfp4", 0.85, FORMAT, 0.3),
    _constant("weight_format|mxfp4/fp16", 0.6, FORMAT, 0.3, "weight_format|nvfp4/fp16"),
    _constant("weight_format|gguf-q4_k_m", 0.85, FORMAT, 0.3, "weight_format|default"),
    _constant("expert_format|bf16", 0.9, EXPERT, 0.3),
    _constant("expert_format|fp8", 0.9, EXPERT, 0.3, ("expert_format|fp8/fp16", 0.88)),
    _constant("expert_format|int8", 0.9, EXPERT, 0.3),
    _constant("expert_format|int4", 0.8, EXPERT, 0.3),
    _constant("expert_format|nvfp4", 0.9, EXPERT, 0.3),
    _constant("expert_format|mxfp4", 0.9, EXPERT, 0.3),
    _constant(
        "expert_format|mxfp4/fp16",
        0.6,
        EXPERT,
        0.3,
        "expert_format|nvfp4/fp16",
        "expert_format|default",
    ),
    # shares of the dense peak
    _constant("compute|ampere|fp16", 0.65, MFU, 0.2),
    _constant("compute|hopper|fp16", 0.6, MFU, 0.2),
    _constant("compute|hopper|fp8", 0.5, MFU, 0.2),
    _constant("compute|ada|fp16", 0.62, MFU, 2.0, "compute|blackwell-gddr|fp16"),
    _constant("compute|ada|fp8", 0.45, MFU, 0.2, "compute|blackwell-gddr|fp8"),
    _constant("compute|blackwell|fp16", 0.5, MFU, 0.6),
    _constant("compute|blackwell|fp8", 0.45, MFU, 0.2),
    _constant("compute|blackwell|fp4", 0.35, MFU, 0.2, "compute|blackwell|default"),
    _constant(
        "compute|ampere|int8",
        0.5,
        MFU,
        0.2,
        *(f"compute|{g}|{f}" for g in ("ada", "hopper") for f in ("int8", "default")),
        "compute|ampere|default",
    ),
    _constant("attention_compute", 0.5, MFU, 0.2),
    _constant("expert_compute", 0.7, MFU, 0.2),
    # exchange
    _constant(
        "fabrics|nvswitch|latency_us",
        8.0,
        (1.0, 40.0),
        0.1,
        "fabrics|mesh|latency_us",
        "fabrics|bridge|latency_us",
        ("fabrics|xgmi|latency_us", 1.25),
        ("fabrics|roce|latency_us", 2.0),
    ),
    _constant(
        "fabrics|nvswitch|efficiency",
        0.5,
        MFU,
        0.2,
        "fabrics|mesh|efficiency",
        "fabrics|bridge|efficiency",
        ("fabrics|xgmi|efficiency", 0.8),
        ("fabrics|roce|efficiency", 0.8),
    ),
    _constant(
        "fabrics|pcie|latency_us",
        60.0,
        (5.0, 300.0),
        0.1,
        "fabrics|network|latency_us",
        "fabrics|default|latency_us",
    ),
    _constant(
        "fabrics|pcie|efficiency",
        0.5,
        MFU,
        0.2,
        "fabrics|network|efficiency",
        "fabrics|default|efficiency",
    ),
    # engines
    _constant("engines|vllm|layer_us", 30.0, LAYER, 0.15, "engines|vllm-2024|layer_us"),
    _constant("engines|tensorrt-llm|layer_us", 30.0, LAYER, 0.15),
    _constant("engines|sglang|layer_us", 30.0, LAYER, 0.15),
    _constant(
        "engines|default|layer_us",
        30.0,
        LAYER,
        0.15,
        "engines|exllamav2|layer_us",
        "engines|tensorrt-llm-2024|layer_us",
    ),
    _constant("engines|vllm-2023|layer_us", 400.0, (0.5, 900.0), 0.15),
    _constant("engines|llama.cpp|layer_us", 40.0, LAYER, 0.15),
    _constant(
        "engines|default|step_us",
        400.0,
        STEP,
        0.15,
        *(f"engines|{e}|step_us" for e in SHARED if e != "default"),
    ),
    _constant("engines|vllm-2023|step_us", 5000.0, STEP, 0.15),
    _constant("engines|tensorrt-llm-2024|step_us", 800.0, STEP, 0.15),
    _constant("engines|llama.cpp|step_us", 100.0, STEP, 0.15),
    _constant(
        "engines|default|sequence_us",
        5.0,
        SEQUENCE,
        0.1,
        *(f"engines|{e}|sequence_us" for e in SHARED if e != "default"),
    ),
    _constant(
        "engines|tensorrt-llm-2024|sequence_us",
        5.0,
        SEQUENCE,
        0.1,
        "engines|vllm-2023|sequence_us",
    ),
    _constant("engines|llama.cpp|kv_read", 0.9, (0.2, 1.0), 0.1),
    _constant(
        "engines|default|token_passes",
        10.0,
        (1.0, 60.0),
        0.1,
        *(f"engines|{e}|token_passes" for e in SHARED if e != "default"),
        "engines|vllm-2024|token_passes",
        "engines|tensorrt-llm-2024|token_passes",
    ),
    _constant("engines|vllm-2023|token_passes", 20.0, (1.0, 100.0), 0.1),
    _constant("engines|llama.cpp|token_passes", 60.0, (1.0, 200.0), 0.1),
    _constant(
        "pipeline_efficiency",
        0.85,
        (0.5, 1.0),
        0.3,
    ),
    _constant("engines|llama.cpp|score_passes", 6.0, (1.0, 16.0), 0.1),
    _constant("engines|llama.cpp|hbm_read", 0.75, (0.3, 1.0), 0.05),
    _constant("engines|llama.cpp|compute", 0.5, (0.05, 1.0), 0.05),
    _constant("expert_slice", 50.0, (1.0, 1000.0), 0.1),
    _constant("moe_layer_us", 15.0, (0.1, 100.0), 0.1),
    _constant("mla_layer_us", 15.0, (0.1, 100.0), 0.1),
    _constant("sparse_attention_layer_us", 40.0, (0.1, 300.0), 0.02),
    # what only bursts have measured
    _constant("engines|vllm-2024|step_us", 2000.0, STEP, 0.15, stage=2),
    _constant("engines|vllm-2024|sequence_us", 50.0, (0.01, 500.0), 0.1, stage=2),
    # the first token under load
    _constant("engines|vllm|first_token_us", 30e3, (100.0, 300e3), 0.1, stage=2),
    _constant("engines|tensorrt-llm|first_token_us", 30e3, (100.0, 300e3), 0.1, stage=2),
    _constant("engines|tensorrt-llm-2024|first_token_us", 20e3, (100.0, 300e3), 0.1, stage=2),
    _constant("engines|sglang|first_token_us", 80e3, (100.0, 300e3), 0.1, stage=2),
    *(
        _constant(f"engines|{engine}|queue|{name}", prior, bounds, 0.05, stage=2)
        for engine in ("vllm", "tensorrt-llm", "sglang")
        for name, prior, bounds in (
            ("wait_steps", 1.0, (0.01, 20.0)),
            ("burst_share", 0.05, (0.001, 1.0)),
            ("request_us", 1000.0, (1.0, 50e3)),
        )
    ),
)


@dataclass
class Constants:
    """Some fitted constants over the rest of a calibration."""

    base: Calibration
    fitted: Sequence[Constant]
    _plain: dict[str, Any] = field(init=False)
    _made: int = 0

    def __post_init__(self) -> None:
        self._plain = self.base.model_dump(mode="python")

    def current(self) -> list[float]:
        """Where the constants stand in the base."""
        found = []
        for constant in self.fitted:
            place: Any = self._plain
            for key in constant.places[0][0]:
                place = place[key]
            found.append(float(place))
        return found

    def plain(self, values: Mapping[str, float]) -> dict[str, Any]:
        """The calibration as a plain mapping with these values in it."""
        made: dict[str, Any] = copy.deepcopy(self._plain)
        for constant in self.fitted:
            if constant.name not in values:
                continue
            for path, factor in constant.places:
                _put(made, path, values[constant.name] * factor)
        return made

    def calibration(self, values: Mapping[str, float]) -> Calibration:
        """The calibration with these values; its id is new, because caches go by it."""
        self._made += 1
        return Calibration.model_validate(
            {**self.plain(values), "id": f"{self.base.id}-{self._made}"}
        )


def _put(target: dict[str, Any], path: Sequence[str], value: float) -> None:
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
