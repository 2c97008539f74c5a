"""The JSON document is complete, in order, and harmless."""

from __future__ import annotations

import json

from optimizer.report.document import json_document
from optimizer.schema.build import Build, Result


def test_keys_stand_in_the_order_of_the_schema(answer: Result) -> None:
    data = json.loads(json_document(answer))
    assert list(data) == list(Result.model_fields)
    assert list(data["build"]) == list(Build.model_fields)


def test_it_reads_back_as_the_same_result(answer: Result) -> None:
    text = json_document(answer)
    assert text.endswith("}\n")
    assert Result.model_validate_json(text) == answer


def test_names_cannot_steer_a_terminal(answer: Result) -> None:
    assert json_document(answer.replace(warnings=("\x1b[31mred \u202e",))).isascii()


def test_changes_say_from_and_to(impossible: Result) -> None:
    text = json_document(impossible)
    repair = json.loads(text)["explanation"]["repairs"][0]
    assert list(repair) == ["rule", "path", "from", "to", "unit", "flag", "build"]
    assert (repair["from"], repair["to"]) == (5000.0, 41300.0)
    assert Result.model_validate_json(text) == impossible
