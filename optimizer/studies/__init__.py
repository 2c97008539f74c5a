"""Several solves: comparisons, sweeps, frontiers."""
