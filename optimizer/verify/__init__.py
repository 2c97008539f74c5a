"""The solver-free twin of the model."""
