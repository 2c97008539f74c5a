"""The CP-SAT formulation: variables, rules, objective."""
