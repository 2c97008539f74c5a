"""The shipped catalog, and rows of measurements written as a benchmark writes them."""

from __future__ import annotations

import csv
import io

import pytest

from optimizer.catalog.catalog import Catalog, load_catalog
from optimizer.catalog.importers.files import Content, Row
from optimizer.studies.measurements import read_measurements

HEAD = (
    "id,source,source_url,date,engine,engine_version,model,gpu,n_gpu,tp,pp,dp,ep,weight_prec,"
    "kv_prec,isl,osl,concurrency,conc_kind,metric,value,unit,kind,group,note"
)
USUAL = {
    "source": "bench",
    "date": "2026-01-05",
    "engine": "vllm",
    "engine_version": "0.15.1",
    "model": "llama3.1-70b",
    "gpu": "H100-SXM",
    "n_gpu": "4",
    "tp": "4",
    "pp": "1",
    "dp": "1",
    "ep": "1",
    "weight_prec": "fp8",
    "kv_prec": "fp16",
    "isl": "1024",
    "osl": "1024",
    "concurrency": "16",
    "conc_kind": "max concurrency (closed loop)",
    "metric": "tpot_mean",
    "unit": "ms",
    "kind": "measured",
}


def line(**cells: object) -> str:
    """One line of the file; cells not given are usual ones."""
    row = USUAL | {key: str(value) for key, value in cells.items()}
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(row.get(column, "") for column in HEAD.split(","))
    return out.getvalue()


def content(*lines: str, name: str = "bench.csv") -> Content:
    """A file of these lines under the usual header."""
    return Content(name, "\n".join([HEAD, *lines, ""]).encode())


def rows(*lines: str) -> list[Row]:
    """The rows of these lines."""
    return read_measurements(content(*lines))


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog()
