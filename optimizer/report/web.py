"""Addresses from data that may become links."""

from __future__ import annotations

from urllib.parse import urlsplit

LONGEST = 2000


def is_web_address(text: str | None) -> bool:
    """Whether a link may lead there: http or https, with a host, nothing invisible, no spaces."""
    if not text or len(text) > LONGEST or not text.isprintable() or any(c.isspace() for c in text):
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
