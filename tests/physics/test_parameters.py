"""Parameter counts against those of the reference implementation, and published figures."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from optimizer.catalog.reader import read_yaml
from optimizer.physics.architecture import MissingWidth, layers_of
from optimizer.physics.parameters import mtp_parameters, shape_of
from optimizer.schema.llm import Attention, Llm, Moe

CATALOG = Path(__file__).parents[2] / "catalog" / "llms"

TRANSFORMERS = {
    "llama-2-7b": 6_738_415_616,
    "llama-2-13b": 13_015_864_320,
    "llama-2-70b": 68_976_648_192,
    "llama-3-8b": 8_030_261_248,
    "llama-3-70b": 70_553_706_496,
    "llama-3.1-8b-instruct": 8_030_261_248,
    "llama-3.1-70b-instruct": 70_553_706_496,
    "llama-3.1-405b-instruct": 405_853_388_800,
    "llama-3.2-1b-instruct": 1_235_814_400,
    "llama-3.2-3b-instruct": 3_212_749_824,
    "llama-3.3-70b-instruct": 70_553_706_496,
    "llama-4-scout": 107_769_861_120,
    "llama-4-maverick": 400_711_848_960,
    "codellama-34b-instruct": 33_743_970_304,
    "qwen2.5-7b-instruct": 7_615_616_512,
    "qwen2.5-14b-instruct": 14_770_033_664,
    "qwen2.5-32b-instruct": 32_763_876_352,
    "qwen2.5-72b-instruct": 72_706_203_648,
    "qwen3-8b": 8_190_735_360,
    "qwen3-14b": 14_768_307_200,
    "qwen3-32b": 32_762_123_264,
    "qwen3-30b-a3b": 30_532_122_624,
    "qwen3-235b-a22b": 235_093_634_560,
    "qwen3-coder-480b-a35b": 480_154_875_392,
    "qwen3-next-80b-a3b": 79_674_391_296,
    "qwen3.5-397b-a17b": 396_346_350_336,
    "mistral-7b-v0.1": 7_241_732_096,
    "mistral-7b-instruct-v0.3": 7_248_023_552,
    "mistral-nemo-12b": 12_247_782_400,
    "mistral-small-24b": 23_572_403_200,
    "mistral-large-123b": 122_610_069_504,
    "mixtral-8x7b": 46_702_792_704,
    "mixtral-8x22b": 140_620_634_112,
    "deepseek-v3": 671_026_404_352,
    "deepseek-r1": 671_026_404_352,
    "deepseek-v3.2": 671_877_929_216,
    "deepseek-r1-distill-llama-8b": 8_030_261_248,
    "deepseek-r1-distill-llama-70b": 70_553_706_496,
    "deepseek-r1-distill-qwen-7b": 7_615_616_512,
    "deepseek-r1-distill-qwen-14b": 14_770_033_664,
    "deepseek-r1-distill-qwen-32b": 32_763_876_352,
    "kimi-k2-instruct": 1_026_408_209_408,
    "glm-4.5": 352_797_814_784,
    "glm-4.6": 352_797_814_784,
    "glm-4.5-air": 106_852_245_504,
    "glm-5": 743_911_199_232,
    "gpt-oss-20b": 20_914_757_184,
    "gpt-oss-120b": 116_829_156_672,
    "gemma-2-9b": 9_241_705_984,
    "gemma-2-27b": 27_227_128_320,
    "gemma-3-12b": 11_766_034_176,
    "gemma-3-27b": 27_009_346_304,
    "gemma-4-26b-a4b": 25_233_141_760,
    "phi-4": 14_659_507_200,
    "command-r-plus": 103_810_674_688,
    "command-r": 34_980_831_232,
    "falcon-180b": 179_522_565_120,
    "yi-34b": 34_388_917_248,
    "minimax-m2": 228_689_748_992,
    "minimax-m2.5": 228_689_748_992,
    "llama-3.1-nemotron-70b": 70_553_706_496,
    "nemotron-3-nano-30b-a3b": 31_577_937_344,
    "nemotron-3-super-120b-a12b": 120_668_687_360,
}
"""Sums over ``model.parameters()`` of transformers 5.24.0 on the meta device (torch 2.13.0), with
each LLM's own configuration; text models, so without image encoders."""

SAFETENSORS = {"llama-3.3-nemotron-super-49b": 49_867_145_216}
"""Totals shown on the Hugging Face Hub, where transformers has no such model."""


def catalog_llms() -> dict[str, Llm]:
    entries = [e for path in sorted(CATALOG.glob("*.yaml")) for e in read_yaml(path).data["llms"]]
    return {entry["id"]: Llm.model_validate(entry) for entry in entries}


LLMS = catalog_llms()


def make_llm(**changes: object) -> Llm:
    fields: dict[str, object] = {
        "id": "tiny",
        "name": "Tiny",
        "huggingface": "none/tiny",
        "model_type": "llama",
        "license": "none",
        "published_format": "bf16",
        "max_context": 64,
        "layers": 2,
        "hidden_size": 8,
        "vocab_size": 10,
        "tied_embeddings": False,
        "mlp_width": 16,
        "attention": Attention(heads=2, kv_heads=1, head_dim=4),
    }
    return Llm.model_validate(fields | changes)


@pytest.mark.parametrize("llm", LLMS.values(), ids=LLMS)
def test_total_equals_the_reference_implementation(llm: Llm) -> None:
    assert shape_of(llm).parameters_total == (TRANSFORMERS | SAFETENSORS)[llm.id]


@pytest.mark.parametrize("llm", LLMS.values(), ids=LLMS)
def test_total_is_near_the_published_figure(llm: Llm) -> None:
    """Rounded and mixed figures (with an image encoder, or "1T") stay within 7 %."""
    if llm.published_parameters_b is not None:
        total = (shape_of(llm).parameters_total + llm.vision_parameters) / 1e9
        assert total == pytest.approx(llm.published_parameters_b, rel=0.07)


@pytest.mark.parametrize(
    ("name", "published_b", "without_embedding"),
    [
        ("mixtral-8x7b", 12.9, False),  # Mixtral paper, arXiv 2401.04088
        ("mixtral-8x22b", 39, False),  # Mistral AI announcement, 2024-04
        ("qwen3-30b-a3b", 3.3, False),  # model card
        ("qwen3-235b-a22b", 22, False),  # model card
        ("llama-4-scout", 17, False),  # model card
        ("deepseek-v3", 37, True),  # arXiv 2412.19437
        ("gpt-oss-120b", 5.13, True),  # model card, arXiv 2508.10925, table 1
        ("gpt-oss-20b", 3.61, True),  # the same
        ("glm-4.5", 32, True),  # arXiv 2508.06471 leaves embedding and output layer out
        ("kimi-k2-instruct", 32, True),  # arXiv 2507.20534
        ("gemma-4-26b-a4b", 3.8, False),  # model card
        ("nemotron-3-nano-30b-a3b", 3.6, False),  # model card
    ],
)
def test_active_parameters(name: str, published_b: float, without_embedding: bool) -> None:
    shape = shape_of(LLMS[name])
    active = shape.parameters_active
    if without_embedding:
        active -= shape.embedding_parameters
    assert active / 1e9 == pytest.approx(published_b, rel=0.03)


def test_dense_llm_uses_all_of_itself() -> None:
    shape = shape_of(LLMS["llama-3.1-70b-instruct"])
    assert shape.parameters_active == shape.parameters_total
    assert (shape.experts, shape.expert_parameters, shape.moe_layers) == (0, 0, 0)


def test_multi_token_prediction_is_counted_apart() -> None:
    """DeepSeek-V3, README_WEIGHTS.md: 11.5 B parameters of its own in the extra layer."""
    assert mtp_parameters(LLMS["deepseek-v3"]) / 1e9 == pytest.approx(11.5, rel=0.015)
    assert mtp_parameters(LLMS["llama-3.1-8b-instruct"]) == 0


def test_layers_follow_the_patterns() -> None:
    gemma = layers_of(LLMS["gemma-3-27b"])
    assert sum(layer.attention == "F" for layer in gemma) == 10  # of 62, 52 are windowed
    maverick = layers_of(LLMS["llama-4-maverick"])
    assert [layer.ffn for layer in maverick[:4]] == ["D", "E", "D", "E"]
    deepseek = layers_of(LLMS["deepseek-r1"])
    assert [layer.ffn for layer in deepseek[:5]] == ["D", "D", "D", "E", "E"]
    nano = layers_of(LLMS["nemotron-3-nano-30b-a3b"])
    kinds = [layer.attention for layer in nano]
    assert (kinds.count("M"), kinds.count("F"), kinds.count("-")) == (23, 6, 23)


def test_shape_of_grouped_query_attention() -> None:
    """Llama 3.1 70B: 80 layers x 4 x 64 heads x 128."""
    shape = shape_of(LLMS["llama-3.1-70b-instruct"])
    assert shape.attention_flops_per_pair == 80 * 4 * 64 * 128
    assert (shape.window, shape.window_flops_per_pair, shape.mla) == (0, 0, False)
    assert (shape.attention_heads, shape.kv_heads, shape.layers) == (64, 8, 80)
    assert shape.embedding_parameters == 128_256 * 8_192


def test_shape_of_latent_attention() -> None:
    """DeepSeek R1: 61 layers x 2 x 128 heads x (128 + 64 + 128)."""
    shape = shape_of(LLMS["deepseek-r1"])
    assert shape.attention_flops_per_pair == 61 * 2 * 128 * 320
    assert (shape.mla, shape.kv_heads, shape.moe_layers) == (True, 1, 58)
    assert shape.expert_parameters == 58 * 256 * 3 * 7_168 * 2_048


def test_shape_of_windows() -> None:
    """gpt-oss-120b: every second layer sees 128 tokens; tied embeddings are read, not looked up."""
    shape = shape_of(LLMS["gpt-oss-120b"])
    assert shape.window == 128
    assert shape.window_flops_per_pair == shape.attention_flops_per_pair == 18 * 4 * 64 * 64
    assert shape_of(LLMS["gemma-3-27b"]).embedding_parameters == 0


def test_tiny_llm_by_hand() -> None:
    """Per layer: q 8x8, k and v 8x4, o 8x8, three matrices 8x16, two norms of 8."""
    layer = 64 + 2 * 32 + 64 + 3 * 128 + 2 * 8
    assert shape_of(make_llm()).parameters_total == 2 * layer + 8 + 2 * 10 * 8
    assert shape_of(make_llm(tied_embeddings=True)).parameters_total == 2 * layer + 8 + 10 * 8


def test_active_share_by_hand() -> None:
    """Four experts of 3x8x16, one visited: three of each layer's idle, besides a router of 8x4."""
    moe = Moe(experts=4, experts_per_token=1, width=16)
    shape = shape_of(make_llm(moe=moe, mlp_width=None))
    assert shape.expert_parameters == 2 * 4 * 384
    assert shape.parameters_total - shape.parameters_active == 2 * 3 * 384


def test_unknown_width_is_told() -> None:
    with pytest.raises(MissingWidth, match="mlp_width"):
        shape_of(make_llm(id="no-width", mlp_width=None))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"attention": None}, "either attention or mla"),
        ({"attention_pattern": "WF"}, "sliding_window"),
        ({"ffn_pattern": "E"}, "no moe"),
        ({"mlp_widths": [16]}, "one width per layer"),
        ({"attention_pattern": "X"}, "pattern"),
        ({"hidden_size": 0}, "greater than or equal to 1"),
    ],
)
def test_contradictions_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        make_llm(**changes)


def test_names_are_unique() -> None:
    taken: dict[str, str] = {}
    for llm in LLMS.values():
        for name in {n.lower() for n in (llm.id, llm.name, *llm.aliases)}:
            assert taken.setdefault(name, llm.id) == llm.id
    assert taken["llama-405b"] == "llama-3.1-405b-instruct"
    assert taken["meta-llama/llama-3.1-70b-instruct"] == taken["llama-70b"]
