"""The answer as one self-contained HTML page."""
