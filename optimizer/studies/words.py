"""What benchmarks call LLMs, accelerators, engines and formats, and what the catalog calls them.

Sources name each thing in their own way; this is the one place that knows their words. Nothing here
reads a file: names are looked up in the catalog by :class:`Names`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from optimizer.catalog.catalog import Catalog

SAME_ARCHITECTURE = {
    "kimi-k2.5": "kimi-k2-instruct",
    "kimi-k2-thinking": "kimi-k2-instruct",
    "deepseek-v3.1": "deepseek-v3",
    "deepseek-v3.1-terminus": "deepseek-v3",
    "deepseek-r1-zero": "deepseek-r1",
    "deepseek-v3.2-exp": "deepseek-v3.2",
    "deepseek-r1-14b": "deepseek-r1-distill-qwen-14b",
    "deepseek-r1-32b": "deepseek-r1-distill-qwen-32b",
    "deepseek-r1-70b": "deepseek-r1-distill-llama-70b",
    "deepseek-r1-8b": "deepseek-r1-distill-llama-8b",
    "qwq-32b": "qwen2.5-32b-instruct",
    "qwen2-72b": "qwen2.5-72b-instruct",
    "qwen2-7b": "qwen2.5-7b-instruct",
    "codellama-70b": "llama-2-70b",
    "vicuna-7b": "llama-2-7b",
    "vicuna-13b": "llama-2-13b",
    "glm-4.7": "glm-4.6",
    "minimax-m2.1": "minimax-m2",
}
"""LLMs with the architecture of another in the catalog: same layers and widths, other weights."""

STAND_INS = {"gb200": "b200-sxm-180gb", "gb300": "b300-sxm-288gb"}
"""Accelerators that the catalog lacks, and the one with the same chip that stands in for them."""

TRAINED = r"(instruct|chat|hf|it|base|preview|thinking|text|original|versatile|turbo|hbm3e?)"
STORED = (
    r"(bf16|fp16|fp8|fp4|nvfp4|mxfp4|int8|int4|awq|gptq|gguf|w4a16|w8a8|w4a8|quantized|dynamic|"
    r"4bit|8bit|i?q[2-8](-(0|1|k|xs|s|m)(-[sml])?)?)"
)
TAIL = re.compile(rf"-({TRAINED}|{STORED}|v?0\.[1-9]|v1(\.0)?|\d{{4}}|g\d+)$")
"""A last word of an LLM's name that says nothing about its architecture."""


@lru_cache(maxsize=4096)
def plain_llm(name: str) -> str:
    """A name of an LLM without what tells only how it was trained, dated or stored."""
    text = name.lower().strip().split("/")[-1]
    text = re.sub(r"[\s_:]+", "-", text)
    text = re.sub(r"^(meta-|nvidia-|mistralai-|openai-|nvidia-)+", "", text)
    text = re.sub(r"^(llama|qwen|gemma|phi|glm|codellama|falcon|yi)-?(?=\d)", r"\1-", text)
    text = re.sub(r"^mlperf-", "", text)
    while True:
        shorter = TAIL.sub("", text)
        if shorter == text:
            return text
        text = shorter


DESKTOP = r"(?!\d|-?d(?![a-z])|-?(ti|super|.*laptop|.*mobile|.*max-q))"
"""What may not follow a GeForce number: it would be another card."""
CARD_RULES: tuple[tuple[str, str], ...] = (
    (r"h200.*nvl", "h200-nvl-141gb"),
    (r"h200", "h200-sxm-141gb"),
    (r"h100.*nvl|h100.*94", "h100-nvl-94gb"),
    (r"h100.*pcie", "h100-pcie-80gb"),
    (r"h100", "h100-sxm-80gb"),
    (r"gb200", "gb200"),
    (r"gb300", "gb300"),
    (r"b200", "b200-sxm-180gb"),
    (r"b300", "b300-sxm-288gb"),
    (r"gh200.*(96|480)", "gh200-96gb"),
    (r"gh200", "gh200-144gb"),
    (r"gb10(?!\d)|spark", "gb10-128gb"),
    (r"a100.*pcie.*40", "a100-pcie-40gb"),
    (r"a100.*(pcie|pci-e)", "a100-pcie-80gb"),
    (r"a100(?!\d).*40", "a100-sxm4-40gb"),
    (r"a100(?!\d)", "a100-sxm4-80gb"),
    (r"v100.*sxm.*16", "v100-sxm2-16gb"),
    (r"v100.*sxm", "v100-sxm2-32gb"),
    (r"v100.*16", "v100-pcie-16gb"),
    (r"v100", "v100-pcie-32gb"),
    (r"(rtx-?)?pro-?6000.*max-?q", "rtx-pro-6000-blackwell-max-q"),
    (r"(rtx-?)?pro-?6000.*(ws|workstation)", "rtx-pro-6000-blackwell-workstation"),
    (r"(rtx-?)?pro-?6000", "rtx-pro-6000-blackwell-server"),
    (r"(rtx-?)?([456]000)-?ada", r"rtx-\2-ada"),
    (r"(rtx-?)?a6000", "rtx-a6000"),
    (rf"(rtx-?)?3060(?!.*8-?g){DESKTOP}", "rtx-3060-12gb"),
    (rf"(rtx-?)?([345]0[5-9]0)-?ti{DESKTOP}", r"rtx-\2-ti"),
    (rf"(rtx-?)?([345]0[5-9]0){DESKTOP}", r"rtx-\2"),
    (r"mi(210|250x?|300x|325x|355x)", r"mi\1"),
    (r"gaudi-?3.*pcie", "gaudi3-pcie"),
    (r"gaudi-?3", "gaudi3-oam"),
)
"""First match counts; applied to a name without vendor, number of cards and memory generation."""
SIZE = re.compile(r"-\d+-?(gb|gib|g)(-?(hbm|gddr)\w*)?$")
COUNT = re.compile(r"^\d+\s*x\s*|\s+\(?x\s*\d+\)?$")
MAKERS = re.compile(r"\b(virtualized|nvidia|amd|intel|instinct|geforce|tesla|hgx|dgx|generation)\b")


@lru_cache(maxsize=4096)
def plain_card(name: str) -> str:
    """The catalog's id of an accelerator where a rule knows the name, else the name made plain."""
    text = COUNT.sub("", MAKERS.sub("", name.lower().replace("_", "-")).strip())
    text = re.sub(r"[\s\-]+", "-", text).strip("-")
    for pattern, found in CARD_RULES:
        match = re.match(pattern, text)
        if match:
            return match.expand(found)
    return SIZE.sub("", text)


@dataclass(frozen=True, slots=True)
class Format:
    """How weights are stored.

    The catalog's format, bits per weight where it has none of that size, and in what GEMMs compute
    where the word says so.
    """

    weights: str
    bits: float | None = None
    compute: str | None = None


FORMATS = {
    "fp16": Format("bf16"),
    "bf16": Format("bf16"),
    "f16": Format("bf16"),
    "half": Format("bf16"),
    "float16": Format("bf16"),
    "bfloat16": Format("bf16"),
    "fp8": Format("fp8"),
    "e4m3": Format("fp8"),
    "w8a8-fp8": Format("fp8"),
    "fp8-w8a16-marlin": Format("fp8", compute="fp16"),
    "w8a16": Format("int8", compute="fp16"),
    "int8": Format("int8"),
    "w8a8": Format("int8"),
    "8bit": Format("int8"),
    "int4": Format("int4"),
    "uint4": Format("int4"),
    "w4a16": Format("int4"),
    "w4a8": Format("int4", compute="int8"),
    "awq": Format("int4"),
    "gptq": Format("int4"),
    "4bit": Format("int4"),
    "nf4": Format("int4"),
    "fp4": Format("nvfp4"),
    "nvfp4": Format("nvfp4"),
    "w4a4": Format("nvfp4"),
    "mxfp4": Format("mxfp4"),
    "q8": Format("gguf-q8_0"),
    "q6": Format("gguf-q6_k"),
    "q5": Format("gguf-q5_k_m"),
    "q4": Format("gguf-q4_k_m"),
    "q3": Format("gguf-q4_k_m", bits=3.9),
    "q2": Format("gguf-q4_k_m", bits=3.2),
    "iq4": Format("gguf-q4_k_m", bits=4.5),
    "iq3": Format("gguf-q4_k_m", bits=3.5),
    "iq2": Format("gguf-q4_k_m", bits=2.6),
}
"""Bits of the smaller llama.cpp types are the mean over all matrices (tools/quantize/README.md)."""


@lru_cache(maxsize=1024)
def weight_format(word: str) -> Format | None:
    """The format that a word means; None where it means nothing known, and for an empty word."""
    text = word.lower().strip().split(" ")[0].replace("float", "fp")
    if text in FORMATS:
        return FORMATS[text]
    bits = re.search(r"(\d+(?:\.\d+)?)\s*-?bpw", text)
    if bits:
        return Format("int4", bits=float(bits[1]))
    for known in sorted(FORMATS, key=len, reverse=True):
        if re.match(rf"{re.escape(known)}(?![0-9])", text):
            return FORMATS[known]
    return None


KV_FORMATS = {"fp16": "bf16", "bf16": "bf16", "f16": "bf16", "fp8": "fp8", "int8": "int8"}
KV_FORMATS |= {"e4m3": "fp8", "e5m2": "fp8", "q8_0": "int8", "int4": "int4", "q4_0": "int4"}


def kv_format(word: str) -> str:
    """``bf16``, ``fp8``, ``int8``, ``int4``, or ``auto`` where the engine decides."""
    text = word.lower().strip()
    return next((KV_FORMATS[k] for k in KV_FORMATS if text.startswith(k) or k in text), "auto")


OLDEST_VLLM, OLD_VLLM, OLD_TENSORRT = "2024-03", "2024-10", "2025-05"
"""Since about then vLLM decodes in graphs (0.3), has its faster scheduler (0.6), and TensorRT-LLM
its PyTorch backend."""
FAMILIES = (
    ("llama.cpp", ("llama.cpp", "llama-cpp", "llamacpp", "llama-bench", "ollama", "kobold")),
    ("sglang", ("sglang",)),
    ("exllamav2", ("exllama", "tabby")),
    ("vllm", ("vllm", "llmboost", "rocm")),
    ("lmdeploy", ("lmdeploy", "turbomind")),
    ("tensorrt-llm", ("tensorrt", "trtllm", "trt-llm", "trt llm", "triton", "nim")),
)


@lru_cache(maxsize=4096)
def engine_of(word: str, version: str, date: str) -> str:
    """Family of an engine, with the era where it has changed since; empty for an empty word."""
    text = word.lower().strip()
    if "splitwise" in text:
        return "vllm-2023"
    for family, words in FAMILIES:
        if any(w in text for w in words):
            return family + _era(family, version, date)
    return text.split()[0] if text else ""


def _era(family: str, version: str, date: str) -> str:
    numbers = re.match(r"(\d+)\.(\d+)", version)
    release = (int(numbers[1]), int(numbers[2])) if numbers else None
    if family == "vllm":
        if release < (0, 3) if release else date < OLDEST_VLLM:
            return "-2023" if release or date else ""
        old = release < (0, 6) if release else date < OLD_VLLM
        return "-2024" if old else ""
    if family == "tensorrt-llm":
        old = release < (0, 19) if release else bool(date) and date < OLD_TENSORRT
        return "-2024" if old else ""
    return ""


@dataclass
class Names:
    """Looks words up in a catalog."""

    catalog: Catalog
    _llms: dict[str, str] = field(default_factory=dict)
    _cards: dict[str, str] = field(default_factory=dict)

    def llm(self, word: str) -> str | None:
        """The id of an LLM, or None."""
        if not self._llms:
            exact = self.catalog.names("llm")
            plain = {plain_llm(name): found for name, found in sorted(exact.items())}
            own = {plain_llm(i): i for i in sorted(self.catalog.llms, reverse=True)}
            same = {k: v for k, v in SAME_ARCHITECTURE.items() if v in self.catalog.llms}
            self._llms = plain | own | {plain_llm(k): v for k, v in same.items()} | same | exact
        text = word.lower().strip()
        return self._llms.get(text) or self._llms.get(plain_llm(word))

    def card(self, word: str) -> tuple[str, bool] | None:
        """The id of an accelerator, and whether it stands in for another; or None."""
        if not self._cards:
            self._cards = self.catalog.names("accelerator")
        text = word.lower().strip()
        if text in self.catalog.components and text in self._cards:
            return text, False
        found = plain_card(word)
        if found in self._cards:
            return self._cards[found], False
        if found in STAND_INS and STAND_INS[found] in self._cards:
            return self._cards[STAND_INS[found]], True
        exact = self._cards.get(text)
        return None if exact is None else (exact, False)
