"""Running the solver, and turning its solutions into answers."""
