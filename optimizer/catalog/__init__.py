"""YAML to Catalog: strict reader, overlays, whole-catalog checks."""
