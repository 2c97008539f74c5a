"""Large language models: the architecture fields from which parameters and memory are counted."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from optimizer.schema.base import Name, Positive, Record, Sourced
from optimizer.schema.formats import WeightFormat

Size = Annotated[int, Field(ge=1, le=100_000_000)]
Layers = Annotated[int, Field(ge=0, le=1_000)]
Widths = Annotated[tuple[Annotated[int, Field(ge=0, le=10_000_000)], ...], Field(strict=False)]
AttentionPattern = Annotated[str, Field(pattern=r"^[FWLM-]{1,1000}$")]
FfnPattern = Annotated[str, Field(pattern=r"^[DE-]{1,1000}$")]


class Attention(Record):
    """Multi-head, grouped-query or multi-query attention of one layer."""

    heads: Size
    kv_heads: Size
    head_dim: Size
    qkv_bias: bool = False
    output_bias: bool = False
    qk_norm: Literal["none", "head", "all-heads"] = "none"
    """Learned norms of queries and keys: one vector for all heads, or one for each head."""
    output_gate: bool = False
    """The query projection also makes a gate of the same width (Qwen3-Next)."""
    sinks: bool = False
    """One learned sink per head (gpt-oss)."""
    value_projection: bool = True
    """False where values come from the key projection (Gemma 4, global layers)."""


class Indexer(Record):
    """DeepSeek sparse attention: a small head that picks the keys; it has a cache of its own."""

    heads: Size
    head_dim: Size
    top_k: Size


class Mla(Record):
    """Multi-head latent attention: keys and values are kept as one latent vector."""

    heads: Size
    q_rank: Size | None
    """``null`` where queries are not compressed."""
    kv_rank: Size
    rope_dim: Size
    nope_dim: Size
    value_dim: Size
    indexer: Indexer | None = None


class SlidingWindow(Record):
    """Layers marked ``W`` see only the last ``tokens`` tokens."""

    tokens: Size
    attention: Attention | None = None
    """Where it differs from the attention of the other layers (Gemma 4)."""


class LinearAttention(Record):
    """Gated delta-net layers, marked ``L`` (Qwen3-Next): a constant state instead of a KV cache."""

    key_heads: Size
    key_dim: Size
    value_heads: Size
    value_dim: Size
    kernel: Size


class Mamba(Record):
    """Mamba-2 layers, marked ``M``: a constant state instead of a KV cache."""

    heads: Size
    head_dim: Size
    state: Size
    groups: Size
    kernel: Size


class Moe(Record):
    """Mixture of experts in the layers marked ``E``."""

    experts: Size
    experts_per_token: Size
    width: Size
    matrices: Literal[2, 3] = 3
    """3 with a gate, 2 without."""
    first_dense_layers: Layers = 0
    shared_experts: Layers = 0
    shared_width: Size | None = None
    """Of one shared expert, or of a dense path beside the experts; ``null``: ``width``."""
    shared_gate: bool = False
    latent_size: Size | None = None
    """Experts work in this smaller space, behind two projections (Nemotron 3 Super)."""
    router_bias: bool = False
    expert_bias: bool = False
    expert_scale: bool = False
    """The router has one learned scale per expert (Gemma 4)."""


class Llm(Sourced):
    """A large language model as its reference implementation builds it (text part).

    ``attention_pattern`` and ``ffn_pattern`` are repeated over the layers: ``F`` full attention,
    ``W`` sliding window, ``L`` linear attention, ``M`` Mamba, ``D`` dense, ``E`` experts, ``-``
    none. ``published_*`` serve tests and people; nothing is computed from them. A field that is
    ``null`` although the pattern needs it makes the LLM ineligible.
    """

    huggingface: Name
    model_type: Name
    license: Name
    published_format: WeightFormat
    published_parameters_b: Positive | None = None
    published_active_parameters_b: Positive | None = None
    max_context: Size
    layers: Annotated[int, Field(ge=1, le=1_000)]
    hidden_size: Size
    vocab_size: Size
    tied_embeddings: bool
    attention_pattern: AttentionPattern = "F"
    ffn_pattern: FfnPattern | None = None
    """``null``: experts everywhere when there is a ``moe``, else dense."""
    norms_per_layer: Annotated[int, Field(ge=0, le=20)] = 2
    """Vectors of ``hidden_size`` per layer; parallel blocks share one."""
    parallel_block: bool = False
    """Attention and feed-forward run side by side (Falcon, Command R): their sums meet once."""
    norm_bias: bool = False
    attention: Attention | None = None
    mla: Mla | None = None
    sliding_window: SlidingWindow | None = None
    linear_attention: LinearAttention | None = None
    mamba: Mamba | None = None
    mlp_width: Size | None = None
    """Of the dense layers; ``null`` when there are none, or when it is not known."""
    mlp_widths: Widths = ()
    """One per layer, where they differ (Nemotron-NAS); instead of ``mlp_width``."""
    mlp_matrices: Literal[2, 3] = 3
    moe: Moe | None = None
    mtp_layers: Layers = 0
    """Multi-token-prediction layers in the checkpoint; engines serve without them."""
    vision_parameters: Annotated[int, Field(ge=0, le=100_000_000_000)] = 0
    """Image encoder and its projector, kept in 16 bits beside the text part."""

    def __hash__(self) -> int:
        """By id, so that what is computed from an LLM can be cached."""
        return hash(self.id)

    @model_validator(mode="after")
    def _check_parts(self) -> Self:
        """The patterns name only parts that are described; a missing width is allowed."""
        kinds = set(self.attention_pattern)
        if (self.attention is None) == (self.mla is None) and kinds & set("FW"):
            raise ValueError("needs either attention or mla")
        for letter, part in (
            ("W", "sliding_window"),
            ("L", "linear_attention"),
            ("M", "mamba"),
        ):
            if (letter in kinds) != (getattr(self, part) is not None):
                raise ValueError(f"attention_pattern and {part} do not agree on '{letter}'")
        if "E" in (self.ffn_pattern or "") and self.moe is None:
            raise ValueError("ffn_pattern has experts, and there is no moe")
        if self.mlp_widths and len(self.mlp_widths) != self.layers:
            raise ValueError("mlp_widths needs one width per layer")
        if self.moe is not None and self.moe.experts_per_token > self.moe.experts:
            raise ValueError("more experts per token than experts")
        return self
