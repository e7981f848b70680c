"""Scenarios: plans of what might be, side by side."""
