"""Measuring the product: scripts, peers to compare with, and instances."""
