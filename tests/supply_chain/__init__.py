"""Tests of what is installed, of the lock, and of the ways in."""
