"""Solved requests on disk, by fingerprint: what was solved once is not solved again.

One SQLite file, which several processes may use at once. A process that is killed loses nothing
that it had stored; a file that cannot be used means no cache, never a wrong answer.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any

BUSY_S = 30.0


class Solved:
    """Rows by fingerprint. ``path`` None: nothing is kept."""

    def __init__(self, path: Path | None) -> None:
        self._base: sqlite3.Connection | None = None
        if path is None:
            return
        with suppress(OSError, sqlite3.Error):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
            self._base.execute("PRAGMA journal_mode=WAL")
            self._base.execute("PRAGMA synchronous=NORMAL")
            self._base.execute(
                "CREATE TABLE IF NOT EXISTS solved (fingerprint TEXT PRIMARY KEY, row TEXT)"
            )

    def get(self, fingerprint: str) -> dict[str, Any] | None:
        """The row of a request that was solved, if it was."""
        if self._base is None:
            return None
        try:
            query = "SELECT row FROM solved WHERE fingerprint = ?"
            found = self._base.execute(query, (fingerprint,)).fetchone()
            row = json.loads(found[0]) if found else None
        except (sqlite3.Error, ValueError):
            return None
        return row if isinstance(row, dict) else None

    def put(self, fingerprint: str, row: dict[str, Any]) -> None:
        """Keep a row that is proven."""
        if self._base is None:
            return
        with suppress(sqlite3.Error):
            self._base.execute(
                "INSERT OR REPLACE INTO solved VALUES (?, ?)", (fingerprint, json.dumps(row))
            )

    def close(self) -> None:
        """Let the file go."""
        if self._base is not None:
            self._base.close()
