"""LLMs from their configurations and GGUF headers: sizes as the reference implementation counts."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest

from optimizer.catalog.importers.families_moe import FAMILIES
from optimizer.catalog.importers.files import Content
from optimizer.catalog.importers.gguf import Counted, read_gguf
from optimizer.catalog.importers.gguf_llm import import_gguf
from optimizer.catalog.importers.hf_config import import_config, published_format, read_config
from optimizer.catalog.importers.hub import fetch_config
from optimizer.catalog.importers.result import Imported
from optimizer.errors import InputError
from optimizer.physics.parameters import shape_of
from optimizer.schema.llm import Llm
from tests.catalog.configs import CONFIGS
from tests.catalog.hostile import gguf_header, gguf_text
from tests.physics.test_parameters import LLMS, TRANSFORMERS

NOT_IN_A_CONFIG = {
    "id",
    "name",
    "aliases",
    "huggingface",
    "license",
    "notes",
    "sources",
    "estimated",
    "published_parameters_b",
    "published_active_parameters_b",
    "vision_parameters",
}


def imported(config: dict[str, Any], name: str = "org/My-Model") -> Imported:
    return import_config(Content("config.json", json.dumps(config).encode()), name, "2026-09")


def llm_of(found: Imported) -> Llm:
    return Llm.model_validate(found.sections["llms"][0])


@pytest.mark.parametrize("name", CONFIGS)
def test_total_equals_the_reference_implementation(name: str) -> None:
    """Sums over ``model.parameters()`` of transformers, one LLM of each family."""
    assert shape_of(llm_of(imported(CONFIGS[name]))).parameters_total == TRANSFORMERS[name]


@pytest.mark.parametrize("name", CONFIGS)
def test_every_field_equals_the_hand_made_entry(name: str) -> None:
    ours = llm_of(imported(CONFIGS[name])).model_dump(exclude=NOT_IN_A_CONFIG)
    theirs = LLMS[name].model_dump(exclude=NOT_IN_A_CONFIG)
    if name == "qwen3-next-80b-a3b":  # its extra layer stands in the checkpoint, not in the file
        theirs["mtp_layers"] = 0
    assert ours == theirs


def test_every_family_of_the_catalog_can_be_imported() -> None:
    assert {llm.model_type for llm in LLMS.values()} <= set(FAMILIES)


def test_names_and_provenance() -> None:
    found = imported(CONFIGS["qwen3-8b"], "Qwen/Qwen3-8B")
    entry, sources = found.sections["llms"][0], found.sections["sources"]
    assert (entry["id"], entry["huggingface"]) == ("qwen3-8b", "Qwen/Qwen3-8B")
    assert entry["aliases"] == ["Qwen/Qwen3-8B"]
    assert entry["sources"]["default"] == "import-qwen3-8b-config#config.json"
    source = sources["import-qwen3-8b-config"]
    assert source["url"] == "https://huggingface.co/Qwen/Qwen3-8B"
    assert source["date"] == "2026-09"
    assert found.file == "llm-qwen3-8b.yaml"


@pytest.mark.parametrize(
    ("quantization", "expected"),
    [
        (None, "bf16"),
        ({"quant_method": "fp8"}, "fp8"),
        ({"quant_method": "mxfp4"}, "mxfp4"),
        ({"quant_method": "awq", "bits": 4}, "int4"),
        ({"quant_method": "gptq", "bits": 8}, "int8"),
        ({"quant_method": "modelopt", "quant_algo": "NVFP4"}, "nvfp4"),
        ({"quant_method": "modelopt", "quant_algo": "FP8"}, "fp8"),
        ({"quant_method": "compressed-tensors", "format": "float-quantized"}, "fp8"),
        ({"quant_method": "compressed-tensors", "format": "nvfp4-pack-quantized"}, "nvfp4"),
    ],
)
def test_published_format(quantization: object, expected: str) -> None:
    config = {**CONFIGS["qwen3-8b"], "quantization_config": quantization}
    read = read_config(Content("config.json", json.dumps(config).encode()))
    assert published_format(read) == expected
    assert read.estimated == []


def test_an_unknown_quantization_is_an_estimate() -> None:
    config = {**CONFIGS["qwen3-8b"], "quantization_config": {"quant_method": "hqq"}}
    entry = imported(config).sections["llms"][0]
    assert entry["published_format"] == "bf16"
    assert entry["estimated"] == ["published_format"]


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("qwen3-8b", {"model_type": "qwn3"}, "Did you mean qwen3"),
        ("qwen3-8b", {"hidden_size": 0}, "hidden_size: 0 is not a whole number"),
        ("deepseek-v3", {"moe_layer_freq": 2}, "moe_layer_freq"),
        ("deepseek-v3.2", {"index_topk": None}, "'index_topk' is missing"),
        ("gpt-oss-20b", {"layer_types": ["full_attention"]}, "1 kinds for 24 layers"),
        ("gpt-oss-20b", {"layer_types": ["odd"] * 24}, "odd is not supported"),
        ("nemotron-3-nano-30b-a3b", {"hybrid_override_pattern": "MXM"}, "M * E -"),
        ("qwen3-30b-a3b", {"num_experts_per_tok": 999}, "more experts per token"),
    ],
)
def test_what_cannot_be_is_refused(name: str, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as error:
        imported({**CONFIGS[name], **changes})
    assert message in str(error.value)
    assert str(error.value).startswith("config.json: ")


def pair(key: str, value: int | str | list[int] | list[str]) -> bytes:
    """One key and its value as GGUF writes them."""
    head = gguf_text(key)
    if isinstance(value, int):
        return head + struct.pack("<II", 4, value)
    if isinstance(value, str):
        return head + struct.pack("<I", 8) + gguf_text(value)
    if value and isinstance(value[0], str):
        return head + struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(gguf_text, value))  # type: ignore[arg-type]
    return head + struct.pack(f"<IIQ{len(value)}I", 9, 4, len(value), *value)


def tensor(name: str, *shape: int) -> bytes:
    head = gguf_text(name) + struct.pack("<I", len(shape))
    return head + struct.pack(f"<{len(shape)}Q", *shape) + struct.pack("<IQ", 0, 0)


LLAMA: dict[str, Any] = {
    "general.architecture": "llama",
    "general.name": "Llama 3.1 8B",
    "general.file_type": 15,
    "llama.block_count": 32,
    "llama.context_length": 131072,
    "llama.embedding_length": 4096,
    "llama.feed_forward_length": 14336,
    "llama.attention.head_count": 32,
    "llama.attention.head_count_kv": 8,
    "llama.vocab_size": 128256,
    "tokenizer.ggml.tokens": ["a", "bb", "ccc"],
}
GPT_OSS: dict[str, Any] = {
    "general.architecture": "gpt-oss",
    "general.file_type": 38,
    "gpt-oss.block_count": 24,
    "gpt-oss.context_length": 131072,
    "gpt-oss.embedding_length": 2880,
    "gpt-oss.feed_forward_length": 2880,
    "gpt-oss.expert_feed_forward_length": 2880,
    "gpt-oss.attention.head_count": 64,
    "gpt-oss.attention.head_count_kv": 8,
    "gpt-oss.attention.key_length": 64,
    "gpt-oss.attention.sliding_window": 128,
    "gpt-oss.expert_count": 32,
    "gpt-oss.expert_used_count": 4,
    "gpt-oss.vocab_size": 201088,
}
DEEPSEEK: dict[str, Any] = {
    "general.architecture": "deepseek2",
    "general.file_type": 7,
    "deepseek2.block_count": 61,
    "deepseek2.context_length": 163840,
    "deepseek2.embedding_length": 7168,
    "deepseek2.feed_forward_length": 18432,
    "deepseek2.attention.head_count": 128,
    "deepseek2.attention.head_count_kv": 1,
    "deepseek2.attention.q_lora_rank": 1536,
    "deepseek2.attention.kv_lora_rank": 512,
    "deepseek2.attention.key_length": 576,
    "deepseek2.attention.value_length": 512,
    "deepseek2.attention.key_length_mla": 192,
    "deepseek2.attention.value_length_mla": 128,
    "deepseek2.rope.dimension_count": 64,
    "deepseek2.expert_count": 256,
    "deepseek2.expert_used_count": 8,
    "deepseek2.expert_shared_count": 1,
    "deepseek2.expert_feed_forward_length": 2048,
    "deepseek2.leading_dense_block_count": 3,
    "deepseek2.vocab_size": 129280,
}
HEADS = (tensor("token_embd.weight", 64, 100), tensor("output.weight", 64, 100))


def gguf(tmp_path: Path, keys: dict[str, Any], *tensors: bytes, version: int = 3) -> Path:
    path = tmp_path / "model.gguf"
    body = b"".join(pair(key, value) for key, value in keys.items())
    path.write_bytes(gguf_header(body, len(keys), len(tensors), version) + b"".join(tensors))
    return path


@pytest.mark.parametrize(
    ("keys", "name", "fmt"),
    [
        (LLAMA, "llama-3.1-8b-instruct", "gguf-q4_k_m"),
        (GPT_OSS, "gpt-oss-20b", "mxfp4"),
        (DEEPSEEK, "deepseek-v3", "gguf-q8_0"),
    ],
)
def test_gguf_counts_as_the_configuration(
    tmp_path: Path, keys: dict[str, Any], name: str, fmt: str
) -> None:
    llm = llm_of(import_gguf(gguf(tmp_path, keys, *HEADS), "", "2026-09"))
    assert shape_of(llm).parameters_total == TRANSFORMERS[name]
    assert llm.published_format == fmt
    assert llm.estimated == ()


def test_gguf_header_is_read_as_it_stands(tmp_path: Path) -> None:
    header = read_gguf(gguf(tmp_path, {**LLAMA, "llama.list": [1, 2]}, *HEADS, version=2))
    assert header.values["llama.block_count"] == 32
    assert header.values["llama.list"] == [1, 2]
    assert header.values["tokenizer.ggml.tokens"] == Counted(3)
    assert header.tensors == {"token_embd.weight": (64, 100), "output.weight": (64, 100)}


def test_gguf_without_a_head_shares_the_embedding(tmp_path: Path) -> None:
    llm = llm_of(import_gguf(gguf(tmp_path, LLAMA, HEADS[0]), "", "2026-09"))
    assert llm.tied_embeddings


def test_gguf_cut_off_before_its_tensors_is_an_estimate(tmp_path: Path) -> None:
    """Some tools keep only the first part of a header."""
    path = gguf(tmp_path, LLAMA, *HEADS)
    path.write_bytes(path.read_bytes()[:-20])
    assert llm_of(import_gguf(path, "", "2026-09")).estimated == ("tied_embeddings",)


def test_gguf_takes_the_vocabulary_from_its_tokens(tmp_path: Path) -> None:
    keys = {k: v for k, v in LLAMA.items() if k != "llama.vocab_size"}
    assert llm_of(import_gguf(gguf(tmp_path, keys, *HEADS), "", "2026-09")).vocab_size == 3


def test_gguf_with_layers_that_differ_is_refused(tmp_path: Path) -> None:
    keys = {**LLAMA, "llama.attention.head_count_kv": [8] * 16 + [4] * 16}
    with pytest.raises(InputError, match="differs between layers"):
        import_gguf(gguf(tmp_path, keys), "", "2026-09")
    keys["llama.attention.head_count_kv"] = [8] * 32
    assert llm_of(import_gguf(gguf(tmp_path, keys, *HEADS), "", "2026-09")).attention is not None


def test_the_hub_is_asked_only_through_its_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "huggingface_hub", None)
    with pytest.raises(InputError, match="pip install huggingface_hub"):
        fetch_config("org/name")
