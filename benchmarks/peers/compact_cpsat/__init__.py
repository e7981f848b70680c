"""The compact CP-SAT model: one variable pair an eligible pair, one function a rule."""
