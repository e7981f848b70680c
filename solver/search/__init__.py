"""How an instance is solved. One interface: `solve`."""

from __future__ import annotations

from solver.search.lexicographic import solve

__all__ = ["solve"]
