"""Signing in, the second factor, and what everybody has of their own: account and tokens."""
