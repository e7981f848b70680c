"""A secret for settings of tests, as long and as mixed as a real one has to be."""

from __future__ import annotations

SECRET = "5b0f6c1e9d7a4283-for-tests-alone"
