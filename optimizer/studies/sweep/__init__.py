"""Grids of requests, solved in parallel, streamed to disk, resumed after any stop."""
