"""Pause drills: what a pause of each client would do."""
