"""Runs the command line: as people do, in another process, or (faster) in this one."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from atexit import register
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from shutil import copy, rmtree
from tempfile import mkdtemp

import pytest

from optimizer.cli import main

ROOT = Path(__file__).resolve().parent.parent.parent


def _small_catalog() -> Path:
    """The few parts beside this file, with the shipped constants of the speed model."""
    folder = Path(mkdtemp()) / "catalog"
    folder.mkdir()
    register(rmtree, folder.parent, ignore_errors=True)
    shipped = ("calibrations/serving.yaml", "sources/calibrations.yaml")
    copy(Path(__file__).parent / "catalog" / "small.yaml", folder)
    for name in shipped:
        copy(ROOT / "catalog" / name, folder / name.replace("/", "-"))
    return folder


SMALL = _small_catalog()
ALONE = ["--no-builtin-catalog", "--catalog", str(SMALL)]


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
        extra = ALONE if small else []
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


@pytest.fixture
def inline(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The same in this process."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "inline-cache"))
    monkeypatch.delenv("COLUMNS", raising=False)

    def run(*arguments: str, small: bool = True) -> Run:
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = main.run([*arguments, *(ALONE if small else [])])
        return Run(code, out.getvalue(), err.getvalue())

    return run
