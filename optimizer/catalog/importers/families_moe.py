"""Model families with latent attention, with experts beside dense layers, and hybrids."""

from __future__ import annotations

from typing import Any

from optimizer.catalog.importers.architecture import Config, attention_letters, attention_of, cycle
from optimizer.catalog.importers.families import (
    Family,
    Fields,
    cohere,
    cohere2,
    falcon,
    gemma,
    gemma2,
    gemma3,
    gemma4,
    llama,
    mixtral,
    qwen2,
    qwen2_moe,
    qwen3,
    qwen3_moe,
    qwen3_next,
)

HYBRID = {"M": "M-", "*": "F-", "E": "-E", "-": "-D"}
"""Nemotron-H: one block per layer; attention letter and feed-forward letter of each."""


def _routed(config: Config) -> Fields:
    """Routed and shared experts behind the first dense layers (DeepSeek, Kimi, GLM)."""
    if config.whole("moe_layer_freq", 1) != 1:
        raise config.refuse("moe_layer_freq", "only 1 is supported")
    dense = config.whole("first_k_dense_replace", 0, least=0)
    shared = config.whole("n_shared_experts", 0, least=0)
    moe: Fields = {
        "experts": config.whole("n_routed_experts"),
        "experts_per_token": config.whole("num_experts_per_tok"),
        "width": config.whole("moe_intermediate_size"),
        **({"first_dense_layers": dense} if dense else {}),
        **({"shared_experts": shared} if shared else {}),
    }
    fields: Fields = {"moe": moe}
    if dense:
        fields["mlp_width"] = config.whole("intermediate_size")
    mtp = config.whole("num_nextn_predict_layers", 0, least=0)
    return fields | ({"mtp_layers": mtp} if mtp else {})


def deepseek(config: Config) -> Fields:
    """DeepSeek V2 and V3, Kimi K2: latent attention and experts."""
    mla: Fields = {
        "heads": config.whole("num_attention_heads"),
        "q_rank": config.maybe("q_lora_rank"),
        "kv_rank": config.whole("kv_lora_rank"),
        "rope_dim": config.whole("qk_rope_head_dim"),
        "nope_dim": config.whole("qk_nope_head_dim"),
        "value_dim": config.whole("v_head_dim"),
    }
    return {"mla": mla, **_routed(config)}


def deepseek_sparse(config: Config) -> Fields:
    """DeepSeek V3.2, GLM-5: latent attention with an indexer that picks the keys."""
    fields = deepseek(config)
    fields["mla"]["indexer"] = {
        "heads": config.whole("index_n_heads"),
        "head_dim": config.whole("index_head_dim"),
        "top_k": config.whole("index_topk"),
    }
    return fields


def glm4_moe(config: Config) -> Fields:
    """GLM-4.5 and later: grouped-query attention, experts as in DeepSeek V3."""
    more: Fields = {"qkv_bias": True} if config.flag("attention_bias") else {}
    more |= {"qk_norm": "head"} if config.flag("use_qk_norm") else {}
    return {"attention": attention_of(config, **more), **_routed(config)}


def gpt_oss(config: Config) -> Fields:
    """gpt-oss: sinks, biases everywhere, every second layer windowed."""
    biased = config.flag("attention_bias", True)
    more = {"qkv_bias": True, "output_bias": True} if biased else {}
    return {
        "attention_pattern": attention_letters(config, config.whole("num_hidden_layers")) or "WF",
        "attention": attention_of(config, **more, sinks=True),
        "sliding_window": {"tokens": config.whole("sliding_window", 128)},
        "moe": {
            "experts": config.first("num_local_experts", "num_experts"),
            "experts_per_token": config.first("num_experts_per_tok", "experts_per_token"),
            "width": config.whole("intermediate_size"),
            "router_bias": True,
            "expert_bias": True,
        },
    }


def llama4(config: Config) -> Fields:
    """Llama 4: chunked attention in three of four layers, a shared expert, dense layers between."""
    if config.flag("attention_bias"):
        raise config.refuse("attention_bias", "not supported in this family")
    layers = config.whole("num_hidden_layers")
    every = config.whole("no_rope_layer_interval", 4)
    chunk = config.maybe("attention_chunk_size")
    fields: Fields = {"attention": attention_of(config)}
    if chunk is not None and chunk < config.whole("max_position_embeddings"):
        otherwise = "W" * (every - 1) + "F"
        fields["attention_pattern"] = attention_letters(config, layers) or otherwise
        fields["sliding_window"] = {"tokens": chunk}
        config.notes.append("Attention in chunks is counted as a window")
    step = config.whole("interleave_moe_layer_step", 1)
    if step > 1:
        fields["ffn_pattern"] = "D" * (step - 1) + "E"
        fields["mlp_width"] = config.whole("intermediate_size_mlp")
    fields["moe"] = {
        "experts": config.whole("num_local_experts"),
        "experts_per_token": config.whole("num_experts_per_tok", 1),
        "width": config.whole("intermediate_size"),
        "shared_experts": 1,
    }
    return fields


def minimax_m2(config: Config) -> Fields:
    """MiniMax M2: norms over all heads, experts everywhere."""
    norm = {"qk_norm": "all-heads"} if config.flag("use_qk_norm", True) else {}
    return {
        "attention": attention_of(config, **norm),
        "moe": {
            "experts": config.whole("num_local_experts"),
            "experts_per_token": config.whole("num_experts_per_tok"),
            "width": config.whole("intermediate_size"),
        },
    }


def nemotron_h(config: Config) -> Fields:
    """Nemotron-H and Nemotron 3: each layer is one block, Mamba-2, attention, dense or experts."""
    pattern = config.text("hybrid_override_pattern")
    if not pattern or set(pattern) - set(HYBRID):
        raise config.refuse("hybrid_override_pattern", "expected one of M * E - per layer")
    if len(pattern) != config.whole("num_hidden_layers"):
        raise config.refuse("hybrid_override_pattern", f"{len(pattern)} letters, not one per layer")
    fields: Fields = {
        "attention_pattern": cycle([HYBRID[p][0] for p in pattern]),
        "ffn_pattern": cycle([HYBRID[p][1] for p in pattern]),
        "norms_per_layer": 1,
    }
    if "*" in pattern:
        fields["attention"] = attention_of(config)
    if "M" in pattern:
        fields["mamba"] = {
            "heads": config.whole("mamba_num_heads"),
            "head_dim": config.whole("mamba_head_dim"),
            "state": config.whole("ssm_state_size"),
            "groups": config.whole("n_groups"),
            "kernel": config.whole("conv_kernel", 4),
        }
    if "-" in pattern:
        fields |= {"mlp_width": config.whole("intermediate_size"), "mlp_matrices": 2}
    return fields | ({"moe": _hybrid_experts(config)} if "E" in pattern else {})


def _hybrid_experts(config: Config) -> Fields:
    shared = config.whole("n_shared_experts", 0, least=0)
    moe: Fields = {
        "experts": config.whole("n_routed_experts"),
        "experts_per_token": config.whole("num_experts_per_tok"),
        "width": config.whole("moe_intermediate_size"),
        "matrices": 2,
    }
    if shared:
        width = config.whole("moe_shared_expert_intermediate_size")
        moe |= {"shared_experts": shared, "shared_width": width}
    latent = config.maybe("moe_latent_size")
    return moe | ({"latent_size": latent} if latent else {})


def nemotron_nas(config: Config) -> Fields:
    """Nemotron-NAS: a Llama some of whose layers lost their attention; widths differ."""
    blocks = config.items("block_configs")
    if len(blocks) != config.whole("num_hidden_layers"):
        raise config.refuse("block_configs", "expected one block per layer")
    heads, hidden = config.whole("num_attention_heads"), config.whole("hidden_size")
    letters, widths, groups = "", [], set()
    for block in blocks:
        attention = _part(config, block, "attention")
        ffn = _part(config, block, "ffn")
        letters += "-" if attention.get("no_op") else "F"
        if not attention.get("no_op"):
            groups.add(attention.get("n_heads_in_group"))
        mult = ffn.get("ffn_mult")
        if ffn.get("no_op") or not isinstance(mult, int | float) or not 0 < mult < 100:
            raise config.refuse("block_configs", "a layer without a feed-forward width")
        widths.append(-(-int(2 * mult * hidden / 3) // 256) * 256)
    group = groups.pop() if len(groups) == 1 else None
    if not isinstance(group, int) or group < 1 or heads % group:
        raise config.refuse("block_configs", "attention differs between layers")
    return {
        "attention_pattern": cycle(letters),
        "attention": {"heads": heads, "kv_heads": heads // group, "head_dim": hidden // heads},
        "mlp_widths": widths,
    }


def _part(config: Config, block: Any, key: str) -> dict[str, Any]:
    part = block.get(key) if isinstance(block, dict) else None
    if not isinstance(part, dict) or part.get("replace_with_linear"):
        raise config.refuse("block_configs", f"a block whose {key} is not supported")
    return part


FAMILIES: dict[str, Family] = {
    "llama": llama,
    "mistral": llama,
    "ministral3": llama,
    "phi3": llama,
    "mixtral": mixtral,
    "qwen2": qwen2,
    "qwen2_moe": qwen2_moe,
    "qwen3": qwen3,
    "qwen3_moe": qwen3_moe,
    "qwen3_next": qwen3_next,
    "qwen3_5_text": qwen3_next,
    "qwen3_5_moe_text": qwen3_next,
    "gemma": gemma,
    "gemma2": gemma2,
    "gemma3_text": gemma3,
    "gemma4_text": gemma4,
    "cohere": cohere,
    "cohere2": cohere2,
    "falcon": falcon,
    "deepseek_v2": deepseek,
    "deepseek_v3": deepseek,
    "kimi_k2": deepseek,
    "deepseek_v32": deepseek_sparse,
    "glm4_moe": glm4_moe,
    "glm_moe_dsa": deepseek_sparse,
    "gpt_oss": gpt_oss,
    "llama4_text": llama4,
    "minimax_m2": minimax_m2,
    "nemotron_h": nemotron_h,
    "nemotron-nas": nemotron_nas,
}
"""``model_type`` of the text part -> its reader."""
