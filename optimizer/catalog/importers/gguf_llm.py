"""A GGUF file to an LLM entry: its keys are put in the words of a Hugging Face configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from optimizer.catalog.importers.architecture import Config
from optimizer.catalog.importers.families import DEFAULTS
from optimizer.catalog.importers.files import Content
from optimizer.catalog.importers.gguf import Counted, GgufHeader, read_gguf
from optimizer.catalog.importers.hf_config import finish, llm_fields
from optimizer.catalog.importers.result import Imported
from optimizer.errors import InputError, nearest, shown

KINDS = {
    "llama": "llama",
    "qwen2": "qwen2",
    "qwen2moe": "qwen2_moe",
    "qwen3": "qwen3",
    "qwen3moe": "qwen3_moe",
    "gemma": "gemma",
    "gemma2": "gemma2",
    "gemma3": "gemma3_text",
    "phi3": "phi3",
    "command-r": "cohere",
    "cohere2": "cohere2",
    "deepseek2": "deepseek_v3",
    "glm4moe": "glm4_moe",
    "gpt-oss": "gpt_oss",
    "llama4": "llama4_text",
    "minimax-m2": "minimax_m2",
}
"""``general.architecture`` -> ``model_type``."""

COMMON = {
    "block_count": "num_hidden_layers",
    "embedding_length": "hidden_size",
    "context_length": "max_position_embeddings",
    "feed_forward_length": "intermediate_size",
    "attention.head_count": "num_attention_heads",
    "attention.head_count_kv": "num_key_value_heads",
    "attention.key_length": "head_dim",
    "attention.sliding_window": "sliding_window",
    "expert_count": "num_local_experts",
    "expert_used_count": "num_experts_per_tok",
    "expert_feed_forward_length": "moe_intermediate_size",
    "expert_shared_feed_forward_length": "shared_expert_intermediate_size",
    "expert_shared_count": "n_shared_experts",
    "leading_dense_block_count": "first_k_dense_replace",
    "nextn_predict_layers": "num_nextn_predict_layers",
    "attention.q_lora_rank": "q_lora_rank",
    "attention.kv_lora_rank": "kv_lora_rank",
    "attention.chunk_size": "attention_chunk_size",
    "interleave_moe_layer_step": "interleave_moe_layer_step",
    "vocab_size": "vocab_size",
}
"""GGUF key below the architecture's prefix -> Hugging Face key."""

FORMATS = {
    0: "bf16",
    1: "bf16",
    7: "gguf-q8_0",
    14: "gguf-q4_k_m",
    15: "gguf-q4_k_m",
    16: "gguf-q5_k_m",
    17: "gguf-q5_k_m",
    18: "gguf-q6_k",
    32: "bf16",
    38: "mxfp4",
}
"""``general.file_type`` (llama.cpp's ``llama_ftype``) -> weight format; S sizes count as M."""
OTHERWISE = "gguf-q4_k_m"


def import_gguf(path: Path, name: str, date: str) -> Imported:
    """An LLM entry from the header of a GGUF file. Raises InputError."""
    header = read_gguf(path)
    config = gguf_config(header)
    fields = llm_fields(config)
    kind = header.values.get("general.file_type")
    fields["published_format"] = (
        FORMATS.get(kind, OTHERWISE) if isinstance(kind, int) else OTHERWISE
    )
    if kind not in FORMATS:
        config.estimated.append("published_format")
        config.notes.append(f"The file type {shown(kind)} is counted as {OTHERWISE}")
    stated = header.values.get("general.name")
    label = name or (stated if isinstance(stated, str) and stated.strip() else path.stem)
    keys = Content(header.name, repr(sorted(header.values.items())).encode())
    return finish(keys, config, fields, label, date, "GGUF header")


def gguf_config(header: GgufHeader) -> Config:
    """The header as a configuration. Raises InputError."""
    arch = header.values.get("general.architecture")
    if not isinstance(arch, str):
        raise InputError(f"{header.name}: the key 'general.architecture' is missing")
    if arch not in KINDS:
        near = nearest(arch, KINDS, 2)
        hint = f"Did you mean {' or '.join(near)}? " if near else ""
        problem = f"{header.name}: the architecture '{shown(arch)}' is not supported"
        raise InputError(problem, f"{hint}Supported: {', '.join(KINDS)}")
    kind = KINDS[arch]
    keys: dict[str, Any] = {
        ours: value
        for theirs, ours in COMMON.items()
        if (value := _plain(header, f"{arch}.{theirs}")) is not None
    }
    if kind == "llama" and keys.get("num_local_experts"):
        kind = "mixtral"
    keys["model_type"] = kind
    keys.setdefault("vocab_size", _vocabulary(header))
    config = Config(header.name, keys)
    _tied(header, config, keys)
    keys["attention_bias"] = _has(header, "attn_q.bias") or _has(header, "attn_qkv.bias")
    if ADAPT.get(kind):
        ADAPT[kind](header, arch, keys)
    for key, value in DEFAULTS.get(kind, {}).items():
        keys.setdefault(key, value)
    return config


def _plain(header: GgufHeader, key: str) -> Any:
    """A value; an array that holds one value for every layer stands for that value."""
    value = header.values.get(key)
    if isinstance(value, list):
        kinds = {v for v in value if v}
        if len(kinds) > 1:
            raise InputError(
                f"{header.name}: {shown(key)} differs between layers", "Use its config.json"
            )
        return kinds.pop() if kinds else None
    return value


def _vocabulary(header: GgufHeader) -> int | None:
    tokens = header.values.get("tokenizer.ggml.tokens")
    if isinstance(tokens, Counted):
        return tokens.length
    shape = header.tensors.get("token_embd.weight", ())
    return shape[-1] if shape else None


def _tied(header: GgufHeader, config: Config, keys: dict[str, Any]) -> None:
    """A file without a head of its own shares it with the embedding."""
    if header.tensors:
        keys["tie_word_embeddings"] = "output.weight" not in header.tensors
        return
    config.estimated.append("tied_embeddings")
    config.notes.append("Whether the head is the embedding is taken from the family")


def _has(header: GgufHeader, part: str) -> bool:
    return any(name.startswith("blk.") and part in name for name in header.tensors)


def _deepseek(header: GgufHeader, arch: str, keys: dict[str, Any]) -> None:
    """Latent attention: the key length is that of one head, with and without the rotary part."""
    key = header.values.get(f"{arch}.attention.key_length_mla", keys.get("head_dim"))
    value = header.values.get(
        f"{arch}.attention.value_length_mla", header.values.get(f"{arch}.attention.value_length")
    )
    rope = header.values.get(f"{arch}.rope.dimension_count")
    keys |= {"qk_rope_head_dim": rope, "v_head_dim": value}
    if isinstance(key, int) and isinstance(rope, int):
        keys["qk_nope_head_dim"] = key - rope
    keys["n_routed_experts"] = keys.get("num_local_experts")
    keys.pop("num_nextn_predict_layers", None)


def _glm(header: GgufHeader, arch: str, keys: dict[str, Any]) -> None:
    keys["n_routed_experts"] = keys.get("num_local_experts")
    keys["use_qk_norm"] = _has(header, "attn_q_norm")
    extra = keys.get("num_nextn_predict_layers")
    if isinstance(extra, int) and isinstance(keys.get("num_hidden_layers"), int):
        keys["num_hidden_layers"] -= extra


def _gpt_oss(header: GgufHeader, arch: str, keys: dict[str, Any]) -> None:
    keys["intermediate_size"] = keys.get("moe_intermediate_size", keys.get("intermediate_size"))
    keys["attention_bias"] = True


def _llama4(header: GgufHeader, arch: str, keys: dict[str, Any]) -> None:
    keys["intermediate_size_mlp"] = keys.get("intermediate_size")
    keys["intermediate_size"] = keys.get("moe_intermediate_size", keys.get("intermediate_size"))


def _minimax(header: GgufHeader, arch: str, keys: dict[str, Any]) -> None:
    keys["intermediate_size"] = keys.get("moe_intermediate_size", keys.get("intermediate_size"))


def _cohere(header: GgufHeader, arch: str, keys: dict[str, Any]) -> None:
    keys["use_qk_norm"] = _has(header, "attn_q_norm")


def _no_window(header: GgufHeader, arch: str, keys: dict[str, Any]) -> None:
    keys.pop("sliding_window", None)


ADAPT: Mapping[str, Callable[[GgufHeader, str, dict[str, Any]], None]] = {
    "deepseek_v3": _deepseek,
    "glm4_moe": _glm,
    "gpt_oss": _gpt_oss,
    "llama4_text": _llama4,
    "minimax_m2": _minimax,
    "cohere": _cohere,
    "phi3": _no_window,
}
"""What a family's header says in words of its own."""
