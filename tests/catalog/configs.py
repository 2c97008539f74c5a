"""Hugging Face configurations of LLMs as published, without keys that say nothing of sizes."""

from __future__ import annotations

from typing import Any

COMMON: dict[str, Any] = {"torch_dtype": "bfloat16", "hidden_act": "silu", "rope_theta": 10000.0}


def sizes(
    kind: str, layers: int, hidden: int, width: int, vocab: int, **more: Any
) -> dict[str, Any]:
    """The keys that every family has."""
    return {
        **COMMON,
        "model_type": kind,
        "num_hidden_layers": layers,
        "hidden_size": hidden,
        "intermediate_size": width,
        "vocab_size": vocab,
        **more,
    }


def heads(count: int, kv: int, dim: int | None = None) -> dict[str, Any]:
    """Attention heads."""
    return {"num_attention_heads": count, "num_key_value_heads": kv} | (
        {"head_dim": dim} if dim else {}
    )


def context(tokens: int, tied: bool = False) -> dict[str, Any]:
    """Context length, and whether the head is the embedding."""
    return {"max_position_embeddings": tokens, "tie_word_embeddings": tied}


MLA = {"qk_rope_head_dim": 64, "kv_lora_rank": 512}
DEEPSEEK_V3 = {
    **sizes("deepseek_v3", 61, 7168, 18432, 129280, **heads(128, 128), **context(163840)),
    **MLA,
    "q_lora_rank": 1536,
    "qk_nope_head_dim": 128,
    "v_head_dim": 128,
    "n_routed_experts": 256,
    "n_shared_experts": 1,
    "num_experts_per_tok": 8,
    "moe_intermediate_size": 2048,
    "first_k_dense_replace": 3,
    "moe_layer_freq": 1,
    "num_nextn_predict_layers": 1,
    "quantization_config": {"quant_method": "fp8", "weight_block_size": [128, 128]},
}
QWEN3_5 = {
    **sizes("qwen3_5_moe_text", 60, 4096, 0, 248320, **heads(32, 2, 256)),
    "max_position_embeddings": 262144,
    "layer_types": (["linear_attention"] * 3 + ["full_attention"]) * 15,
    "full_attention_interval": 4,
    "linear_conv_kernel_dim": 4,
    "linear_key_head_dim": 128,
    "linear_num_key_heads": 16,
    "linear_num_value_heads": 64,
    "linear_value_head_dim": 128,
    "mlp_only_layers": [],
    "moe_intermediate_size": 1024,
    "mtp_num_hidden_layers": 1,
    "num_experts": 512,
    "num_experts_per_tok": 10,
    "shared_expert_intermediate_size": 1024,
}
del QWEN3_5["intermediate_size"]
LLAMA4 = {
    **sizes("llama4_text", 48, 5120, 8192, 202048, **heads(40, 8, 128)),
    "attention_chunk_size": 8192,
    "intermediate_size_mlp": 16384,
    "num_experts_per_tok": 1,
}
GEMMA4_MOE = {
    **sizes("gemma4_text", 30, 2816, 2112, 262144, **heads(16, 8, 256), **context(262144, True)),
    "attention_k_eq_v": True,
    "enable_moe_block": True,
    "global_head_dim": 512,
    "hidden_size_per_layer_input": 0,
    "layer_types": (["sliding_attention"] * 5 + ["full_attention"]) * 5,
    "moe_intermediate_size": 704,
    "num_experts": 128,
    "num_global_key_value_heads": 2,
    "num_kv_shared_layers": 0,
    "sliding_window": 1024,
    "top_k_experts": 8,
}
NEMOTRON = {
    **sizes("nemotron_h", 52, 2688, 1856, 131072, **heads(32, 2, 128), **context(262144)),
    "hybrid_override_pattern": "MEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEMEM*EMEMEMEME",
    "mamba_num_heads": 64,
    "mamba_head_dim": 64,
    "ssm_state_size": 128,
    "n_groups": 8,
    "conv_kernel": 4,
    "n_routed_experts": 128,
    "n_shared_experts": 1,
    "num_experts_per_tok": 6,
    "moe_intermediate_size": 1856,
    "moe_shared_expert_intermediate_size": 3712,
    "time_step_limit": [0.0, float("inf")],
}

CONFIGS: dict[str, dict[str, Any]] = {
    "llama-3.1-8b-instruct": sizes(
        "llama", 32, 4096, 14336, 128256, **heads(32, 8), **context(131072)
    ),
    "llama-3.1-405b-instruct": sizes(
        "llama", 126, 16384, 53248, 128256, **heads(128, 8), **context(131072)
    ),
    "llama-3.2-1b-instruct": sizes(
        "llama", 16, 2048, 8192, 128256, **heads(32, 8, 64), **context(131072, True)
    ),
    "mistral-7b-v0.1": sizes(
        "mistral", 32, 4096, 14336, 32000, **heads(32, 8), **context(32768), sliding_window=4096
    ),
    "mistral-7b-instruct-v0.3": sizes(
        "mistral", 32, 4096, 14336, 32768, **heads(32, 8), **context(32768), sliding_window=None
    ),
    "mistral-nemo-12b": sizes(
        "mistral", 40, 5120, 14336, 131072, **heads(32, 8, 128), **context(131072)
    ),
    "mixtral-8x7b": sizes(
        "mixtral",
        32,
        4096,
        14336,
        32000,
        **heads(32, 8),
        **context(32768),
        num_local_experts=8,
        num_experts_per_tok=2,
    ),
    "phi-4": sizes("phi3", 40, 5120, 17920, 100352, **heads(40, 10), **context(16384)),
    "qwen2.5-7b-instruct": sizes(
        "qwen2",
        28,
        3584,
        18944,
        152064,
        **heads(28, 4),
        **context(32768),
        use_sliding_window=False,
        sliding_window=131072,
        max_window_layers=28,
    ),
    "qwen3-8b": sizes("qwen3", 36, 4096, 12288, 151936, **heads(32, 8, 128), **context(40960)),
    "qwen3-30b-a3b": sizes(
        "qwen3_moe",
        48,
        2048,
        6144,
        151936,
        **heads(32, 4, 128),
        **context(40960),
        num_experts=128,
        num_experts_per_tok=8,
        moe_intermediate_size=768,
        decoder_sparse_step=1,
        mlp_only_layers=[],
    ),
    "qwen3-next-80b-a3b": sizes(
        "qwen3_next",
        48,
        2048,
        5120,
        151936,
        **heads(16, 2, 256),
        **context(262144),
        full_attention_interval=4,
        linear_conv_kernel_dim=4,
        linear_key_head_dim=128,
        linear_num_key_heads=16,
        linear_num_value_heads=32,
        linear_value_head_dim=128,
        num_experts=512,
        num_experts_per_tok=10,
        moe_intermediate_size=512,
        shared_expert_intermediate_size=512,
        decoder_sparse_step=1,
        mlp_only_layers=[],
    ),
    "qwen3.5-397b-a17b": {
        "model_type": "qwen3_5_moe",
        "text_config": QWEN3_5,
        "tie_word_embeddings": False,
        "vision_config": {"depth": 27},
    },
    "gemma-2-9b": sizes(
        "gemma2", 42, 3584, 14336, 256000, **heads(16, 8, 256), sliding_window=4096
    ),
    "gemma-3-12b": {
        "model_type": "gemma3",
        "text_config": {
            "model_type": "gemma3_text",
            "hidden_size": 3840,
            "intermediate_size": 15360,
            "num_attention_heads": 16,
            "num_hidden_layers": 48,
            "num_key_value_heads": 8,
            "sliding_window": 1024,
        },
    },
    "gemma-4-26b-a4b": {"model_type": "gemma4", "text_config": GEMMA4_MOE},
    "command-r-plus": sizes(
        "cohere",
        64,
        12288,
        33792,
        256000,
        **heads(96, 8),
        use_qk_norm=True,
        **context(131072, True),
    ),
    "falcon-180b": {
        "model_type": "falcon",
        "num_hidden_layers": 80,
        "hidden_size": 14848,
        "num_attention_heads": 232,
        "num_kv_heads": 8,
        "new_decoder_architecture": True,
        "vocab_size": 65024,
        "tie_word_embeddings": False,
    },
    "deepseek-v3": DEEPSEEK_V3,
    "deepseek-v3.2": {
        **DEEPSEEK_V3,
        "model_type": "deepseek_v32",
        "index_n_heads": 64,
        "index_head_dim": 128,
        "index_topk": 2048,
    },
    "kimi-k2-instruct": {
        **DEEPSEEK_V3,
        **context(131072),
        "model_type": "kimi_k2",
        "num_attention_heads": 64,
        "vocab_size": 163840,
        "n_routed_experts": 384,
        "first_k_dense_replace": 1,
        "num_nextn_predict_layers": 0,
    },
    "glm-4.5": sizes(
        "glm4_moe",
        92,
        5120,
        12288,
        151552,
        **heads(96, 8, 128),
        **context(131072),
        attention_bias=True,
        use_qk_norm=True,
        n_routed_experts=160,
        n_shared_experts=1,
        num_experts_per_tok=8,
        moe_intermediate_size=1536,
        first_k_dense_replace=3,
        num_nextn_predict_layers=1,
    ),
    "gpt-oss-20b": sizes(
        "gpt_oss",
        24,
        2880,
        2880,
        201088,
        **heads(64, 8, 64),
        **context(131072),
        attention_bias=True,
        layer_types=["sliding_attention", "full_attention"] * 12,
        num_local_experts=32,
        experts_per_token=4,
        sliding_window=128,
        quantization_config={"quant_method": "mxfp4"},
    ),
    "llama-4-scout": {
        "model_type": "llama4",
        "text_config": {
            **LLAMA4,
            "max_position_embeddings": 10485760,
            "num_local_experts": 16,
            "interleave_moe_layer_step": 1,
        },
    },
    "llama-4-maverick": {
        "model_type": "llama4",
        "text_config": {
            **LLAMA4,
            "max_position_embeddings": 1048576,
            "num_local_experts": 128,
            "interleave_moe_layer_step": 2,
        },
    },
    "minimax-m2": sizes(
        "minimax_m2",
        62,
        3072,
        1536,
        200064,
        **heads(48, 8, 128),
        **context(196608),
        num_local_experts=256,
        num_experts_per_tok=8,
        use_qk_norm=True,
        quantization_config={"quant_method": "fp8"},
    ),
    "nemotron-3-nano-30b-a3b": NEMOTRON,
}
"""Id in the catalog -> its configuration, for one LLM of each family."""
