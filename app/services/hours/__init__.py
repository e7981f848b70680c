"""Hours and the weeks that they stand in."""
