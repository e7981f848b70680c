"""The CP-SAT model of an open problem: one function per rule of model.md."""
