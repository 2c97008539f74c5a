"""Runs the command line as people do: another process, its own cache."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

SMALL = Path(__file__).parent / "catalog"


@dataclass(frozen=True)
class Run:
    code: int
    out: str
    err: str


Command = Callable[..., Run]


@pytest.fixture(scope="session")
def command(tmp_path_factory: pytest.TempPathFactory) -> Command:
    """``command("--model", "small", small=True)`` runs with the small catalog alone."""
    cache = tmp_path_factory.mktemp("cache")

    def run(*arguments: str, small: bool = True, **environment: str) -> Run:
        settings = {**os.environ, "XDG_CACHE_HOME": str(cache), **environment}
        settings.pop("COLUMNS", None)
        extra = ["--no-builtin-catalog", "--catalog", str(SMALL)] if small else []
        done = subprocess.run(
            [sys.executable, "-m", "optimizer.cli.main", *arguments, *extra],
            capture_output=True,
            encoding="utf-8",
            env=settings,
            timeout=120,
            check=False,
        )
        return Run(done.returncode, done.stdout, done.stderr)

    return run
