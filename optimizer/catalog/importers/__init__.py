"""Importers: files of other programs to catalog entries, with their provenance."""
