"""The same request gives the same document, whatever the order of files and the workers."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = [
    ["--model", "llama-405b", "--budget", "150000"],
    ["--model", "llama-3.1-8b", "--concurrency", "4", "--max-nodes", "1"],
    ["--model", "llama-70b", "--objective", "cost-per-token", "--max-nodes", "1"],
]


def document(*flags: str) -> str:
    """The JSON document without what may differ: timings."""
    code = "import sys; from optimizer.cli.main import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", code, *flags, "--json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    held = json.loads(done.stdout)
    assert held["status"] == "optimal"
    del held["timings"]
    return json.dumps(held)


def shuffled_catalog(target: Path, seed: int) -> Path:
    """The shipped catalog with entries in another order and in other files."""
    chance = random.Random(seed)
    for path in sorted((ROOT / "catalog").rglob("*.yaml")):
        if "overlays" in path.parts:
            continue
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        for section, entries in data.items():
            if isinstance(entries, list):
                chance.shuffle(entries)
                number = chance.randrange(1000)
                name = f"{number:03d}-{path.stem}-{section}.yaml"
                text = json.dumps({section: entries})
            else:
                items = list(entries.items())
                chance.shuffle(items)
                name, text = f"{path.stem}-{section}.yaml", json.dumps({section: dict(items)})
            (target / name).write_text(text, encoding="utf-8")
    return target


@pytest.mark.slow
@pytest.mark.parametrize("flags", QUESTIONS, ids=lambda f: f[1])
def test_document_is_reproducible(flags: list[str], tmp_path: Path) -> None:
    first = document(*flags)
    assert document(*flags) == first
    assert document(*flags, "--workers", "2") == first
    assert document(*flags, "--workers", "1", "--seed", "7") == first
    other = shuffled_catalog(tmp_path, seed=3)
    assert document(*flags, "--no-builtin-catalog", "--catalog", str(other)) == first
