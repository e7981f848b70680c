"""Checks of what is installed, and of the lock, by the standard library alone."""
