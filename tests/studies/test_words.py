"""Names as benchmarks write them lead to the right entries of the catalog."""

from __future__ import annotations

import pytest

from optimizer.catalog.catalog import Catalog
from optimizer.studies.words import Names, engine_of, kv_format, weight_format

LLMS = [
    ("llama3.1-70b", "llama-3.1-70b-instruct"),
    ("Meta-Llama-3.1-70B-Instruct-FP8", "llama-3.1-70b-instruct"),
    ("meta-llama/Llama-3.3-70B-Instruct", "llama-3.3-70b-instruct"),
    ("llama-3-8b-instruct-q4_k_m", "llama-3-8b"),
    ("llama2-70b", "llama-2-70b"),
    ("DeepSeek-R1", "deepseek-r1"),
    ("deepseek-r1-0528", "deepseek-r1"),
    ("deepseek-r1-14b", "deepseek-r1-distill-qwen-14b"),
    ("gpt-oss-120b", "gpt-oss-120b"),
    ("openai/gpt-oss-20b", "gpt-oss-20b"),
    ("qwen3-32b", "qwen3-32b"),
    ("Qwen/Qwen3-235B-A22B-Instruct-2507-FP8", "qwen3-235b-a22b"),
    ("Qwen2.5-72B-Instruct-AWQ", "qwen2.5-72b-instruct"),
    ("mixtral-8x22b-v0.1", "mixtral-8x22b"),
    ("mistral-7b", "mistral-7b-instruct-v0.3"),
    ("kimi-k2.5", "kimi-k2-instruct"),
    ("google/gemma-3-27b-it", "gemma-3-27b"),
    ("llama4-scout", "llama-4-scout"),
    ("no-such-model", None),
    ("qwen1.5-72b", None),
]
CARDS = [
    ("H100-SXM", "h100-sxm-80gb"),
    ("H100_SXM", "h100-sxm-80gb"),
    ("H100", "h100-sxm-80gb"),
    ("NVIDIA H100-SXM-80GB", "h100-sxm-80gb"),
    ("8xH100", "h100-sxm-80gb"),
    ("H100-PCIE", "h100-pcie-80gb"),
    ("H100_NVL", "h100-nvl-94gb"),
    ("Virtualized NVIDIA H200-SXM-141GB", "h200-sxm-141gb"),
    ("NVIDIA H200-NVL-141GB", "h200-nvl-141gb"),
    ("B200-SXM", "b200-sxm-180gb"),
    ("A100-PCIE-80", "a100-pcie-80gb"),
    ("NVIDIA A100-SXM4-40GB", "a100-sxm4-40gb"),
    ("A100", "a100-sxm4-80gb"),
    ("AMD Instinct MI300X 192GB HBM3", "mi300x"),
    ("MI355X", "mi355x"),
    ("NVIDIA GeForce RTX 4090", "rtx-4090"),
    ("RTX-4090", "rtx-4090"),
    ("RTX 6000 Ada Generation", "rtx-6000-ada"),
    ("RTX-A6000", "rtx-a6000"),
    ("Tesla V100-SXM2-32GB", "v100-sxm2-32gb"),
    ("NVIDIA RTX PRO 6000 Blackwell Server Edition", "rtx-pro-6000-blackwell-server"),
    ("GH200-96", "gh200-96gb"),
    ("L4", "l4"),
    ("RTX-4080", "rtx-4080"),
    ("NVIDIA GeForce RTX 3080 Ti", "rtx-3080-ti"),
    ("RTX-3080Ti", "rtx-3080-ti"),
    ("RTX-3090Ti", "rtx-3090-ti"),
    ("GeForce RTX 3060", "rtx-3060-12gb"),
    ("GeForce RTX 3060 8GB", None),
    ("RTX-5000-Ada", "rtx-5000-ada"),
    ("H100-SXM5-80GB", "h100-sxm-80gb"),
    ("NVIDIA H100 80GB HBM3", "h100-sxm-80gb"),
    ("NVIDIA A100 80GB PCIe", "a100-pcie-80gb"),
    ("RTX 4090 Laptop GPU", None),
    ("RTX 4090D", None),
    ("RTX 4070 Ti SUPER", None),
    ("RTX 4090 Ti", None),
    ("A10G", None),
    ("H20", None),
]


@pytest.mark.parametrize(("word", "found"), LLMS)
def test_llm(catalog: Catalog, word: str, found: str | None) -> None:
    assert Names(catalog).llm(word) == found


def test_every_name_of_the_catalog_leads_to_its_own_entry(catalog: Catalog) -> None:
    names = Names(catalog)
    for llm in catalog.llms.values():
        assert names.llm(llm.id) == llm.id
        assert names.llm(llm.name) == llm.id
    for card in catalog.of_kind("accelerator"):
        assert names.card(card.id) == (card.id, False)


@pytest.mark.parametrize(("word", "found"), CARDS)
def test_card(catalog: Catalog, word: str, found: str | None) -> None:
    assert Names(catalog).card(word) == (None if found is None else (found, False))


def test_gb200_is_computed_as_its_chip(catalog: Catalog) -> None:
    assert Names(catalog).card("NVIDIA GB200") in (
        ("b200-sxm-180gb", True),
        ("gb200", False),
    )


@pytest.mark.parametrize(
    ("word", "weights", "bits"),
    [
        ("fp16", "bf16", None),
        ("fp8 (typ.)", "fp8", None),
        ("FP8_E4M3", "fp8", None),
        ("fp4", "nvfp4", None),
        ("w4a16", "int4", None),
        ("int4-g128", "int4", None),
        ("AWQ", "int4", None),
        ("w8a8", "int8", None),
        ("q4_K_M", "gguf-q4_k_m", None),
        ("Q8_0", "gguf-q8_0", None),
        ("exl2-2.5bpw", "int4", 2.5),
    ],
)
def test_weight_format(word: str, weights: str, bits: float | None) -> None:
    found = weight_format(word)
    assert found is not None
    assert (found.weights, found.bits) == (weights, bits)


def test_what_is_no_format() -> None:
    assert weight_format("purple") is None
    assert weight_format("") is None


@pytest.mark.parametrize(
    ("word", "found"), [("fp8_e5m2", "fp8"), ("bf16", "bf16"), ("int4", "int4"), ("auto", "auto")]
)
def test_kv_format(word: str, found: str) -> None:
    assert kv_format(word) == found


@pytest.mark.parametrize(
    ("word", "version", "date", "found"),
    [
        ("vllm", "0.15.1", "2026-03-01", "vllm"),
        ("vllm", "", "2025-10-01", "vllm"),
        ("vllm", "0.5.4", "2024-09-10", "vllm-2024"),
        ("vllm (splitwise profiling)", "2023", "2024-03-01", "vllm-2023"),
        ("trtllm", "1.0.0rc3", "2026-04-01", "tensorrt-llm"),
        ("TensorRT-LLM", "0.14.0", "2024-11-01", "tensorrt-llm-2024"),
        ("tensorrt-llm (pytorch)", "0.20.0", "2025-06-15", "tensorrt-llm"),
        ("ollama/llama.cpp", "2025", "2025-12-18", "llama.cpp"),
        ("sglang", "nightly-dev", "2026-03-01", "sglang"),
        ("lmdeploy turbomind", "0.2.0", "2024-02-01", "lmdeploy"),
        ("", "", "", ""),
    ],
)
def test_engine(word: str, version: str, date: str, found: str) -> None:
    assert engine_of(word, version, date) == found
