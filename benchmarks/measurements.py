"""Read published serving measurements: one row of CSV to one case, or the reason to refuse it.

Sources name LLMs, accelerators, engines and precisions each in their own way; this is the one place
that knows their words.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Measure = Literal[
    "offline throughput",
    "closed-loop TPOT",
    "closed-loop TTFT",
    "static throughput",
    "static TPOT",
    "static TTFT",
    "batch-1 decode",
]


class Refused(Exception):
    """Why a row cannot be compared with a prediction."""


@dataclass(frozen=True, slots=True)
class Case:
    """One measurement in the words of the catalog. ``value`` is in tok/s, or in seconds.

    ``sequences`` is ``None`` at maximum load: as many as memory holds.
    """

    source: str
    date: str
    llm: str
    accelerator: str
    engine: str
    precision: str
    kv_precision: str
    accelerators: int
    tensor: int
    pipeline: int
    input_tokens: int
    output_tokens: int
    sequences: int | None
    measure: Measure
    value: float

    @property
    def group(self) -> str:
        """What is held out together: one LLM of one source (and one card, for llama.cpp).

        All llama.cpp rows are one LLM of one source; without the card they would be one group.
        """
        card = f"|{self.accelerator}" if self.engine == "llama.cpp" else ""
        return f"{self.source}|{self.llm}{card}"


LLMS = {
    "deepseek-r1-14b": "deepseek-r1-distill-qwen-14b",
    "deepseek-r1-671b": "deepseek-r1",
    "kimi-k2.5": "kimi-k2-instruct",
    "kimi-k2": "kimi-k2-instruct",
    "llama2-13b": "llama-2-13b",
    "llama2-70b": "llama-2-70b",
    "llama2-7b": "llama-2-7b",
    "llama3-70b": "llama-3-70b",
    "llama3-8b": "llama-3-8b",
    "llama3.1-405b": "llama-3.1-405b-instruct",
    "llama3.1-70b": "llama-3.1-70b-instruct",
    "llama3.1-8b": "llama-3.1-8b-instruct",
    "llama3.2-1b": "llama-3.2-1b-instruct",
    "llama3.2-3b": "llama-3.2-3b-instruct",
    "llama3.3-70b": "llama-3.3-70b-instruct",
    "llama4-maverick": "llama-4-maverick",
    "llama4-scout": "llama-4-scout",
    "mistral-7b": "mistral-7b-instruct-v0.3",
    "nemotron-super-49b": "llama-3.3-nemotron-super-49b",
}
"""Names that are no id or alias in the catalog. Kimi K2.5 has the text part of Kimi K2."""

ACCELERATORS = {
    "a100-sxm-80": "a100-sxm4-80gb",
    "a100-sxm-40": "a100-sxm4-40gb",
    "a100-pcie-80": "a100-pcie-80gb",
    "a100-pcie-40": "a100-pcie-40gb",
    "h100-sxm": "h100-sxm-80gb",
    "h100": "h100-sxm-80gb",
    "h100-pcie": "h100-pcie-80gb",
    "h100-nvl": "h100-nvl-94gb",
    "h200-sxm": "h200-sxm-141gb",
    "h200": "h200-sxm-141gb",
    "h200-nvl": "h200-nvl-141gb",
    "b200-sxm": "b200-sxm-180gb",
    "b200": "b200-sxm-180gb",
    "b300-sxm": "b300-sxm-288gb",
    "gh200-96": "gh200-96gb",
    "gh200": "gh200-144gb",
    "gb10": "gb10-128gb",
    "rtx-pro-6000": "rtx-pro-6000-blackwell-server",
}

PRECISIONS = {
    "fp16": "bf16",
    "bf16": "bf16",
    "fp8": "fp8",
    "fp8-w8a16-marlin": "fp8",
    "int8": "int8",
    "w8a8": "int8",
    "int4": "int4",
    "int4-g128": "int4",
    "int4-g32": "int4",
    "w4a16": "int4",
    "fp4": "nvfp4",
    "nvfp4": "nvfp4",
    "mxfp4": "mxfp4",
    "q4_k_m": "gguf-q4_k_m",
    "q5_k_m": "gguf-q5_k_m",
    "q6_k": "gguf-q6_k",
    "q8_0": "gguf-q8_0",
}
INEXACT_SOURCES = {
    "dynamo-swept/tpot": "batch size derived from other figures, at odds with the KV cache read",
    "aic-silicon-aic-gap-analysis/llama3.1-8b": "concurrency not sustained",
    "aic-silicon-aic-gap-analysis/qwen3-32b/sglang": "all requests sent at once",
}
"""Series whose load is not what the row says: total time and work do not agree."""

MEAN_LENGTH = {"aic-silicon-InferenceX": 0.9}
"""Share of the nominal lengths that requests have on average.

InferenceX (InferenceMAX) draws each length between 80 % and 100 % of the nominal one
(``--random-range-ratio 0.8``, README of the repository, 2025).
"""


def read(path: Path) -> Iterator[tuple[dict[str, str], Case | Refused]]:
    """Each row with its case, or with why there is none. Repeated rows count once."""
    seen = set()
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            try:
                case = case_of(row)
                if case in seen:
                    raise Refused("repeats another row")
                seen.add(case)
                yield row, case
            except Refused as why:
                yield row, why


def case_of(row: dict[str, str]) -> Case:
    """The case of one row. Raises Refused."""
    note = row.get("note") or ""
    if "anomalous" in note:
        raise Refused("marked as anomalous by its source")
    engine = _engine(row)
    _check_load(row, note, engine)
    measure = _measure(row)
    tensor, pipeline = _layout(row)
    unit = 1000.0 if row["unit"] == "ms" else 1.0
    value = float(row["value"]) / unit
    isl, osl = _number(row["isl"]), _number(row["osl"])
    mean = MEAN_LENGTH.get(row["source"], 1.0)
    if row["metric"] == "prefill_tps":
        value = isl / value
    count = int(_number(row["n_gpu"]))
    sequences = int(float(row["concurrency"])) if row["concurrency"] else None
    if row["metric"] == "output_tps_per_gpu":
        value *= count
    elif measure == "static TPOT" and row["metric"].startswith("decode_tps"):
        value = (sequences or 1) / value
    if sequences is None and "max" not in row["conc_kind"]:
        raise Refused("no concurrency given")
    return Case(
        source=row["source"],
        date=row["date"],
        llm=LLMS.get(row["model"], row["model"]),
        accelerator=_accelerator(row["gpu"]),
        engine=engine,
        precision=_precision(row),
        kv_precision=(row.get("kv_prec") or "auto").lower(),
        accelerators=count,
        tensor=tensor,
        pipeline=pipeline,
        input_tokens=round(isl * mean),
        output_tokens=round(osl * mean),
        sequences=sequences,
        measure=measure,
        value=value,
    )


def _number(text: str) -> float:
    if not text:
        raise Refused("no input or output lengths")
    return float(text)


def _engine(row: dict[str, str]) -> str:
    """Family, with the era where an engine has changed since: old releases were slower."""
    text, date = row["engine"].lower(), row["date"]
    if "splitwise" in text:
        return "vllm-2023"
    for family in ("llama.cpp", "sglang", "exllamav2", "vllm"):
        if family in text:
            old = family == "vllm" and date < "2024-10"
            return "vllm-2023" if old else family
    if "tensorrt" in text or "trtllm" in text:
        return "tensorrt-llm-2024" if date < "2025-05" else "tensorrt-llm"
    if not text:
        raise Refused("no engine given")
    return text.split()[0]


def _accelerator(text: str) -> str:
    name = text.lower().replace("_", "-").removeprefix("virtualized ").removeprefix("nvidia ")
    name = re.sub(r"^(h100|h200|b200)-(sxm|nvl)-\d+gb$", r"\1-\2", name)
    name = re.sub(r"^amd instinct (mi\d+x).*$", r"\1", name)
    return ACCELERATORS.get(name, name)


def _precision(row: dict[str, str]) -> str:
    word = row["weight_prec"].lower().split(" ")[0]
    if word not in PRECISIONS:
        raise Refused(f"no weight format like {word}")
    if PRECISIONS[word] == "nvfp4" and row["model"].startswith("gpt-oss"):
        return "mxfp4"
    return PRECISIONS[word]


def _layout(row: dict[str, str]) -> tuple[int, int]:
    """Tensor and pipeline degrees. Expert parallelism over the same accelerators counts as tensor.

    One source multiplies the two degrees (4 x 4, 8 x 8); its times equal those of 4 and 8.
    """
    if not row["tp"]:
        raise Refused("layout not published")
    tensor, pipeline = int(float(row["tp"])), int(float(row["pp"] or 1))
    expert = int(float(row["ep"] or 1))
    if expert > 1 and tensor == expert * expert:
        tensor = expert
    if tensor > 8:
        raise Refused("tensor parallelism over more than 8 accelerators")
    return tensor, pipeline


def _check_load(row: dict[str, str], note: str, engine: str) -> None:
    """Refuse rows whose load is not that of one replica."""
    source, llm = row["source"], row["model"]
    keys = (f"{source}/{row['metric']}", f"{source}/{llm}", f"{source}/{llm}/{engine}")
    for key in keys:
        if key in INEXACT_SOURCES:
            raise Refused(INEXACT_SOURCES[key])
    if row["dp"] and float(row["dp"]) != 1:
        raise Refused("data-parallel attention")
    rank = re.search(r"batch/rank=(\d+)", note)
    if rank and row["concurrency"] and int(rank[1]) != float(row["concurrency"]):
        raise Refused("concurrency spread over other ranks")


def _measure(row: dict[str, str]) -> Measure:
    kind, metric = row["conc_kind"], row["metric"]
    if kind == "offline max load":
        return "offline throughput"
    if kind.startswith("max concurrency") and metric in ("tpot_mean", "ttft_mean"):
        return "closed-loop TPOT" if metric == "tpot_mean" else "closed-loop TTFT"
    if kind.startswith("static batch"):
        single = row["concurrency"] in ("1", "1.0")
        static: dict[str, Measure] = {
            "tpot": "static TPOT",
            "ttft": "static TTFT",
            "prefill_tps": "static TTFT",
            "decode_tps_user": "batch-1 decode",
            "decode_tps_total": "batch-1 decode" if single else "static TPOT",
            "output_tps": "static throughput",
            "output_tps_per_gpu": "static throughput",
        }
        if metric in static:
            return static[metric]
    raise Refused(f"not modelled: {kind}")
