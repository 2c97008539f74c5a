"""Catalog and request to integers."""
