"""How to start the engine with the layout that was chosen."""

from __future__ import annotations

from optimizer.instance.items import Deployment
from optimizer.schema.engine import Engine
from optimizer.schema.llm import Llm
from optimizer.schema.request import Workload

VLLM_QUANTIZATION = {
    "fp8": "fp8",
    "int8": "compressed-tensors",
    "int4": "awq_marlin",
    "mxfp4": "mxfp4",
    "nvfp4": "modelopt_fp4",
}
"""Weight format -> value of vLLM's ``--quantization``.

A checkpoint published in the format needs none; for FP8 vLLM quantizes 16-bit weights while
loading, the others need a converted checkpoint.
"""


def launch_command(deployment: Deployment, llm: Llm, engine: Engine, workload: Workload) -> str:
    """One line that serves the LLM as laid out; several nodes need a Ray cluster first."""
    name = llm.huggingface or llm.id
    build = {
        "vllm": _vllm,
        "sglang": _sglang,
        "tensorrt-llm": _tensorrt,
        "llama.cpp": _llama_cpp,
        "exllamav2": _tabby,
    }[engine.family]
    return " ".join(build(name, deployment, llm, workload, engine))


def _sequences(deployment: Deployment) -> int:
    return max(1, deployment.sequences // deployment.replicas)


def _vllm(name: str, d: Deployment, llm: Llm, w: Workload, engine: Engine) -> list[str]:
    words = ["vllm", "serve", name, "--tensor-parallel-size", str(d.tensor_parallel)]
    if d.pipeline_parallel > 1:
        words += ["--pipeline-parallel-size", str(d.pipeline_parallel)]
    if d.replicas > 1:
        words += ["--data-parallel-size", str(d.replicas)]
    words += ["--max-model-len", str(w.context), "--max-num-seqs", str(_sequences(d))]
    words += ["--max-num-batched-tokens", str(engine.batched_tokens)]
    quantization = VLLM_QUANTIZATION.get(d.weight_format)
    if quantization is not None and d.weight_format != llm.published_format:
        words += ["--quantization", quantization]
    if d.kv_format != "bf16":
        words += ["--kv-cache-dtype", d.kv_format]
    return words


def _sglang(name: str, d: Deployment, llm: Llm, w: Workload, _engine: Engine) -> list[str]:
    words = ["python", "-m", "sglang.launch_server", "--model-path", name]
    words += ["--tp", str(d.tensor_parallel)]
    if d.pipeline_parallel > 1:
        words += ["--pp-size", str(d.pipeline_parallel)]
    if d.replicas > 1:
        words += ["--dp-size", str(d.replicas)]
    words += ["--context-length", str(w.context), "--max-running-requests", str(_sequences(d))]
    if d.weight_format == "fp8" and llm.published_format != "fp8":
        words += ["--quantization", "fp8"]
    return words


def _tensorrt(name: str, d: Deployment, _llm: Llm, w: Workload, _engine: Engine) -> list[str]:
    words = ["trtllm-serve", name, "--tp_size", str(d.tensor_parallel)]
    words += ["--pp_size", str(d.pipeline_parallel)]
    return [*words, "--max_seq_len", str(w.context), "--max_batch_size", str(_sequences(d))]


def _llama_cpp(name: str, d: Deployment, _llm: Llm, w: Workload, _engine: Engine) -> list[str]:
    base = name.rsplit("/", maxsplit=1)[-1]
    file = f"{base}-{d.weight_format.removeprefix('gguf-').upper()}.gguf"
    slots = _sequences(d)
    words = ["llama-server", "-m", file, "-ngl", "999", "-c", str(w.context * slots)]
    words += ["-np", str(slots)]
    return words + (["-sm", "layer"] if d.pipeline_parallel > 1 else [])


def _tabby(name: str, d: Deployment, _llm: Llm, w: Workload, _engine: Engine) -> list[str]:
    words = ["python", "main.py", "--model-name", name.rsplit("/", maxsplit=1)[-1]]
    words += ["--max-seq-len", str(w.context)]
    return words + (["--tensor-parallel", "true"] if d.tensor_parallel > 1 else [])
