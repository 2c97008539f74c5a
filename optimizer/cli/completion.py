"""What the shell offers while one types."""

from __future__ import annotations

from typer.completion import get_completion_script  # type: ignore[attr-defined]

from optimizer.catalog.names import sections_of
from optimizer.catalog.raw import read_raw
from optimizer.cli.main import COMPLETE
from optimizer.errors import OptimizerError, unknown_name

SHELLS = ("bash", "zsh", "fish")
CATALOG = "@"
WORDS = {
    "--model": "@llm",
    "--site": "@site",
    "--accelerator": "@accelerator",
    "--exclude": "@component",
    "--owned": "@component",
    "--engine": "@engine",
    "--objective": "throughput speed tco capex cost-per-token",
    "--price-point": "low typical high",
    "--condition": "new refurbished used",
    "--weights": "bf16 fp8 int8 int4 8bit 4bit",
    "--kv": "bf16 fp8 int8",
    "--price-ground": "published estimated",
    "--speed-basis": "calibrated roofline",
    "--psu-redundancy": "none n+1 2n",
}
"""Flag -> the words it takes, or ``@KIND`` for ids of the catalog."""


def script(shell: str) -> str:
    """The script of one shell. Raises InputError for a shell that is not known."""
    if shell not in SHELLS:
        error = unknown_name("shell", shell, SHELLS)
        error.advice = error.advice or f"One of: {', '.join(SHELLS)}"
        raise error
    made: str = get_completion_script(prog_name="optimize", complete_var=COMPLETE, shell=shell)
    return made.rstrip() + "\n"


def words_for(flag: str, incomplete: str) -> list[str]:
    """Words that the flag takes and that begin with what was typed; none for other flags."""
    words = WORDS.get(flag, "")
    found = _ids(words.removeprefix(CATALOG)) if words.startswith(CATALOG) else words.split()
    return sorted(word for word in found if word.startswith(incomplete.lower()))


def _ids(kind: str) -> list[str]:
    """Ids of the shipped catalog; none where it cannot be read, for a shell wants no complaint."""
    try:
        raw = read_raw()
        return [entry for section in sections_of(kind) for entry in raw.named[section]]
    except OptimizerError:
        return []
