"""How to start the engine with the layout that was chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from optimizer.instance.items import Deployment
from optimizer.schema.engine import Engine
from optimizer.schema.llm import Llm
from optimizer.schema.request import Workload


@dataclass(frozen=True, slots=True)
class Launch:
    """Everything that a command line is made of."""

    deployment: Deployment
    llm: Llm
    engine: Engine
    workload: Workload
    nodes: int

    @property
    def repository(self) -> str:
        """Where the LLM is published."""
        return self.llm.huggingface or self.llm.id

    @property
    def quantized_on_load(self) -> bool:
        """Whether the engine makes the format itself, from 16-bit weights."""
        made = self.engine.family in ("vllm", "sglang") and self.deployment.weight_format == "fp8"
        return made and self.llm.published_format == "bf16"

    @property
    def converted(self) -> bool:
        """Whether the weights must be converted (or found converted) before serving."""
        as_published = self.deployment.weight_format in ("bf16", self.llm.published_format)
        return not as_published and not self.quantized_on_load

    @property
    def checkpoint(self) -> str:
        """The repository that holds the weights as served, or where a converted copy would lie."""
        if not self.converted:
            return self.repository
        return f"./{self.base}-{self.deployment.weight_format.upper()}"

    @property
    def base(self) -> str:
        """The repository's name without its owner."""
        return self.repository.rsplit("/", maxsplit=1)[-1]

    @property
    def sequences(self) -> int:
        """Sequences at once in one replica."""
        return max(1, self.deployment.sequences // self.deployment.replicas)

    @property
    def command(self) -> str:
        """One line that serves the LLM as laid out."""
        return " ".join(BUILDERS[self.engine.family](self))

    @property
    def notes(self) -> list[str]:
        """What must be done before the command works: a converted checkpoint, a cluster."""
        found = []
        d = self.deployment
        if self.converted:
            found.append(
                f"serving in {d.weight_format} needs a checkpoint in that format: take a published "
                f"one or convert {self.llm.name}, and put its path into the command"
            )
        if d.kept_permille < 1000:
            found.append(
                f"before serving, on each node: sudo nvidia-smi -pm 1 && sudo nvidia-smi -pl"
                f" {d.cap_w} (set again after each restart)"
            )
        if self.nodes > 1 and self.engine.family == "vllm":
            found.append(
                "several nodes: start a Ray cluster first (ray start --head on one, "
                "ray start --address=HEAD:6379 on the others), then run the command on the head"
            )
        return found


def _vllm(run: Launch) -> list[str]:
    d = run.deployment
    words = ["vllm", "serve", run.checkpoint, "--tensor-parallel-size", str(d.tensor_parallel)]
    if d.pipeline_parallel > 1:
        words += ["--pipeline-parallel-size", str(d.pipeline_parallel)]
    if d.replicas > 1:
        words += ["--data-parallel-size", str(d.replicas)]
    words += ["--max-model-len", str(run.workload.context), "--max-num-seqs", str(run.sequences)]
    words += ["--max-num-batched-tokens", str(run.engine.batched_tokens)]
    if run.quantized_on_load:
        words += ["--quantization", "fp8"]
    if d.kv_format != "bf16":
        words += ["--kv-cache-dtype", d.kv_format]
    if run.nodes > 1:
        words += ["--distributed-executor-backend", "ray"]
    return words


def _sglang(run: Launch) -> list[str]:
    d = run.deployment
    words = ["python", "-m", "sglang.launch_server", "--model-path", run.checkpoint]
    words += ["--tp", str(d.tensor_parallel)]
    if d.pipeline_parallel > 1:
        words += ["--pp-size", str(d.pipeline_parallel)]
    if d.replicas > 1:
        words += ["--dp-size", str(d.replicas)]
    words += ["--context-length", str(run.workload.context)]
    words += ["--max-running-requests", str(run.sequences)]
    return words + (["--quantization", "fp8"] if run.quantized_on_load else [])


def _tensorrt(run: Launch) -> list[str]:
    d = run.deployment
    words = ["trtllm-serve", run.checkpoint, "--tp_size", str(d.tensor_parallel)]
    words += ["--pp_size", str(d.pipeline_parallel)]
    words += ["--max_seq_len", str(run.workload.context)]
    return [*words, "--max_batch_size", str(run.sequences)]


def _llama_cpp(run: Launch) -> list[str]:
    d = run.deployment
    kind = d.weight_format.removeprefix("gguf-").upper()
    tokens = run.workload.context * run.sequences
    words = ["llama-server", "-m", f"./{run.base}-{kind}.gguf", "-ngl", "999", "-c", str(tokens)]
    words += ["-np", str(run.sequences)]
    return words + (["-sm", "layer"] if d.pipeline_parallel > 1 else [])


def _tabby(run: Launch) -> list[str]:
    words = ["python", "main.py", "--model-name", run.base]
    words += ["--max-seq-len", str(run.workload.context)]
    return words + (["--tensor-parallel", "true"] if run.deployment.tensor_parallel > 1 else [])


BUILDERS: dict[str, Callable[[Launch], list[str]]] = {
    "vllm": _vllm,
    "sglang": _sglang,
    "tensorrt-llm": _tensorrt,
    "llama.cpp": _llama_cpp,
    "exllamav2": _tabby,
}
"""Engine family -> its command line."""
