"""Money: pure functions."""
