"""The one document for programs."""

from __future__ import annotations

import json

from optimizer.schema.base import Record


def json_document(result: Record) -> str:
    """The result as JSON: keys in the order of the schema, a newline at the end.

    Everything outside ASCII is escaped, so that no name can steer a terminal.
    """
    return (
        json.dumps(result.model_dump(mode="json", by_alias=True), indent=2, allow_nan=False) + "\n"
    )
