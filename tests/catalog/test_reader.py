"""Strict YAML: what the reader takes, what it refuses, and where it says the trouble is."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.catalog.events import MAX_DEPTH
from optimizer.catalog.reader import (
    MAX_BYTES,
    parse_yaml,
    read_bytes,
    read_yaml,
    read_yaml_text,
)
from optimizer.errors import CatalogError, InputError


def value(text: str) -> Any:
    """The value of the key ``x``."""
    return read_yaml_text(f"x: {text}", "f.yaml").data["x"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # What YAML 1.1 would make false, true, 630, 10, a date, and a string.
        ("no", "no"),
        ("off", "off"),
        ("yes", "yes"),
        ("on", "on"),
        ("y", "y"),
        ("10:30", "10:30"),
        ("012", "012"),
        ("0o12", "0o12"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("2026-07-12", "2026-07-12"),
        ("1e6", 1e6),
        ("1.5e3", 1500.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("-3", -3),
        ("+3", 3),
        ("0", 0),
        ("-0.25", -0.25),
        ("true", True),
        ("True", True),
        ("FALSE", False),
        ("tRuE", "tRuE"),
        ("null", None),
        ("~", None),
        ("", None),
        ("'no'", "no"),
        ("'8.0'", "8.0"),
        ('"12"', "12"),
        ("'null'", "null"),
        ('""', ""),
        ("9223372036854775807", 2**63 - 1),
        ("[1, a, 2.5]", [1, "a", 2.5]),
        ("{a: 1, b: [2]}", {"a": 1, "b": [2]}),
    ],
)
def test_scalars_are_the_core_of_yaml_1_2(text: str, expected: object) -> None:
    found = value(text)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1\nb: 2\na: 3\n", "f.yaml:3:1: the key 'a' stands twice"),
        ("a: &x 1\nb: *x\n", "f.yaml:1:4: anchors are not allowed"),
        ("a: {b: &x [1]}\n", "f.yaml:1:8: anchors are not allowed"),
        ("a: *x\n", "f.yaml:1:4: aliases are not allowed"),
        ("a: !!python/object:os.system x\n", "f.yaml:1:4: the tag"),
        ("a: !!str 5\n", "f.yaml:1:4: the tag"),
        ("a: !mine [1]\n", "f.yaml:1:4: the tag"),
        ("a:\n  <<: {b: 1}\n", "f.yaml:2:3: merge keys are not allowed"),
        ("? [1, 2]\n: x\n", "f.yaml:1:3: a key must be plain text"),
        ("? {a: 1}\n: x\n", "f.yaml:1:3: a key must be plain text"),
        ("a: 1\n---\nb: 2\n", "f.yaml:2:1: a second document"),
        ("a: 9223372036854775808\n", "f.yaml:1:4: the number 9223372036854775808 is too large"),
        ("a: -9223372036854775808\n", "f.yaml:1:4: the number -9223372036854775808 is too large"),
        ("a: " + "9" * 5000 + "\n", "f.yaml:1:4: the number 999"),
        ("a: 1e999\n", "f.yaml:1:4: the number 1e999 is too large"),
        ("a: -1e999\n", "f.yaml:1:4: the number -1e999 is too large"),
        ("a: .nan\n", "f.yaml:1:4: .nan is not a number that can be used"),
        ("a: -.inf\n", "f.yaml:1:4: -.inf is not a number that can be used"),
        ("a: .INF\n", "f.yaml:1:4: .INF is not a number that can be used"),
        ("", "f.yaml: an empty file"),
        ("# only a comment\n", "f.yaml: an empty file"),
        ("a: [1, 2\n", "f.yaml:2:1:"),
        ("a: 'open\n", "f.yaml:2:1:"),
        ("a: b: c\n", "f.yaml:1:5:"),
        ("\ta: 1\n", "f.yaml:1:1:"),
        ("a: \x01\n", "f.yaml"),
        ("a: 1\0\n", "f.yaml: a binary file"),
    ],
)
def test_refused_with_its_place(text: str, problem: str) -> None:
    with pytest.raises(CatalogError) as error:
        read_yaml_text(text, "f.yaml")
    assert error.value.message.startswith(problem)
    assert error.value.message.isprintable()


def test_deep_nesting_is_refused_before_it_hurts() -> None:
    held = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert read_yaml_text(held, "f.yaml").data
    with pytest.raises(CatalogError, match=f"nested deeper than {MAX_DEPTH} levels"):
        read_yaml_text("[" + held + "]", "f.yaml")
    with pytest.raises(CatalogError, match="nest"):
        read_yaml_text("[" * 100_000, "f.yaml")


def test_billion_laughs_stops_at_the_first_anchor() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 40)]
    with pytest.raises(CatalogError, match="anchors are not allowed"):
        read_yaml_text("\n".join(lines), "f.yaml")


def test_empty_document_is_null_not_missing() -> None:
    assert read_yaml_text("---\n", "f.yaml").data is None


def test_keys_are_text_whatever_they_look_like() -> None:
    assert read_yaml_text("no: 1\n012: 2\n1.5: 3\n", "f").data == {"no": 1, "012": 2, "1.5": 3}


TEXT = """\
accelerators:
  - id: a
    power_w: 5
  - id: b
    connectors: {eps8: 1,
      pcie8: 2}
"""


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ((), "f.yaml:1:1"),
        (("accelerators",), "f.yaml:2:3"),
        (("accelerators", 0), "f.yaml:2:5"),
        (("accelerators", 0, "power_w"), "f.yaml:3:14"),
        (("accelerators", 1, "id"), "f.yaml:4:9"),
        (("accelerators", 1, "connectors", "pcie8"), "f.yaml:6:14"),
        # What is missing is shown at the nearest thing that is there.
        (("accelerators", 1, "power_w"), "f.yaml:4:5"),
        (("nowhere", 3), "f.yaml:1:1"),
    ],
)
def test_places(path: tuple[str | int, ...], place: str) -> None:
    assert read_yaml_text(TEXT, "f.yaml").place(path) == place


def test_places_of_cached_data_come_from_the_content() -> None:
    located = parse_yaml(TEXT.encode(), "f.yaml")
    located.positions, located.content = None, TEXT.encode()
    assert located.place(("accelerators", 0, "power_w")) == "f.yaml:3:14"


# -- files ----------------------------------------------------------------------------------


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_byte_order_mark_is_not_part_of_the_first_key(tmp_path: Path) -> None:
    assert read_yaml(write(tmp_path / "f.yaml", b"\xef\xbb\xbfa: 1\n")).data == {"a": 1}


@pytest.mark.parametrize("content", [b"a: \xff\xfe\n", "a: é\n".encode("latin-1"), b"\x80\x81"])
def test_other_encodings_are_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(CatalogError, match="not UTF-8 text"):
        read_yaml(write(tmp_path / "f.yaml", content))


def test_utf_16_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogError):
        read_yaml(write(tmp_path / "f.yaml", "a: 1\n".encode("utf-16")))


def test_binary_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="a binary file"):
        read_yaml(write(tmp_path / "f.yaml", b"\x7fELF\x02\x01\x01\0\0"))


def test_large_files_are_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    with path.open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    with pytest.raises(CatalogError, match="larger than 5,000,000 bytes"):
        read_yaml(path)


def test_missing_file_and_directory(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read .*No such file"):
        read_yaml(tmp_path / "none.yaml")
    with pytest.raises(InputError, match="not a plain file"):
        read_yaml(tmp_path)


def test_a_link_may_not_lead_out_of_the_directory(tmp_path: Path) -> None:
    root = tmp_path / "catalog"
    root.mkdir()
    write(tmp_path / "secret.yaml", b"a: 1\n")
    (root / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    (root / "loop.yaml").symlink_to(root / "loop.yaml")
    with pytest.raises(CatalogError, match="lies outside its directory"):
        read_bytes(root / "link.yaml", root)
    with pytest.raises(InputError, match=r"cannot read catalog/loop\.yaml"):
        read_bytes(root / "loop.yaml", root)


def test_a_link_inside_the_directory_is_fine(tmp_path: Path) -> None:
    root = tmp_path / "catalog"
    root.mkdir()
    write(root / "real.yaml", b"a: 1\n")
    (root / "link.yaml").symlink_to(root / "real.yaml")
    assert read_bytes(root / "link.yaml", root) == ("catalog/link.yaml", b"a: 1\n")


def test_messages_name_the_file_inside_its_directory(tmp_path: Path) -> None:
    root = tmp_path / "mine"
    root.mkdir()
    path = write(root / "gpu\x1b[31m.yaml", b"a: 1\na: 2\n")
    with pytest.raises(CatalogError) as error:
        read_yaml(path, root)
    assert error.value.message.startswith("mine/gpu?[31m.yaml:2:1:")


# -- any text -------------------------------------------------------------------------------

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="ascii", categories=["L", "N"]), max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(st.characters(codec="ascii", categories=["L"])), inner, max_size=3
        )
    ),
    max_leaves=8,
)


def flow(data: object) -> str:
    """YAML in flow style, strings quoted, as a careful person writes it."""
    if isinstance(data, dict):
        return "{" + ", ".join(f'"{k}": {flow(v)}' for k, v in data.items()) + "}"
    if isinstance(data, list):
        return "[" + ", ".join(flow(v) for v in data) + "]"
    if isinstance(data, str):
        return f'"{data}"'
    if data is None or isinstance(data, bool):
        return {None: "null", True: "true", False: "false"}[data]
    return repr(data)


@given(plain)
def test_what_is_written_is_what_is_read(data: object) -> None:
    found = read_yaml_text(f"x: {flow(data)}", "f.yaml").data["x"]
    assert found == data
    if isinstance(data, float):
        assert isinstance(found, float)
        assert math.copysign(1, found) == math.copysign(1, data)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        parse_yaml(content, "f.yaml")
    except CatalogError:
        return
