"""Keys of an LLM's configuration, read with their types; patterns of its layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from optimizer.errors import InputError, shown

MOST = 1_000_000_000
LETTERS = {
    "full_attention": "F",
    "attention": "F",
    "sliding_attention": "W",
    "chunked_attention": "W",
    "linear_attention": "L",
    "mamba": "M",
    "moe": "E",
    "mlp": "D",
}


@dataclass(slots=True)
class Config:
    """The configuration of the text part. ``notes`` and ``estimated`` collect what to tell."""

    file: str
    keys: Mapping[str, Any]
    notes: list[str] = field(default_factory=list)
    estimated: list[str] = field(default_factory=list)

    def has(self, key: str) -> bool:
        """Whether the key stands there with a value."""
        return self.keys.get(key) is not None

    def refuse(self, key: str, problem: str, advice: str = "") -> InputError:
        """The complaint about one key."""
        return InputError(f"{self.file}: {key}: {problem}", advice)

    def whole(self, key: str, default: int | None = None, least: int = 1) -> int:
        """A whole number; ``default`` where it is absent or null. Raises InputError."""
        value = self.keys.get(key)
        if value is None and default is not None:
            return default
        if value is None:
            raise InputError(f"{self.file}: the key '{key}' is missing")
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MOST:
            raise self.refuse(key, f"{shown(value)} is not a whole number from {least:,} up")
        return value

    def first(self, *keys: str, default: int | None = None) -> int:
        """The first of several names that the configuration has."""
        return self.whole(next((k for k in keys if self.has(k)), keys[0]), default)

    def maybe(self, key: str, least: int = 1) -> int | None:
        """A whole number, or nothing."""
        return self.whole(key, None, least) if self.has(key) else None

    def flag(self, key: str, default: bool = False) -> bool:
        """True or false."""
        value = self.keys.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.refuse(key, f"{shown(value)} is neither true nor false")
        return value

    def text(self, key: str) -> str:
        """A text; empty where it is absent."""
        value = self.keys.get(key)
        return value if isinstance(value, str) else ""

    def items(self, key: str) -> list[Any]:
        """A list; empty where it is absent."""
        value = self.keys.get(key)
        if value is None:
            return []
        if not isinstance(value, list) or len(value) > 1_000:
            raise self.refuse(key, "expected a list, one item per layer")
        return value


def cycle(letters: Sequence[str] | str) -> str:
    """The shortest pattern that, repeated over the layers, gives ``letters``."""
    text = "".join(letters)
    for length in range(1, len(text) // 2 + 1):
        if all(text[i] == text[i % length] for i in range(len(text))):
            return text[:length]
    return text


def attention_letters(config: Config, layers: int) -> str:
    """The attention pattern that ``layer_types`` spells out; empty where it is absent."""
    kinds = config.items("layer_types")
    if not kinds:
        return ""
    if len(kinds) != layers:
        raise config.refuse("layer_types", f"{len(kinds)} kinds for {layers} layers")
    unknown = [kind for kind in kinds if not isinstance(kind, str) or kind not in LETTERS]
    if unknown:
        raise config.refuse("layer_types", f"{shown(unknown[0])} is not supported")
    return cycle([LETTERS[kind] for kind in kinds])


def attention_of(config: Config, **more: Any) -> dict[str, Any]:
    """Heads of multi-head or grouped-query attention."""
    heads = config.whole("num_attention_heads")
    hidden = config.whole("hidden_size")
    if not config.has("head_dim") and hidden % heads:
        raise config.refuse("head_dim", "missing, and hidden_size is no multiple of the heads")
    return {
        "heads": heads,
        "kv_heads": config.whole("num_key_value_heads", heads),
        "head_dim": config.whole("head_dim", hidden // heads or 1),
        **more,
    }


def windowed(config: Config, pattern: str, window: int | None, context: int) -> dict[str, Any]:
    """The attention pattern and its window, where a window shorter than the context is in use."""
    if window is None or window >= context or "W" not in pattern:
        plain = cycle(pattern.replace("W", "F")) if pattern else "F"
        return {"attention_pattern": plain} if plain != "F" else {}
    return {"attention_pattern": pattern, "sliding_window": {"tokens": window}}
