"""Model families: how a Hugging Face configuration of each says what its layers are made of.

Each function returns the fields of an LLM entry that the common part does not give. Where a
configuration leaves a key out, the default is that of the transformers configuration class.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from optimizer.catalog.importers.architecture import (
    Config,
    attention_letters,
    attention_of,
    cycle,
    windowed,
)

Fields = dict[str, Any]
Family = Callable[[Config], Fields]

DEFAULTS: dict[str, dict[str, Any]] = {
    "gemma": {"head_dim": 256, "max_position_embeddings": 8192},
    "gemma2": {"head_dim": 256, "max_position_embeddings": 8192, "sliding_window": 4096},
    "gemma3_text": {
        "vocab_size": 262208,
        "num_attention_heads": 8,
        "num_key_value_heads": 4,
        "head_dim": 256,
        "max_position_embeddings": 131072,
        "sliding_window": 4096,
    },
    "gemma4_text": {"vocab_size": 262144, "head_dim": 256, "max_position_embeddings": 131072},
    "falcon": {"max_position_embeddings": 2048},
    "mistral": {"max_position_embeddings": 131072},
    "mixtral": {"max_position_embeddings": 131072},
}
"""Values that files of a family leave out, after transformers 5."""
TIED = ("gemma", "gemma2", "gemma3_text", "gemma4_text", "cohere", "cohere2", "falcon")
"""Families whose head is the embedding unless the file says otherwise."""


def _layers(config: Config) -> int:
    return config.whole("num_hidden_layers")


def _context(config: Config) -> int:
    return config.first("max_position_embeddings", "model_max_length")


def _spelt(config: Config, otherwise: str) -> str:
    return attention_letters(config, _layers(config)) or otherwise


def llama(config: Config) -> Fields:
    """Llama, Mistral, Yi, Phi: grouped-query attention and a gated feed-forward block."""
    bias = config.flag("attention_bias")
    window = config.maybe("sliding_window")
    more = {"qkv_bias": True, "output_bias": True} if bias else {}
    return {
        "attention": attention_of(config, **more),
        **windowed(config, _spelt(config, "W"), window, _context(config)),
        "mlp_width": config.whole("intermediate_size"),
    }


def mixtral(config: Config) -> Fields:
    """Mixtral: experts in every layer."""
    fields = llama(config)
    width = fields.pop("mlp_width")
    moe = {
        "experts": config.whole("num_local_experts"),
        "experts_per_token": config.whole("num_experts_per_tok", 2),
        "width": width,
    }
    return {**fields, "moe": moe}


def _qwen_window(config: Config) -> Fields:
    if not config.flag("use_sliding_window"):
        return {}
    layers = _layers(config)
    full = min(layers, config.whole("max_window_layers", 28, least=0))
    pattern = _spelt(config, cycle("F" * full + "W" * (layers - full)))
    return windowed(config, pattern, config.maybe("sliding_window"), _context(config))


def qwen2(config: Config) -> Fields:
    """Qwen2 and Qwen2.5: biases on queries, keys and values."""
    return {
        "attention": attention_of(config, qkv_bias=True),
        **_qwen_window(config),
        "mlp_width": config.whole("intermediate_size"),
    }


def qwen3(config: Config) -> Fields:
    """Qwen3: one norm for all query heads, one for all key heads."""
    return {
        "attention": attention_of(config, qk_norm="head"),
        **_qwen_window(config),
        "mlp_width": config.whole("intermediate_size"),
    }


def _qwen_experts(config: Config) -> Fields:
    """Experts of the Qwen families, with a gated shared expert where there is one."""
    moe: Fields = {
        "experts": config.first("num_experts", "num_local_experts"),
        "experts_per_token": config.whole("num_experts_per_tok"),
        "width": config.whole("moe_intermediate_size"),
    }
    shared = config.maybe("shared_expert_intermediate_size", least=0)
    if shared:
        moe |= {"shared_experts": 1, "shared_gate": True}
        moe |= {} if shared == moe["width"] else {"shared_width": shared}
    fields: Fields = {"moe": moe}
    step, dense = config.whole("decoder_sparse_step", 1), config.items("mlp_only_layers")
    if step > 1 or dense:
        letters = ["D" if (i + 1) % step or i in dense else "E" for i in range(_layers(config))]
        fields |= {"ffn_pattern": cycle(letters), "mlp_width": config.whole("intermediate_size")}
    return fields


def qwen2_moe(config: Config) -> Fields:
    """Qwen2 MoE."""
    attention = attention_of(config, qkv_bias=True)
    return {"attention": attention, **_qwen_window(config), **_qwen_experts(config)}


def qwen3_moe(config: Config) -> Fields:
    """Qwen3 MoE."""
    attention = attention_of(config, qk_norm="head")
    return {"attention": attention, **_qwen_window(config), **_qwen_experts(config)}


def qwen3_next(config: Config) -> Fields:
    """Qwen3-Next and Qwen3.5: gated delta nets in three of four layers, gated attention."""
    every = config.whole("full_attention_interval", 4)
    fields: Fields = {
        "attention_pattern": _spelt(config, "L" * (every - 1) + "F"),
        "attention": attention_of(config, qk_norm="head", output_gate=True),
        "linear_attention": {
            "key_heads": config.whole("linear_num_key_heads"),
            "key_dim": config.whole("linear_key_head_dim"),
            "value_heads": config.whole("linear_num_value_heads"),
            "value_dim": config.whole("linear_value_head_dim"),
            "kernel": config.whole("linear_conv_kernel_dim", 4),
        },
    }
    if config.has("num_experts"):
        fields |= _qwen_experts(config)
    else:
        fields["mlp_width"] = config.whole("intermediate_size")
    mtp = config.maybe("mtp_num_hidden_layers", least=0)
    return fields | ({"mtp_layers": mtp} if mtp else {})


def _gemma(config: Config, otherwise: str, norms: int, **more: Any) -> Fields:
    return {
        "attention": attention_of(config, **more),
        **windowed(
            config, _spelt(config, otherwise), config.maybe("sliding_window"), _context(config)
        ),
        "mlp_width": config.whole("intermediate_size"),
        "norms_per_layer": norms,
    }


def gemma(config: Config) -> Fields:
    """Gemma: as Llama, embeddings tied."""
    return _gemma(config, "F", 2)


def gemma2(config: Config) -> Fields:
    """Gemma 2: every second layer windowed, norms before and after each block."""
    return _gemma(config, "WF", 4)


def gemma3(config: Config) -> Fields:
    """Gemma 3: five windowed layers, then one that sees all."""
    every = config.first("sliding_window_pattern", "_sliding_window_pattern", default=6)
    return _gemma(config, "W" * (every - 1) + "F", 4, qk_norm="head")


def gemma4(config: Config) -> Fields:
    """Gemma 4: global layers have wider and fewer heads, and may take values from the keys."""
    if config.maybe("hidden_size_per_layer_input", least=0):
        raise config.refuse("hidden_size_per_layer_input", "per-layer inputs are not supported")
    if config.maybe("num_kv_shared_layers", least=0):
        raise config.refuse("num_kv_shared_layers", "shared KV layers are not supported")
    local = attention_of(config, qk_norm="head")
    shared = config.flag("attention_k_eq_v")
    wide = {
        **local,
        "kv_heads": config.whole("num_global_key_value_heads", local["kv_heads"]),
        "head_dim": config.whole("global_head_dim", local["head_dim"]),
        **({"value_projection": False} if shared else {}),
    }
    every = config.whole("sliding_window_pattern", 6)
    fields: Fields = {
        "attention_pattern": _spelt(config, "W" * (every - 1) + "F"),
        "attention": wide,
        "sliding_window": {"tokens": config.whole("sliding_window"), "attention": local},
        "norms_per_layer": 4,
    }
    if not config.flag("enable_moe_block"):
        return fields | {"mlp_width": config.whole("intermediate_size")}
    moe = {
        "experts": config.whole("num_experts"),
        "experts_per_token": config.first("top_k_experts", "num_experts_per_tok"),
        "width": config.first("moe_intermediate_size", "expert_intermediate_size"),
        "shared_experts": 1,
        "shared_width": config.whole("intermediate_size"),
        "expert_scale": True,
    }
    return fields | {"moe": moe, "norms_per_layer": 8}


def cohere(config: Config) -> Fields:
    """Command R: attention and feed-forward side by side behind one norm."""
    norm = {"qk_norm": "all-heads"} if config.flag("use_qk_norm") else {}
    return {
        "attention": attention_of(config, **norm),
        "mlp_width": config.whole("intermediate_size"),
        "norms_per_layer": 1,
        "parallel_block": True,
    }


def cohere2(config: Config) -> Fields:
    """Command R7B and A: as Command R, three of four layers windowed."""
    every = config.first("sliding_window_pattern", "_sliding_window_pattern", default=4)
    pattern = _spelt(config, "W" * (every - 1) + "F")
    window = windowed(config, pattern, config.whole("sliding_window", 4096), _context(config))
    return {**cohere(config), **window}


def falcon(config: Config) -> Fields:
    """Falcon: two matrices of four times the width, norms with biases."""
    hidden, heads = config.whole("hidden_size"), config.whole("num_attention_heads")
    new = config.flag("new_decoder_architecture")
    if new:
        kv_heads = config.whole("num_kv_heads", heads)
    else:
        kv_heads = 1 if config.flag("multi_query", True) else heads
    parallel = config.flag("parallel_attn", True)
    return {
        "attention": {"heads": heads, "kv_heads": kv_heads, "head_dim": hidden // heads or 1},
        "mlp_width": config.whole("ffn_hidden_size", 4 * hidden),
        "mlp_matrices": 2,
        "norm_bias": True,
        "norms_per_layer": 1 if parallel and not new else 2,
        "parallel_block": parallel,
    }
