"""Memory against published checkpoint sizes, KV bytes and hand arithmetic."""

from __future__ import annotations

from dataclasses import astuple
from pathlib import Path

import pytest

from optimizer.catalog.reader import read_yaml
from optimizer.physics import memory
from optimizer.physics.formats import expert_bytes
from optimizer.physics.parameters import shape_of
from optimizer.schema.engine import Engine
from optimizer.schema.formats import KvFormat, WeightFormat
from optimizer.schema.llm import Attention, Indexer, LinearAttention, Llm, Mla, SlidingWindow

CATALOG = Path(__file__).parents[2] / "catalog"


def entries(section: str) -> list[dict[str, object]]:
    paths = sorted((CATALOG / section).glob("*.yaml"))
    return [entry for path in paths for entry in read_yaml(path).data[section]]


LLMS = {str(e["id"]): Llm.model_validate(e) for e in entries("llms")}
ENGINES = {str(e["id"]): Engine.model_validate(e) for e in entries("engines")}
VLLM = ENGINES["vllm"]
GIB = 1024**3


def make_llm(**changes: object) -> Llm:
    """Two layers, hidden 8, 2 heads of 4 over 1 KV head, feed-forward 16, vocabulary 10."""
    fields: dict[str, object] = {
        "id": "tiny", "name": "Tiny", "huggingface": "none/tiny", "model_type": "llama",
        "license": "none", "published_format": "bf16", "max_context": 64, "layers": 2,
        "hidden_size": 8, "vocab_size": 10, "tied_embeddings": False, "mlp_width": 16,
        "attention": Attention(heads=2, kv_heads=1, head_dim=4),
    }  # fmt: skip
    return Llm.model_validate(fields | changes)


# Weights


@pytest.mark.parametrize(
    ("name", "fmt", "gib"),
    [
        # llama.cpp tools/quantize/README.md: sizes of Llama 3.1 8B
        ("llama-3.1-8b-instruct", "bf16", 14.96),
        ("llama-3.1-8b-instruct", "gguf-q8_0", 7.95),
        ("llama-3.1-8b-instruct", "gguf-q6_k", 6.14),
        ("llama-3.1-8b-instruct", "gguf-q5_k_m", 5.33),
        ("llama-3.1-8b-instruct", "gguf-q4_k_m", 4.58),
        # the same table of whole files, in GB: 43.1 and 249.1
        ("llama-3.1-70b-instruct", "gguf-q4_k_m", 43.1e9 / GIB),
        ("llama-3.1-405b-instruct", "gguf-q4_k_m", 249.1e9 / GIB),
        # gpt-oss model card, arXiv 2508.10925, table 1: checkpoint sizes
        ("gpt-oss-120b", "mxfp4", 60.8),
        ("gpt-oss-20b", "mxfp4", 12.8),
        # Mixtral 8x22B at 16 and 8 bits: 281 and 141 GB
        ("mixtral-8x22b", "bf16", 281.2e9 / GIB),
        ("mixtral-8x22b", "int8", 141.1e9 / GIB),
    ],
)
def test_checkpoint_sizes(name: str, fmt: WeightFormat, gib: float) -> None:
    assert memory.weights_bytes(LLMS[name], fmt) / GIB == pytest.approx(gib, rel=0.004)


def test_sixteen_bits_are_two_bytes_a_parameter() -> None:
    for llm in LLMS.values():
        total = shape_of(llm).parameters_total + llm.vision_parameters
        assert memory.weights_bytes(llm, "bf16") == 2 * total


LINEAR = 2 * (8 * 8 + 2 * 8 * 4 + 8 * 8 + 3 * 8 * 16)
ROWS = 2 * (8 + 2 * 4 + 8 + 2 * 16 + 8)
WIDE = 2 * 10 * 8 + 5 * 8


@pytest.mark.parametrize(
    ("fmt", "expected"),
    [
        ("fp8", LINEAR + 4 * ROWS + 2 * WIDE),
        ("int8", LINEAR + 4 * ROWS + 2 * WIDE),
        ("int4", LINEAR * (4 + 20 / 128) / 8 + 2 * WIDE),
        ("nvfp4", LINEAR * 4.5 / 8 + 2 * WIDE),
        ("mxfp4", LINEAR * 4.25 / 8 + 2 * WIDE),
        ("gguf-q8_0", (LINEAR + 160) * 8.5 / 8 + 4 * 40),
    ],
)
def test_formats_by_hand(fmt: WeightFormat, expected: float) -> None:
    """Matrices have the format; embedding and head (but for GGUF) and norms stay wide."""
    assert memory.weights_bytes(make_llm(), fmt) == pytest.approx(expected)


def test_published_fp8_has_block_scales() -> None:
    llm = make_llm(id="blocks", published_format="fp8")
    expected = LINEAR * (1 + 4 / 128**2) + 2 * WIDE
    assert memory.weights_bytes(llm, "fp8") == pytest.approx(expected)


def test_mxfp4_covers_only_experts_where_published_so() -> None:
    llm = LLMS["gpt-oss-120b"]
    shape = shape_of(llm)
    experts = shape.expert_parameters
    rest = shape.parameters_total - experts
    assert expert_bytes(llm, "mxfp4") == experts * 4.25 / 8
    assert memory.weights_bytes(llm, "mxfp4") == experts * 4.25 / 8 + 2 * rest
    assert expert_bytes(LLMS["llama-3.1-8b-instruct"], "fp8") == 0


def test_tensor_parallel_cuts_matrices_and_copies_kv_projections() -> None:
    """Over two ranks with one KV head: all but norms and KV projections is halved."""
    whole, norms = 2 * 2 * 8 * 4, 5 * 8
    halved = LINEAR - whole + 160
    expected = 2 * (halved / 2 + whole + norms)
    assert memory.weights_bytes_per_accelerator(make_llm(), "bf16", 2, 1) == expected


def test_pipeline_keeps_the_fullest_stage() -> None:
    """Two stages: one layer each, embedding before, norm and head after."""
    layer = LINEAR / 2 + 2 * 8
    expected = 2 * (layer + 80 + 8)
    assert memory.weights_bytes_per_accelerator(make_llm(), "bf16", 1, 2) == expected


def test_pipeline_copies_a_tied_embedding_to_the_last_stage() -> None:
    llm = make_llm(id="tied", tied_embeddings=True)
    layer = LINEAR / 2 + 2 * 8
    assert memory.weights_bytes_per_accelerator(llm, "bf16", 1, 2) == 2 * (layer + 80 + 8)


def test_interleaved_experts_are_shared_by_stages() -> None:
    """Llama 4 Maverick alternates dense and expert layers: half of the experts per stage."""
    llm = LLMS["llama-4-maverick"]
    half = memory.weights_bytes_per_accelerator(llm, "bf16", 1, 2)
    assert half == pytest.approx(memory.weights_bytes(llm, "bf16") / 2, rel=0.005)


def test_parts_of_all_ranks_are_at_least_the_whole() -> None:
    for llm in LLMS.values():
        for tensor, pipeline in ((2, 1), (8, 1), (1, 2), (4, 3)):
            each = memory.weights_bytes_per_accelerator(llm, "fp8", tensor, pipeline)
            assert each * tensor * pipeline >= memory.weights_bytes(llm, "fp8") * (1 - 1e-12)


# KV cache


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("llama-3.1-8b-instruct", 131_072),
        ("llama-3.1-70b-instruct", 327_680),
        ("llama-3.1-405b-instruct", 516_096),
        ("qwen2.5-32b-instruct", 262_144),
        ("mixtral-8x22b", 229_376),
        ("deepseek-r1", 70_272),
        ("glm-4.5", 376_832),
        ("gpt-oss-120b", 73_728),
        ("gemma-3-27b", 507_904),
        ("qwen3-next-80b-a3b", 24_576),
        ("command-r", 1_310_720),  # 64 KV heads of 128 in 40 layers
        ("falcon-180b", 163_840),
        ("deepseek-v3.2", 61 * (576 * 2 + 128 + 4)),  # and 8-bit indexer keys with their scales
        ("gemma-4-26b-a4b", 2 * 2 * (25 * 8 * 256 + 5 * 2 * 512)),
    ],
)
def test_kv_bytes_per_token(name: str, expected: int) -> None:
    """2 x layers x KV heads x head dimension x 2 bytes, from the published configurations."""
    assert memory.kv_bytes_per_token(LLMS[name], "bf16") == expected


@pytest.mark.parametrize(("kv", "share"), [("bf16", 1.0), ("fp8", 0.5), ("int8", 34 / 64)])
def test_kv_formats(kv: KvFormat, share: float) -> None:
    """llama.cpp's q8_0 packs 32 elements in 34 bytes."""
    llm = LLMS["llama-3.1-8b-instruct"]
    assert memory.kv_bytes_per_token(llm, kv) == 131_072 * share


def test_kv_is_handed_out_in_blocks_of_16() -> None:
    llm = LLMS["llama-3.1-8b-instruct"]
    assert memory.kv_bytes_per_sequence(llm, "bf16", 17) == 32 * 131_072
    assert memory.kv_bytes_per_sequence(llm, "bf16", 16) == 16 * 131_072


def test_kv_heads_limit_the_split() -> None:
    """Llama 3.1 70B has 8 KV heads: 16 ranks hold no less than 8."""
    llm = LLMS["llama-3.1-70b-instruct"]
    whole = memory.kv_bytes_per_sequence(llm, "bf16", 1024)
    assert memory.kv_bytes_per_sequence(llm, "bf16", 1024, 8) == whole / 8
    assert memory.kv_bytes_per_sequence(llm, "bf16", 1024, 16) == whole / 8
    assert memory.kv_bytes_per_sequence(llm, "bf16", 1024, 3) == whole * 3 / 8
    assert memory.kv_bytes_per_sequence(llm, "bf16", 1024, 1, 4) == whole / 4


def test_latent_is_whole_on_every_rank() -> None:
    llm = LLMS["deepseek-r1"]
    assert memory.kv_bytes_per_sequence(llm, "bf16", 1024, 8) == 1024 * 70_272


def test_sparse_attention_keeps_656_bytes_at_8_bits() -> None:
    mla = Mla(
        heads=2, q_rank=4, kv_rank=512, rope_dim=64, nope_dim=4, value_dim=4,
        indexer=Indexer(heads=2, head_dim=128, top_k=8),
    )  # fmt: skip
    llm = make_llm(id="sparse", attention=None, mla=mla)
    assert memory.kv_bytes_per_token(llm, "fp8") == 2 * (656 + 132)


def test_window_layers_keep_their_window() -> None:
    """One full and one window layer of 64 bytes a token; a window of 20 needs 2 blocks and one."""
    window = SlidingWindow(tokens=20)
    llm = make_llm(id="window", attention_pattern="WF", sliding_window=window)
    each = 2 * 4 * 2
    assert memory.kv_bytes_per_token(llm, "bf16") == 2 * each
    assert memory.kv_full_bytes_per_token(llm, "bf16") == each
    assert memory.kv_window_bytes_per_token(llm, "bf16") == each
    assert memory.kv_bytes_per_sequence(llm, "bf16", 32) == 2 * 32 * each
    assert memory.kv_bytes_per_sequence(llm, "bf16", 1600) == (1600 + 48) * each


def test_linear_attention_has_a_constant_state() -> None:
    """Qwen3-Next: 36 layers of 32 x 128 x 128 in 32 bits and 3 x 8,192 in 16 bits."""
    llm = LLMS["qwen3-next-80b-a3b"]
    state = 36 * (32 * 128 * 128 * 4 + 3 * 8_192 * 2)
    assert state == 77_266_944
    assert memory.kv_fixed_bytes(llm, "bf16") == state
    assert memory.kv_bytes_per_sequence(llm, "bf16", 4096) == state + 4096 * 24_576
    assert memory.kv_fixed_bytes(LLMS["llama-3.1-8b-instruct"], "bf16") == 0


def test_mamba_has_a_constant_state() -> None:
    """Nemotron 3 Nano: 23 layers of 64 x 64 x 128 in 32 bits and 3 x 6,144 in 16 bits."""
    state = 23 * (64 * 64 * 128 * 4 + 3 * 6_144 * 2)
    assert memory.kv_fixed_bytes(LLMS["nemotron-3-nano-30b-a3b"], "bf16") == state


def test_stages_without_attention_keep_no_cache() -> None:
    """The fullest of four stages of one layer each holds the only full layer, or a state."""
    linear = LinearAttention(key_heads=1, key_dim=4, value_heads=1, value_dim=4, kernel=4)
    llm = make_llm(id="hybrid", layers=4, attention_pattern="LLLF", linear_attention=linear)
    state = 4 * 4 * 4 + 12 * 3 * 2
    assert memory.kv_bytes_per_sequence(llm, "bf16", 16, 1, 4) == max(state, 16 * 16)


# Accelerators


def test_usable_is_rounded_down_and_needs_up() -> None:
    use = memory.accelerator_memory(
        make_llm(), VLLM, "bf16", "bf16",
        context=16, sequences=1, tensor=1, pipeline=1, vram_mib=81_559,
    )  # fmt: skip
    assert use.usable_mib == 73_403  # 0.9 x 81,559 = 73,403.1
    assert (use.weights_mib, use.kv_cache_mib) == (1, 1)
    assert use.runtime_mib == VLLM.runtime_mib


def test_llama_405b_on_eight_80_gb_accelerators() -> None:
    """811.7 GB at 16 bits cannot fit 8 x 80 GB; 410 GB at 8 bits can, with 8K of context."""
    llm = LLMS["llama-3.1-405b-instruct"]

    def need(fmt: WeightFormat) -> int:
        use = memory.accelerator_memory(
            llm, VLLM, fmt, "bf16",
            context=8192, sequences=1, tensor=8, pipeline=1, vram_mib=81_920,
        )  # fmt: skip
        return sum(astuple(use)[:4]) - use.usable_mib

    assert need("bf16") > 0 >= need("int8")


def test_kv_grows_with_sequences_and_context() -> None:
    """Llama 3.1 70B on 4: 16 sequences of 8,192 tokens are 16 x 8,192 x 80 KiB."""
    use = memory.accelerator_memory(
        LLMS["llama-3.1-70b-instruct"], VLLM, "fp8", "bf16",
        context=8192, sequences=16, tensor=4, pipeline=1, vram_mib=81_559,
    )  # fmt: skip
    assert use.kv_cache_mib == 16 * 8192 * 80 // 1024


def test_latent_attention_keeps_absorbed_copies() -> None:
    """DeepSeek R1 on 8: 61 layers x 16 heads x 512 x 256 x 2 bytes = 244 MiB beside the runtime."""
    use = memory.accelerator_memory(
        LLMS["deepseek-r1"], VLLM, "fp8", "bf16",
        context=4096, sequences=1, tensor=8, pipeline=1, vram_mib=143_771,
    )  # fmt: skip
    assert use.runtime_mib - VLLM.runtime_mib == 244


def test_activations_stay_in_the_measured_range() -> None:
    """Profiles of vLLM with 16,384 tokens and 1,024 sequences: 4.8-5.6 GiB dense, 7.4 GiB MoE."""
    engine = VLLM.replace(batched_tokens=16_384)
    dense = memory.activation_bytes(LLMS["llama-3.1-70b-instruct"], engine, 4, 1024)
    experts = memory.activation_bytes(LLMS["deepseek-r1"], engine, 8, 1024)
    assert dense / GIB == pytest.approx(5.2, rel=0.15)
    assert experts / GIB == pytest.approx(7.4, rel=0.05)


@pytest.mark.parametrize(
    ("name", "fmt", "tensor", "vram_mib"),
    [
        ("llama-3.1-8b-instruct", "bf16", 1, 24_564),
        ("llama-3.1-70b-instruct", "int8", 2, 81_920),
        ("gpt-oss-120b", "mxfp4", 1, 81_559),
        ("gemma-3-27b", "bf16", 2, 49_140),
        ("qwen3-next-80b-a3b", "fp8", 4, 81_559),
    ],
)
def test_most_sequences_fit_and_one_more_does_not(
    name: str, fmt: WeightFormat, tensor: int, vram_mib: int
) -> None:
    llm = LLMS[name]
    most = memory.max_sequences(
        llm, VLLM, fmt, "bf16", tokens=6000, tensor=tensor, pipeline=1, vram_mib=vram_mib
    )
    assert 0 < most < VLLM.max_sequences
    for count, fits in ((most, True), (most + 1, False)):
        use = memory.accelerator_memory(
            llm, VLLM, fmt, "bf16",
            context=6000, sequences=count, tensor=tensor, pipeline=1, vram_mib=vram_mib,
        )  # fmt: skip
        assert (sum(astuple(use)[:4]) <= use.usable_mib) is fits


def test_most_sequences_at_the_ends() -> None:
    small, large = LLMS["llama-3.2-1b-instruct"], LLMS["llama-3.1-405b-instruct"]

    def most(llm: Llm, engine: Engine) -> int:
        return memory.max_sequences(
            llm, engine, "bf16", "bf16", tokens=16, tensor=1, pipeline=1, vram_mib=81_559
        )

    assert most(large, VLLM) == 0
    assert most(small, VLLM) == VLLM.max_sequences
    assert most(small, ENGINES["llama.cpp"]) == 256


# Engines


def test_engines_follow_their_documentation() -> None:
    """Volta only on llama.cpp; FP8 weight-only on Ampere; no INT8 kernels on Blackwell."""
    on_volta = {e.id for e in ENGINES.values() if any("volta" in w.generations for w in e.weights)}
    assert on_volta == {"llama.cpp"}
    compute = {(w.format, g): w.compute for w in VLLM.weights for g in w.generations}
    assert compute["fp8", "ampere"] == "fp16"
    assert compute["fp8", "hopper"] == "fp8"
    assert compute["int4", "ampere"] == "fp16"
    assert ("int8", "blackwell") not in compute
    assert all("ampere" not in kv.generations for kv in VLLM.kv if kv.format == "fp8")


def test_each_format_computes_in_one_way_on_a_generation() -> None:
    for engine in ENGINES.values():
        pairs = [(w.format, g) for w in engine.weights for g in w.generations]
        assert len(pairs) == len(set(pairs))
