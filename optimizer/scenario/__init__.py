"""Requests: from flags and YAML to one validated ``Request``."""
