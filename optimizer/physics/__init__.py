"""Memory, throughput, power, heat: pure functions."""
