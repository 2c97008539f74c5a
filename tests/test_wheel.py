"""The wheel carries catalog and scenarios, and answers in a fresh environment."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from this checkout, without the network."""
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(target)]
    subprocess.run([*command, str(ROOT)], check=True, capture_output=True)
    (built,) = target.glob("*.whl")
    return built


@pytest.mark.slow
def test_wheel_holds_the_data(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert any(n.startswith("optimizer/_data/catalog/") and n.endswith(".yaml") for n in names)
    assert any(n.startswith("optimizer/_data/scenarios/") and n.endswith(".yaml") for n in names)
    assert not any(n.startswith("tests/") for n in names)


@pytest.mark.slow
def test_installed_wheel_solves(wheel: Path, tmp_path: Path) -> None:
    """A fresh environment that sees only the dependencies, not this checkout."""
    home = tmp_path / "env"
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    (packages,) = (home / "lib").glob("python*/site-packages")
    # A path in a .pth file is searched for packages, but its own .pth files (such as the one of an
    # editable install of this checkout) are not read.
    (packages / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    zipfile.ZipFile(wheel).extractall(packages)
    code = "import sys; from optimizer.cli.main import main; sys.exit(main())"
    done = subprocess.run(
        [str(python), "-c", code, "--model", "llama-3.1-8b", "--budget", "20k", "--json"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "XDG_CACHE_HOME": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["status"] == "optimal"
    where = subprocess.run(
        [str(python), "-c", "import optimizer; print(optimizer.__file__)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(home) in where.stdout
