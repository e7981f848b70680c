"""Explanations of a plan: why this, why not, what would help, and what limits it.

`solver.explain` names what answers which question.
"""
