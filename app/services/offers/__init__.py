"""Offers: published, answered, ended."""
