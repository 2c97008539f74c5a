"""A Hugging Face ``config.json`` to an LLM entry."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from optimizer.catalog.importers.architecture import Config
from optimizer.catalog.importers.families import DEFAULTS, TIED
from optimizer.catalog.importers.families_moe import FAMILIES
from optimizer.catalog.importers.files import Content, parse_json
from optimizer.catalog.importers.result import Imported, slug
from optimizer.catalog.reader import Located
from optimizer.catalog.validation import validate
from optimizer.errors import InputError, nearest, shown
from optimizer.schema.llm import Llm

REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9._-]{1,96}")
OUTER = ("tie_word_embeddings", "torch_dtype", "dtype", "quantization_config", "_name_or_path")
"""Keys that a multimodal file keeps beside ``text_config``."""
ALIASES = {"gemma3": "gemma3_text", "gemma4": "gemma4_text", "llama4": "llama4_text"}
ALIASES |= {"mistral3": "mistral", "qwen3_5_moe": "qwen3_5_moe_text", "qwen3_5": "qwen3_5_text"}
OPTIONAL = ("aliases", "notes", "estimated")


def read_config(content: Content) -> Config:
    """The text part of a configuration file. Raises InputError."""
    data = parse_json(content)
    text = data.get("text_config", data.get("llm_config"))
    if text is None:
        keys = dict(data)
    elif isinstance(text, dict):
        keys = {k: data[k] for k in OUTER if k in data} | text
        keys.setdefault("model_type", data.get("model_type"))
    else:
        raise InputError(f"{content.name}: text_config: expected keys and values")
    kind = keys.get("model_type")
    if not isinstance(kind, str):
        raise InputError(f"{content.name}: the key 'model_type' is missing", "Is it a config.json?")
    kind = ALIASES.get(kind, kind)
    keys["model_type"] = kind
    if kind not in FAMILIES:
        near = nearest(kind, FAMILIES, 2)
        hint = f"Did you mean {' or '.join(near)}? " if near else ""
        advice = f"{hint}Supported: {', '.join(FAMILIES)}"
        raise InputError(f"{content.name}: the family '{shown(kind)}' is not supported", advice)
    defaults = {k: v for k, v in DEFAULTS.get(kind, {}).items() if k not in keys}
    return Config(content.name, keys | defaults)


def llm_fields(config: Config) -> dict[str, Any]:
    """The architecture fields of an LLM entry."""
    kind = str(config.keys["model_type"])
    tied = config.flag("tie_word_embeddings", kind in TIED)
    if kind == "falcon" and not config.has("tie_word_embeddings"):
        config.estimated.append("tied_embeddings")
    return {
        "model_type": kind,
        "published_format": published_format(config),
        "max_context": config.first("max_position_embeddings", "model_max_length"),
        "layers": config.whole("num_hidden_layers"),
        "hidden_size": config.whole("hidden_size"),
        "vocab_size": config.whole("vocab_size"),
        "tied_embeddings": tied,
        **FAMILIES[kind](config),
    }


def published_format(config: Config) -> str:
    """The weight format that the file declares."""
    quantization = config.keys.get("quantization_config")
    if not isinstance(quantization, Mapping) or not quantization:
        return "bf16"
    method = str(quantization.get("quant_method", "")).lower()
    details = f"{quantization.get('quant_algo', '')} {quantization.get('format', '')}".lower()
    bits = quantization.get("bits", quantization.get("num_bits"))
    if method in ("fp8", "mxfp4"):
        return method
    if "nvfp4" in details or "nvfp4" in method:
        return "nvfp4"
    if "fp8" in details or "float-quantized" in details:
        return "fp8"
    if method in ("awq", "gptq") and bits in (4, 8):
        return f"int{bits}"
    config.estimated.append("published_format")
    config.notes.append(f"The quantization '{shown(method or 'unnamed')}' is taken as bf16")
    return "bf16"


def import_config(content: Content, name: str, date: str) -> Imported:
    """An LLM entry from a configuration file. ``name`` is ``org/name``, or any name.

    Raises InputError for what is missing, contradictory, or of a family that is not supported.
    """
    config = read_config(content)
    stated = config.text("_name_or_path")
    if not name and REPOSITORY.fullmatch(stated):
        name = stated
    return finish(content, config, llm_fields(config), name, date, "config.json")


def finish(
    content: Content, config: Config, fields: dict[str, Any], name: str, date: str, form: str
) -> Imported:
    """The entry around the architecture fields: id, names, source; checked against the schema."""
    label = name.rsplit("/", 1)[-1] or f"{fields['model_type']}-{fields['hidden_size']}"
    if not label.isprintable() or len(label) > 100:
        raise InputError(f"--name: {shown(label)} is not a name", "At most 100 printed characters")
    key = f"import-{slug(label)}-config"
    entry: dict[str, Any] = {
        "id": slug(label),
        "name": label.replace("-", " ").replace("_", " ").strip() or label,
        "aliases": [name] if REPOSITORY.fullmatch(name) else [],
        "huggingface": name if REPOSITORY.fullmatch(name) else f"local/{slug(label)}",
        "model_type": fields["model_type"],
        "license": "license not stated",
        **{k: v for k, v in fields.items() if k != "model_type"},
        "notes": ". ".join(config.notes) + ("." if config.notes else ""),
        "sources": {"default": f"{key}#{content.name}"},
        "estimated": config.estimated,
    }
    entry = {k: v for k, v in entry.items() if v not in ("", []) or k not in OPTIONAL}
    source = {
        "title": f"{form} of {label}",
        "publisher": name.split("/", maxsplit=1)[0] if "/" in name else "read from disk",
        "url": f"https://huggingface.co/{name}" if REPOSITORY.fullmatch(name) else None,
        "date": date,
        "confidence": "high",
        "note": f"Imported from {content.name}; sha256 of what was read {content.digest}.",
    }
    try:
        validate(Llm, entry, Located(content.name, entry, {}))
    except InputError as error:
        problems = error.message.replace(":1:1: ", ": ")
        raise InputError(problems, error.advice) from None
    return Imported(
        file=f"llm-{entry['id']}.yaml",
        comment=f"{label}, from {content.name} ({content.digest}).",
        sections={"sources": {key: source}, "llms": [entry]},
        notes=tuple(config.notes),
    )
