"""Files that nobody means well with: made from a seed, so that they are the same each time."""

from __future__ import annotations

import json
import os
import random
import struct
from collections.abc import Callable
from pathlib import Path

GOOD = """sources:
  bench: {title: Bench notes, publisher: Tests, url: null, date: "2026-01", confidence: low}
storage:
  - id: drive-2tb
    name: Drive 2 TB
    capacity_gb: 2000
    form: m.2
    pcie_generation: 4
    power_w: 8
    idle_w: 1
    sources: {default: bench}
offers:
  - component: drive-2tb
    condition: new
    low: 100
    typical: 120
    high: 140
    vendor: Shop
    date: "2026-05-04"
    source: bench
    confidence: medium
"""
"""A whole catalog that is valid: one drive and its price."""
QUOTE = "component,condition,price,vendor,date\n"
CONFIG = {
    "model_type": "llama",
    "num_hidden_layers": 2,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_attention_heads": 4,
    "vocab_size": 100,
    "max_position_embeddings": 512,
}
Case = tuple[str, Callable[[Path], None]]


def _write(name: str, content: str | bytes) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        data = content.encode() if isinstance(content, str) else content
        (folder / name).write_bytes(data)

    return make


def _swap(old: str, new: str) -> str:
    assert GOOD.count(old) >= 1
    return GOOD.replace(old, new, 1)


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n"
FIXED: dict[str, str | bytes] = {
    "empty": b"",
    "space": b"  \n\n",
    "comment": b"# nothing\n",
    "null": b"null\n",
    "scalar": b"just text\n",
    "list": b"- 1\n- 2\n",
    "binary": bytes(range(256)),
    "zeros": b"\0" * 1000,
    "utf-16": GOOD.encode("utf-16"),
    "utf-32": GOOD.encode("utf-32"),
    "latin-1": "storage: \xe9\xe8\n".encode("latin-1"),
    "half-utf-8": GOOD.encode() + b"\xc3",
    "bomb": BOMB,
    "anchor": "storage: &x []\n",
    "alias": "storage: *x\n",
    "merge-key": "storage:\n  - {<<: {a: 1}}\n",
    "two-documents": GOOD + "---\nstorage: []\n",
    "tag-python": "storage: !!python/object/apply:os.system ['true']\n",
    "tag-binary": "storage: !!binary aGk=\n",
    "tag-own": "storage: !evil {}\n",
    "directive": "%YAML 9.9\n---\nstorage: []\n",
    "tab": "storage:\n\t- id: x\n",
    "unclosed": "storage: [{id: x\n",
    "unclosed-quote": 'storage: "abc\n',
    "deep-list": "storage: " + "[" * 5_000 + "]" * 5_000,
    "deep-map": "".join(f"{'  ' * i}a:\n" for i in range(60)),
    "complex-key": "? [a, b]\n: 1\n",
    "duplicate-section": GOOD + "storage: []\n",
    "duplicate-key": _swap("    form: m.2\n", "    form: m.2\n    form: u.2\n"),
    "duplicate-id": GOOD.replace("offers:", "  - {id: drive-2tb}\noffers:"),
    "unknown-section": GOOD + "gpus: []\n",
    "unknown-key": _swap("form: m.2", "from: m.2"),
    "section-scalar": "storage: 5\n",
    "section-map": "storage: {a: 1}\n",
    "sources-list": "sources: [1]\n",
    "entry-scalar": "storage: [5]\n",
    "entry-null": "storage: [null]\n",
    "id-number": _swap("id: drive-2tb", "id: 5"),
    "id-missing": _swap("id: drive-2tb\n    ", ""),
    "id-path": _swap("id: drive-2tb", 'id: "../../etc/passwd"'),
    "id-empty": _swap("id: drive-2tb", 'id: ""'),
    "id-long": _swap("id: drive-2tb", "id: " + "a" * 5_000),
    "id-nul": _swap("id: drive-2tb", 'id: "a\\0b"'),
    "name-long": _swap("name: Drive 2 TB", "name: " + "x" * 10_000),
    "name-escape": _swap("name: Drive 2 TB", 'name: "\\e[31mred\\e[0m\\a"'),
    "name-control": _swap("name: Drive 2 TB", 'name: "a\\rb\\x07"'),
    "name-bidi": _swap("name: Drive 2 TB", 'name: "a\\u202eb"'),
    "raw-escape": _swap("name: Drive 2 TB", "name: \x1b[31mred"),
    "key-escape": _swap("form:", '"\\e[31mform":'),
    "source-unknown": _swap("default: bench", "default: nowhere"),
    "source-missing": _swap("    sources: {default: bench}\n", ""),
    "offer-unknown": _swap("component: drive-2tb", "component: drive-2tbb"),
    "offer-order": _swap("low: 100", "low: 500"),
    "offer-date": _swap('"2026-05-04"', '"2026-02-31"'),
    "offer-month": _swap('"2026-05-04"', '"2026-13"'),
    "offer-date-bare": _swap('"2026-05-04"', "2026"),
    "offer-owned": _swap("condition: new", "condition: owned"),
    "offer-currency": _swap("low: 100", "currency: EUR\n    low: 100"),
    "estimate-unknown": _swap("sources: {d", "estimated: [frm]\n    sources: {d"),
    "remove-unknown": "storage: [{id: nothing, remove: true}]\n",
    "contradiction": _swap("idle_w: 1", "idle_w: 80"),
    "huge-file": b"# " + b"x" * 5_100_000,
}
NUMBERS = ("capacity_gb: 2000", "power_w: 8", "low: 100", "pcie_generation: 4")
WRONG = (
    ".nan",
    ".inf",
    "-.inf",
    "1" * 40,
    "9" * 5_000,
    "1e999",
    "-1",
    "0x10",
    "1_000",
    "012",
    "10:30",
    '"8"',
    "[8]",
    "{a: 8}",
    "true",
    "99999999999",
    "8.5.1",
    "1e3x",
)


def yaml_cases(seed: int = 7, fuzzed: int = 40) -> list[Case]:
    """Catalog files: by hand, wrong values in every place for a number, and broken at random."""
    cases: list[Case] = [(name, _write("bad.yaml", data)) for name, data in FIXED.items()]
    for number in NUMBERS:
        key = number.split(":")[0]
        for wrong in WRONG:
            name = f"{key}={wrong[:12]}"
            cases.append((name, _write("bad.yaml", _swap(number, f"{key}: {wrong}"))))
    chance = random.Random(seed)
    for index in range(fuzzed):
        cases.append((f"fuzz-{index}", _write("bad.yaml", _broken(chance))))
    return cases


def _broken(chance: random.Random) -> bytes:
    """The good file with a few bytes that cannot stand anywhere in it."""
    data = bytearray(GOOD.encode())
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data))
        junk = chance.choice(
            [b"\x00", b"\xff\xfe", b"\x1b[2J", b"{[}", b"\n\t: ][\n", b"\n&a *b\n"]
        )
        data[at:at] = junk
    return bytes(data)


def tree_cases() -> list[Case]:
    """Directories: links out of them, in circles or to nothing, and directories with a suffix."""

    def link_out(folder: Path) -> None:
        outside = folder.parent / "outside.yaml"
        outside.write_text(GOOD)
        (folder / "link.yaml").symlink_to(outside)

    def link_circle(folder: Path) -> None:
        (folder / "a.yaml").symlink_to(folder / "b.yaml")
        (folder / "b.yaml").symlink_to(folder / "a.yaml")

    def link_self(folder: Path) -> None:
        (folder / "a.yaml").symlink_to("a.yaml")

    def link_nowhere(folder: Path) -> None:
        (folder / "a.yaml").symlink_to("nothing.yaml")

    def link_system(folder: Path) -> None:
        (folder / "a.yaml").symlink_to("/dev/zero")

    def directory(folder: Path) -> None:
        (folder / "parts.yaml").mkdir()

    def pipe(folder: Path) -> None:
        os.mkfifo(folder / "a.yaml")

    def nothing(folder: Path) -> None:
        (folder / "readme.txt").write_text("no catalog here")

    makers = (link_out, link_circle, link_self, link_nowhere, link_system, directory, pipe, nothing)
    return [(maker.__name__.replace("_", "-"), maker) for maker in makers]


QUOTES: dict[str, str | bytes] = {
    "empty": "",
    "only-header": QUOTE,
    "binary": bytes(range(256)),
    "utf-16": (QUOTE + "drive-2tb,new,5,X,2026-01\n").encode("utf-16"),
    "no-such-column": "component,condition,price,vendor,date,colour\n",
    "missing-column": "component,price,vendor,date\n",
    "column-twice": "component,component,condition,price,vendor,date\n",
    "short-row": QUOTE + "drive-2tb,new,5\n",
    "long-row": QUOTE + "drive-2tb,new,5,X,2026-01,,,,\n",
    "open-quote": QUOTE + 'drive-2tb,new,5,"X,2026-01\n',
    "unknown-part": QUOTE + "drive-2tbb,new,5,X,2026-01\n",
    "formula-equals": QUOTE + "drive-2tb,new,5,=1+1,2026-01\n",
    "formula-plus": QUOTE + "drive-2tb,new,5,+1,2026-01\n",
    "formula-minus": QUOTE + "drive-2tb,new,5,-1,2026-01\n",
    "formula-at": QUOTE + "drive-2tb,new,5,@SUM(A1),2026-01\n",
    "formula-tab": QUOTE + "drive-2tb,new,5,\t=1,2026-01\n",
    "formula-space": QUOTE + "drive-2tb,new,5, =1,2026-01\n",
    "formula-part": QUOTE + "=drive-2tb,new,5,X,2026-01\n",
    "escape": QUOTE + "drive-2tb,new,5,\x1b[31mX,2026-01\n",
    "bell": QUOTE + "drive-2tb,new,5,X\x07,2026-01\n",
    "long-name": QUOTE + f"drive-2tb,new,5,{'X' * 5_000},2026-01\n",
    "no-vendor": QUOTE + "drive-2tb,new,5,,2026-01\n",
    "bad-condition": QUOTE + "drive-2tb,mint,5,X,2026-01\n",
    "bad-date": QUOTE + "drive-2tb,new,5,X,2026-02-30\n",
    "us-date": QUOTE + "drive-2tb,new,5,X,01/02/2026\n",
    "bad-currency": f"{QUOTE.strip()},currency\ndrive-2tb,new,5,X,2026-01,XYZ\n",
    "no-rate": f"{QUOTE.strip()},currency\ndrive-2tb,new,5,X,2026-01,EUR\n",
    "script-url": f"{QUOTE.strip()},url\ndrive-2tb,new,5,X,2026-01,javascript:x\n",
    "half-prices": "component,condition,low,high,vendor,date\ndrive-2tb,new,5,6,X,2026-01\n",
    "disordered": f"{QUOTE.replace('price', 'low,typical,high')}drive-2tb,new,9,6,7,X,2026-01\n",
} | {
    f"price-{wrong[:8]}": QUOTE + f'drive-2tb,new,"{wrong}",X,2026-01\n'
    for wrong in ("nan", "inf", "-5", "0", "1e9", "9" * 30, "1.234,56", "five", "0x5", "5;6", "٣")
}


def config_cases() -> dict[str, str | bytes]:
    """Configurations of LLMs that say nothing, too much, or what cannot be."""
    cases: dict[str, str | bytes] = {
        "empty": b"",
        "binary": bytes(range(256)),
        "utf-16": json.dumps(CONFIG).encode("utf-16"),
        "list": "[1, 2]",
        "open": '{"model_type": "llama"',
        "deep": "[" * 100_000,
        "twice": '{"model_type": "llama", "model_type": "gpt_oss"}',
        "huge-number": '{"model_type": "llama", "hidden_size": ' + "9" * 10_000 + "}",
        "no-type": "{}",
        "text-config": '{"model_type": "llama", "text_config": 5}',
        "family": json.dumps({**CONFIG, "model_type": "lama"}),
        "type-escape": json.dumps({**CONFIG, "model_type": "\x1b[31m"}),
    }
    for key in CONFIG:
        if key != "model_type":
            cases[f"no-{key}"] = json.dumps({k: v for k, v in CONFIG.items() if k != key})
        for wrong in (float("nan"), float("inf"), -1, 0, 10**30, 2.5, "7", True, [], {}):
            text = json.dumps({**CONFIG, key: wrong})
            cases[f"{key}={wrong}"] = text
    return cases


def gguf_header(keys: bytes, key_count: int, tensors: int = 0, version: int = 3) -> bytes:
    """A GGUF header around encoded keys."""
    return b"GGUF" + struct.pack("<IQQ", version, tensors, key_count) + keys


def gguf_text(text: str) -> bytes:
    """A text as GGUF writes it."""
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def gguf_cases(seed: int = 11) -> dict[str, bytes]:
    """GGUF files that are cut off, lie about lengths, or are something else."""
    key, text = gguf_text("general.architecture"), struct.pack("<I", 8)
    llama = key + text + gguf_text("llama")
    array = key + struct.pack("<I", 9)
    cases = {
        "empty": b"",
        "magic": b"GGML" + bytes(60),
        "short": b"GGUF",
        "version-1": gguf_header(b"", 0, version=1),
        "version-big": gguf_header(b"", 0, version=50331648),
        "no-keys": gguf_header(b"", 0),
        "many-keys": gguf_header(b"", 2**60),
        "many-tensors": gguf_header(b"", 0, tensors=2**60),
        "cut-key": gguf_header(key[:10], 1),
        "long-key": gguf_header(struct.pack("<Q", 2**62), 1),
        "long-text": gguf_header(key + text + struct.pack("<Q", 2**40), 1),
        "type": gguf_header(key + struct.pack("<I", 99), 1),
        "array-type": gguf_header(array + struct.pack("<IQ", 9, 5), 1),
        "array-long": gguf_header(array + struct.pack("<IQ", 4, 2**50), 1),
        "array-cut": gguf_header(array + struct.pack("<IQ", 4, 3_000_000), 1),
        "texts-cut": gguf_header(array + struct.pack("<IQ", 8, 3_000_000), 1),
        "twice": gguf_header(llama * 2, 2),
        "arch-number": gguf_header(key + struct.pack("<II", 4, 5), 1),
        "arch-unknown": gguf_header(key + text + gguf_text("\x1b[31mllamma"), 1),
        "no-sizes": gguf_header(llama, 1),
    }
    chance = random.Random(seed)
    for index in range(10):
        cases[f"random-{index}"] = b"GGUF" + chance.randbytes(200)
    return cases
