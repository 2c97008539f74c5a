"""Configurations from the Hugging Face Hub, where its client is installed; else how to get it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from optimizer.errors import InputError, shown


def fetch_config(name: str) -> Path:
    """The path of a downloaded ``config.json``. Raises InputError."""
    try:
        hub: Any = import_module("huggingface_hub")
    except ImportError:
        raise InputError(
            f"{shown(name)} is on the Hugging Face Hub, and huggingface_hub is not installed",
            "Run pip install huggingface_hub, or download its config.json and name the file",
        ) from None
    try:
        return Path(hub.hf_hub_download(name, "config.json"))
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(
            f"cannot fetch config.json of {shown(name)}: {shown(reason)}",
            "Download it yourself and name the file",
        ) from None
