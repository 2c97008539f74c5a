"""Commands about speeds alone: their flags, their help, and where they run."""

# ruff: noqa: PLC0415

from __future__ import annotations

from typing import Any

import typer

from optimizer.cli import flags
from optimizer.cli.output import Outcome

POINT = "Point"
PREDICT_FLAGS = (
    flags.Flag("--model", POINT, "LLM; see: optimize llm list", (), "NAME"),
    flags.Flag("--accelerator", POINT, "Accelerator, by id or alias", (), "NAME"),
    flags.Flag("--count", POINT, "How many [tensor x pipeline parallel]", (), "N"),
    flags.Flag("--tensor-parallel", POINT, "Accelerators per stage [all, up to 8]", (), "N"),
    flags.Flag("--pipeline-parallel", POINT, "Stages [1; all with llama.cpp]", (), "N"),
    flags.Flag("--weights", POINT, "Weight format [as the LLM is published]", (), "FORMAT"),
    flags.Flag("--kv", POINT, "KV cache format: bf16, fp8, int8 [bf16]", (), "FORMAT"),
    flags.Flag("--input-tokens", POINT, "Mean input length [1024]", (), "TOKENS"),
    flags.Flag("--output-tokens", POINT, "Mean output length [512]", (), "TOKENS"),
    flags.Flag("--concurrency", POINT, "Users at once [1]", (), "N"),
    flags.Flag("--engine", POINT, "Serving engine [vllm; llama.cpp for GGUF]", (), "NAME"),
    flags.Flag("--fabric", POINT, "bridge or pcie [by the accelerator]", (), "NAME"),
    flags.Flag("--csv", "File", "Predict every row of a measurements file", (), "FILE", "path"),
    flags.Flag("--output", "File", "Write the rows there instead of stdout", (), "FILE", "path"),
)


@flags.takes([*PREDICT_FLAGS, flags.JSON, *flags.CATALOG])
def predict_speed(**given: Any) -> Outcome:
    """Predict the speed of an LLM on given accelerators, and say how sure that is.

    One point by flags, or every row of a CSV file with published measurements: its columns come
    back with predicted, low, high (the 80 % band), basis and reason (why a row was refused).

    Examples:
        optimize predict --model llama-70b --accelerator h100-sxm --count 4 --concurrency 32
        optimize predict --csv measurements.csv --output predicted.csv
    """
    from optimizer.cli.predict import predict

    return predict(given)


CALIBRATE_FLAGS = (
    flags.Flag("--output", "Output", "Write into this catalog directory", (), "DIR", "path"),
    flags.Flag("--force", "Output", "Replace a file of the same name", kind="switch"),
    flags.JSON,
    *flags.CATALOG,
)


@flags.takes(CALIBRATE_FLAGS)
def calibrate_speeds(
    file: str = typer.Argument(..., metavar="FILE", help="CSV with measurements"), **given: Any
) -> Outcome:
    """Correct the speed model by measurements of your own.

    A few constants (times of the engine, reading and computing on the accelerator, the fabric)
    move from their shipped values towards your rows, as far as these say. The columns are those of
    optimize predict --csv. Later solves use the result with --catalog DIR.

    Examples:
        optimize calibrate my-benchmarks.csv
        optimize calibrate my-benchmarks.csv --output mine/
    """
    from optimizer.cli.calibrate import calibrate

    return calibrate(file, given)
