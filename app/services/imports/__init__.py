"""Rosters from CSV files: read, compared, written."""
