"""Refit the constants of the speed model: catalog/calibrations/serving.yaml and docs/accuracy.md.

    python tools/calibrate.py MEASUREMENTS.csv [--check]

The same measurements and the same catalog give the same files. ``--check`` writes nothing and
fails when they differ.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from optimizer.atomic import write_text_atomic  # noqa: E402
from optimizer.catalog.catalog import SERVING, load_catalog  # noqa: E402
from optimizer.catalog.importers.files import read_content  # noqa: E402
from optimizer.studies.accuracy_page import chart, fill_page  # noqa: E402
from optimizer.studies.calibrate import calibrate  # noqa: E402
from optimizer.studies.calibration_text import calibration_file  # noqa: E402
from optimizer.studies.measurements import read_measurements  # noqa: E402

CONSTANTS = ROOT / "catalog" / "calibrations" / "serving.yaml"
PAGE = ROOT / "docs" / "accuracy.md"
CHART = ROOT / "docs" / "accuracy.svg"


def main() -> int:
    """Fit, write, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("measurements", type=Path, metavar="MEASUREMENTS.csv")
    parser.add_argument("--check", action="store_true", help="write nothing; fail on a difference")
    flags = parser.parse_args()
    catalog = load_catalog()
    read = read_measurements(read_content(flags.measurements))
    found = calibrate(catalog, read, lambda line: print(line, file=sys.stderr))
    raw = catalog.raw.named["calibrations"][SERVING].data
    entry = {key: found.plain.get(key, raw.get(key)) for key in (*raw, *found.plain)}
    entry |= {
        key: raw[key] for key in ("id", "name", "notes", "sources", "estimated") if key in raw
    }
    made = {
        CONSTANTS: calibration_file(entry),
        PAGE: fill_page(PAGE.read_text(encoding="utf-8"), found, len(read)),
        CHART: chart(found),
    }
    changed = [
        path
        for path, text in made.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path in changed:
        print(f"{'differs' if flags.check else 'written'}: {path.relative_to(ROOT)}")
        if not flags.check:
            write_text_atomic(path, made[path])
    return 1 if flags.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
