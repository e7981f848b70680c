"""Pauses: opened, extended, ended, and what they do to people and hours."""
