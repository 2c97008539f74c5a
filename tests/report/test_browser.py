"""The page in a browser: nothing sticks out at any width, not even hostile names.

Needs Chromium; without one these tests are skipped, and pytest says so.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest

from optimizer.catalog.catalog import Catalog, load_catalog
from optimizer.report.page.render import render_page, render_sweep_page
from optimizer.schema.build import Result
from tests.report.study_documents import ROBUST, SENSITIVITY, SWEEP
from tests.report.test_hostile import NAMES, spoiled

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine"),
]
WIDTHS = (1280, 768, 390)
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
MEASURE = """<style>html { width: %dpx }</style><script>
const limit = %d + 1, out = [];
for (const e of document.querySelectorAll('body *')) {
  const box = e.getBoundingClientRect();
  if (box.width && box.right > limit && !e.closest('.wide, .skip, thead'))
    out.push(e.outerHTML.slice(0, 120));
}
document.body.innerHTML = '<pre>FOUND' + JSON.stringify(out).replaceAll('<', '&lt;') + 'END</pre>';
</script>"""


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def sticking_out(page: str, width: int, folder: Path) -> list[str]:
    """Elements that end right of a window so wide, measured by the browser."""
    assert BROWSER is not None
    file = folder / "page.html"
    script = MEASURE % (width, width)
    file.write_text(POLICY.sub("", page).replace("</body>", f"{script}</body>"), "utf-8")
    quiet = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
    place = (f"--user-data-dir={folder / 'profile'}", f"--window-size={width},1000")
    done = subprocess.run(
        [BROWSER, *quiet, *place, "--dump-dom", file.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    found = re.search(r"FOUND(.*?)END</pre>", done.stdout, re.DOTALL)
    assert found is not None, done.stderr[-500:]
    measured: list[str] = json.loads(unescape(found[1]))
    return measured


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_sticks_out(
    width: int, answer: Result, clashing: Result, catalog: Catalog, tmp_path: Path
) -> None:
    for number, result in enumerate((answer, clashing)):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert sticking_out(render_page(result, catalog, command="optimize"), width, folder) == []


@pytest.mark.parametrize("width", [1280, 390])
def test_pages_of_studies_stay_inside(
    width: int, answer: Result, catalog: Catalog, tmp_path: Path
) -> None:
    studies = render_page(answer, catalog, sensitivity=SENSITIVITY, robust=ROBUST)
    assert sticking_out(studies, width, tmp_path) == []
    assert sticking_out(render_sweep_page(SWEEP, command="optimize sweep"), width, tmp_path) == []


@pytest.mark.parametrize("name", ["long word", "right to left", "script"])
def test_hostile_names_stay_inside(name: str, catalog: Catalog, tmp_path: Path) -> None:
    page = render_page(spoiled(NAMES[name]), catalog, command=NAMES[name])
    found = sticking_out(page, 390, tmp_path)
    assert found == [], "\n".join(found)


def test_the_measure_bites(tmp_path: Path) -> None:
    page = "<html><body><div style='width:900px;height:9px'>x</div></body></html>"
    assert len(sticking_out(page, 390, tmp_path)) == 1
